"""The parser of Terraform states: what it reads, and the exact message for everything that it refuses.

The states are written by hand; one of a real Terraform is read in tests/rehearsal/test_terraform.py.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from stacks.settings import SettingsError
from stacks.terraform_outputs import TerraformStateError, read_terraform_state
from stacks.value_types import VpcId

SOURCE = "s3://acme-terraform/network.tfstate"
VPC = TypeAdapter[str](VpcId)
STATE: dict[str, Any] = {
    "version": 4,
    "terraform_version": "1.11.4",
    "serial": 3,
    "lineage": "6a8f6a04-7b45-1f0f-2d2b-0d4f7f1c6c55",
    "outputs": {
        "vpc_id": {"value": "vpc-0123456789abcdef0", "type": "string"},
        "private_subnets": {"value": ["subnet-0123456789abcdef0"], "type": ["tuple", ["string"]]},
        "token": {"value": "hunter2", "type": "string", "sensitive": True},
        "by_zone": {"value": {"us-east-1a": "subnet-0123456789abcdef0"}, "type": ["object", {}]},
    },
    "resources": [],
    "check_results": None,
}
WHOLE = json.dumps(STATE, indent=2)
AGAIN = "write it again with `terraform state pull`"


def changed(**changes: Any) -> str:
    state = {**STATE, **changes}
    return json.dumps({key: value for key, value in state.items() if value is not ...})


def test_outputs_are_read_with_their_values_and_sensitivity() -> None:
    outputs = read_terraform_state(WHOLE, SOURCE)
    assert outputs.source == SOURCE
    assert outputs.values["vpc_id"] == "vpc-0123456789abcdef0"
    assert outputs.values["private_subnets"] == ["subnet-0123456789abcdef0"]
    assert outputs.sensitive == {"token"}


def test_a_sensitive_output_can_be_read() -> None:
    assert read_terraform_state(WHOLE, SOURCE).read("token", TypeAdapter(str), "text") == "hunter2"


def test_a_byte_order_mark_does_no_harm() -> None:
    assert read_terraform_state("\ufeff" + WHOLE, SOURCE).values == read_terraform_state(WHOLE, SOURCE).values


REFUSED: list[tuple[str, str, str]] = [
    ("empty", " \n", f"state: '': the state is empty; {AGAIN}"),
    ("a page", "<html>\n", f"state: '<html>\\n': not JSON from line 1, column 1; {AGAIN}"),
    (
        "cut off between values",
        WHOLE[: WHOLE.index('"resources"')],
        "state: '{\\n  \"version\": 4,\\n  ...': the state is cut off in line 37; " + AGAIN,
    ),
    (
        "cut off in a string",
        WHOLE[: WHOLE.index("hunter2") + 3],
        "state: '{\\n  \"version\": 4,\\n  ...': the state is cut off in line 23; " + AGAIN,
    ),
    (
        "cut off in a word",
        WHOLE[: WHOLE.index("null") + 2],
        "state: '{\\n  \"version\": 4,\\n  ...': the state is cut off in line 38; " + AGAIN,
    ),
    (
        "damaged inside",
        WHOLE.replace('"serial": 3,', '"serial": 3;'),
        f"state: '{{\\n  \"version\": 4,\\n  ...': not JSON from line 4, column 14; {AGAIN}",
    ),
    ("a list", "[4]", "state: [4]: allowed: a Terraform state, which is a JSON object"),
    (
        "encrypted by OpenTofu",
        json.dumps({"serial": 1, "meta": {}, "encrypted_data": "x4Zz", "encryption_version": "v0"}),
        "encryption_version: 'v0': this state is encrypted by OpenTofu and only `tofu` can read it; "
        "take the ids from `tofu output` and give them in network.adopt",
    ),
    (
        "too old",
        changed(version=3),
        "version: 3: allowed: 4; `terraform apply -refresh-only` of Terraform 0.12 or newer writes it",
    ),
    (
        "too new",
        changed(version=5),
        "version: 5: allowed: 4; a newer Terraform wrote this state than is known here",
    ),
    (
        "version as text",
        changed(version="4"),
        "version: '4': allowed: 4; without it this is no Terraform state",
    ),
    (
        "version as truth",
        changed(version=True),
        "version: true: allowed: 4; without it this is no Terraform state",
    ),
    ("other JSON", '{"name": "x"}', "version: not set: allowed: 4; without it this is no Terraform state"),
    ("an empty object", "{}", "version: not set: allowed: 4; without it this is no Terraform state"),
    (
        "terraform show -json",
        '{"format_version": "1.0", "values": {}}',
        "version: not set: this is what `terraform show -json` prints, not a state; name the state itself",
    ),
    (
        "terraform output -json",
        '{"vpc_id": {"sensitive": false, "type": "string", "value": "vpc-0123456789abcdef0"}}',
        "version: not set: this is what `terraform output -json` prints, not a state; name the state itself",
    ),
    (
        "outputs missing",
        changed(outputs=...),
        "outputs: not set: allowed: a mapping of outputs; the state is damaged",
    ),
    (
        "outputs a list",
        changed(outputs=["a"]),
        "outputs: ['a']: allowed: a mapping of outputs; the state is damaged",
    ),
    (
        "no outputs",
        changed(outputs={}),
        "outputs: {}: the state has no outputs; declare them in its root module and run `terraform apply`",
    ),
    (
        "an output without value",
        changed(outputs={"vpc_id": {"type": "string"}}),
        "outputs.vpc_id: [secret]: allowed: a mapping with a value; the state is damaged",
    ),
    (
        "an output that is text",
        changed(outputs={"vpc_id": "vpc-0123456789abcdef0"}),
        "outputs.vpc_id: [secret]: allowed: a mapping with a value; the state is damaged",
    ),
]


@pytest.mark.parametrize(("text", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_state_that_cannot_be_used_is_refused(text: str, message: str) -> None:
    with pytest.raises(TerraformStateError) as refusal:
        read_terraform_state(text, SOURCE)
    assert str(refusal.value) == f"{SOURCE}: {message}"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "vpc",
            "outputs.vpc: not set: no such output; did you mean 'vpc_id'?; "
            "the state has 'by_zone', 'private_subnets', 'token' or 'vpc_id'",
        ),
        (
            "zzz",
            "outputs.zzz: not set: no such output; the state has 'by_zone', 'private_subnets', 'token' or 'vpc_id'",
        ),
        ("private_subnets", "outputs.private_subnets: ['subnet-0123456789abcdef0']: allowed: a VPC id"),
        (
            "by_zone",
            "outputs.by_zone: {us-east-1a: 'subnet-0123456789abcdef0'}: allowed: a VPC id; "
            "of a mapping give its values: values(...)",
        ),
        ("token", "outputs.token: [secret]: allowed: a VPC id"),
    ],
)
def test_an_output_that_is_not_what_was_asked_for_is_refused(name: str, message: str) -> None:
    with pytest.raises(TerraformStateError) as refusal:
        read_terraform_state(WHOLE, SOURCE).read(name, VPC, "a VPC id")
    assert str(refusal.value) == f"{SOURCE}: {message}"


def test_the_program_shows_it_like_a_fault_of_the_stack_file() -> None:
    """`stacks/__main__.py` and the command line catch SettingsError, and print it without a traceback."""
    assert issubclass(TerraformStateError, SettingsError)
