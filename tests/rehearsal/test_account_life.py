"""Accounts that come and go. Each test has its own; two that run at once would share moto's state."""

from __future__ import annotations

import os
import socket
import threading
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from rehearsal.aws.account import Account


def _ids(order: list[str]) -> dict[str, str]:
    with Account("111122223333", "us-east-1") as account:
        made: dict[str, str] = {}
        for name in order:
            with account.seed(f"aws:ec2/vpc:Vpc:{name}"):
                made[name] = account.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        default = account.call("ec2", "describe_vpcs", Filters=[{"Name": "is-default", "Values": ["true"]}])
        return {
            **made,
            "default": default["Vpcs"][0]["VpcId"],
            "key": account.credentials["AWS_ACCESS_KEY_ID"],
        }


def test_ids_do_not_depend_on_the_order_of_creation() -> None:
    there, back = _ids(["a", "b", "c"]), _ids(["c", "b", "a"])
    assert there == back
    assert len(set(there.values())) == 5


def test_the_server_shows_the_account_and_stops_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(threading.enumerate())
    with Account("222233334444", "us-east-1") as account:
        vpc_id = account.call("ec2", "create_vpc", CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        endpoint = account.serve()
        served = [_described_over(endpoint, account.credentials, vpc_id)]
        # A client of the outside signs with the key of `credentials`; the account follows from it.
        for name, value in account.credentials.items():
            monkeypatch.setenv(name, value)
        assert boto3.client("sts").get_caller_identity()["Account"] == "222233334444"
    assert served == [vpc_id]
    for thread in set(threading.enumerate()) - before:  # one that has just answered
        thread.join(60)
        assert not thread.is_alive()
    address = urlsplit(endpoint)
    assert address.hostname == "127.0.0.1"
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", address.port or 0)) != 0


def _described_over(endpoint: str, credentials: dict[str, str], vpc_id: str) -> str:
    client: Any = boto3.client(
        "ec2",
        endpoint_url=endpoint,
        region_name=credentials["AWS_DEFAULT_REGION"],
        aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=credentials["AWS_SESSION_TOKEN"],
    )
    return client.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]["VpcId"]


def test_the_users_own_aws_settings_stay_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "999999999999")
    with Account("111122223333", "us-east-1") as account:
        assert account.call("sts", "get_caller_identity")["Account"] == "111122223333"
    assert os.environ["AWS_PROFILE"] == "no-such-profile"


def test_nothing_stands_when_the_account_is_entered_again() -> None:
    account = Account("111122223333", "us-east-1")
    for _ in range(2):
        with account:
            assert account.call("s3", "list_buckets").get("Buckets", []) == []
            account.call("s3", "create_bucket", Bucket="left-behind")
