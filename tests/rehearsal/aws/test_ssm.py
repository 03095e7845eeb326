"""SSM parameters in the emulated account. Does not prove that a value fits the 4 KiB of the standard tier."""

from __future__ import annotations

import pytest

from rehearsal.aws.account import Account, CloudError
from tests.rehearsal.aws.life import create, delete
from tests.rehearsal.aws.round_trip import TAGS, round_trip

PARAMETER = "aws:ssm/parameter:Parameter"
NAME = "/llm-platform/dev/vpc_id"


def test_a_parameter_goes_round(account: Account) -> None:
    inputs = {"name": NAME, "type": "String", "value": "vpc-1", "description": "the VPC", "tagsAll": TAGS}
    made = round_trip(account, PARAMETER, inputs)
    assert made.id == NAME
    assert made.outputs["arn"] == f"arn:aws:ssm:us-east-1:111122223333:parameter{NAME}"
    assert made.outputs["version"] == 1


def test_a_list_and_a_secret_go_round(account: Account) -> None:
    round_trip(account, PARAMETER, {"name": "/a/list", "type": "StringList", "value": "a,b"})
    round_trip(account, PARAMETER, {"name": "plain", "type": "SecureString", "value": "s", "keyId": "alias/x"})


def test_an_overwritten_parameter_keeps_its_tags(account: Account) -> None:
    first = create(account, PARAMETER, "a", name=NAME, type="String", value="1")
    round_trip(
        account,
        PARAMETER,
        {"name": NAME, "type": "String", "value": "2", "overwrite": True, "tagsAll": TAGS},
        unread=frozenset({"overwrite"}),
    )
    assert first.id == NAME


def test_a_parameter_is_not_created_twice(account: Account) -> None:
    first = create(account, PARAMETER, "a", name=NAME, type="String", value="1")
    with pytest.raises(CloudError, match="ParameterAlreadyExists"):
        create(account, PARAMETER, "b", name=NAME, type="String", value="1")
    delete(account, first)


@pytest.mark.parametrize(
    ("inputs", "match"),
    [({"type": "Number", "value": "1"}, "Number"), ({"type": "String"}, "has no value")],
)
def test_a_bad_parameter_is_refused(account: Account, inputs: dict[str, str], match: str) -> None:
    with pytest.raises(CloudError, match=match):
        create(account, PARAMETER, "bad", name=NAME, **inputs)
