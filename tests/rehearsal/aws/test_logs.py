"""Log groups in the emulated account. Does not prove that anything may write to them."""

from __future__ import annotations

import pytest

from rehearsal.aws.account import Account, CloudError
from tests.rehearsal.aws.life import create, delete, differences, is_gone
from tests.rehearsal.aws.round_trip import TAGS, round_trip

GROUP = "aws:cloudwatch/logGroup:LogGroup"
KEY = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"


def test_a_log_group_goes_round(account: Account) -> None:
    inputs = {"name": "/aws/eks/dev/cluster", "retentionInDays": 90, "kmsKeyId": KEY, "tagsAll": TAGS}
    made = round_trip(account, GROUP, inputs)
    assert made.id == "/aws/eks/dev/cluster"
    assert made.outputs["arn"] == "arn:aws:logs:us-east-1:111122223333:log-group:/aws/eks/dev/cluster"


def test_a_group_is_not_taken_for_one_whose_name_goes_on(account: Account) -> None:
    longer = create(account, GROUP, "longer", name="/aws/eks/dev/cluster-logs")
    shorter = create(account, GROUP, "shorter", name="/aws/eks/dev/cluster")
    delete(account, shorter)
    assert is_gone(account, shorter)
    delete(account, longer)


def test_another_retention_is_a_difference(account: Account) -> None:
    made = create(account, GROUP, "short", name="short", retentionInDays=7)
    account.call("logs", "put_retention_policy", logGroupName="short", retentionInDays=30)
    assert differences(account, made) == {"retentionInDays": (7, 30)}
    delete(account, made)


def test_a_group_that_skips_destroy_stays(account: Account) -> None:
    made = create(account, GROUP, "kept", name="kept", skipDestroy=True)
    delete(account, made)
    assert not is_gone(account, made)


def test_a_name_that_aws_refuses_is_refused(account: Account) -> None:
    with pytest.raises(CloudError, match="logGroupName is 'a b'"):
        create(account, GROUP, "blank", name="a b")


def test_a_group_whose_name_has_a_number_sign_goes_round(account: Account) -> None:
    """CloudWatch Logs allows the sign in names; botocore's model refuses it in the ARNs of groups."""
    round_trip(account, GROUP, {"name": "/app/x#1", "tagsAll": TAGS})
