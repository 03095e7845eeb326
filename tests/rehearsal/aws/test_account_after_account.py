"""Accounts that one process enters one after the other: each finds moto as the first did."""

from __future__ import annotations

from rehearsal.aws.account import Account


def test_the_next_account_finds_nothing_that_moto_made_as_it_emptied_the_last() -> None:
    def prefix_lists() -> list[str]:
        with Account("111122223333", "us-east-1") as account:
            found = account.call("ec2", "describe_managed_prefix_lists")["PrefixLists"]
            # Its reset, after EC2's, asks for EC2.
            account.call("autoscaling", "describe_auto_scaling_groups")
            return [entry["PrefixListId"] for entry in found]

    assert prefix_lists() == prefix_lists() != []
