"""An adopted network's ids: as given, from a state in a file, and from one in S3 through the provider.

The provider is a mock that answers as recorded; what the real one returns is in its documentation only.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pulumi_aws as aws
import pytest

from stacks.sections.network import AdoptedIds, AdoptedState, StateOutputs, TerraformState
from stacks.terraform_outputs import TerraformStateError
from stacks.terraform_state import AdoptedNetworkIds, adopted_ids, resolve_adopted_network
from tests.components.recorder import record

FILE = "stacks/Pulumi.dev.yaml"
S3 = "s3://acme-terraform/network.tfstate"
VPC = "vpc-0123456789abcdef0"
A, B, C, D = (f"subnet-0123456789abcde{letter}0" for letter in "abcd")
NETWORK = {"vpc_id": VPC, "public_subnet_ids": [A], "private_subnet_ids": [B, C], "database_subnet_ids": [D]}
IDS = AdoptedNetworkIds(VPC, (A,), (B, C), (D,))


def state(outputs: dict[str, Any]) -> str:
    values = {name: {"value": value, "type": "string"} for name, value in outputs.items() if value is not ...}
    return json.dumps({"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "outputs": values})


def by_state(source: str = S3, **names: str) -> AdoptedState:
    return AdoptedState(terraform_state=TerraformState(source=source, outputs=StateOutputs(**names)))


def read(outputs: dict[str, Any], **names: str) -> AdoptedNetworkIds:
    def download(_source: str) -> str:
        return state(outputs)

    return adopted_ids(by_state(**names), file=FILE, root=Path("/nowhere"), download=download)


def refused(outputs: dict[str, Any], **names: str) -> list[str]:
    with pytest.raises(TerraformStateError) as refusal:
        read(outputs, **names)
    return str(refusal.value).splitlines()


def test_ids_are_taken_as_they_are_given() -> None:
    given = AdoptedIds(vpc_id=VPC, public_subnet_ids=(A,), private_subnet_ids=(B, C), database_subnet_ids=(D,))
    found = adopted_ids(given, file=FILE, root=Path("/nowhere"), download=lambda _: pytest.fail("no download"))
    assert found == IDS


def test_outputs_are_read_by_their_usual_names() -> None:
    assert read(NETWORK) == IDS


def test_outputs_are_read_by_the_names_of_the_stack_file() -> None:
    names = {
        "vpc_id": "id",
        "public_subnet_ids": "pub",
        "private_subnet_ids": "priv",
        "database_subnet_ids": "db",
    }
    assert read({names[key]: value for key, value in NETWORK.items()}, **names) == IDS


def test_database_subnets_may_be_left_out() -> None:
    assert read({**NETWORK, "database_subnet_ids": ...}).database_subnet_ids == ()


def test_database_subnets_under_another_name_are_not_overlooked() -> None:
    outputs = {**NETWORK, "database_subnet_ids": ..., "database_subnets": [D]}
    assert refused(outputs) == [
        f"{S3}: outputs.database_subnet_ids: not set: no such output; did you mean 'database_subnets'?; "
        "the state has 'database_subnets', 'private_subnet_ids', 'public_subnet_ids' or 'vpc_id'"
    ]


def test_database_subnets_that_the_stack_file_names_must_be_there() -> None:
    [message] = refused({**NETWORK, "database_subnet_ids": ...}, database_subnet_ids="db")
    assert message.startswith(f"{S3}: outputs.db: not set: no such output; ")


def test_every_fault_of_the_outputs_is_told_at_once() -> None:
    outputs = {"vpc_id": "10.0.0.0/16", "public_subnet_ids": A, "private_subnet_ids": [B]}
    a_list = "allowed: a list of subnet ids such as ['subnet-0123456789abcdef0']"
    assert refused(outputs) == [
        f"{S3}: outputs.vpc_id: '10.0.0.0/16': allowed: a VPC id such as 'vpc-0123456789abcdef0'",
        f"{S3}: outputs.public_subnet_ids: '{A}': {a_list}",
        f"{S3}: outputs.private_subnet_ids: ['{B}']: {a_list}, two or more",
    ]


def test_a_subnet_has_one_purpose() -> None:
    assert refused({**NETWORK, "public_subnet_ids": [B]}) == [
        f"{S3}: outputs: '{B}': this subnet is listed 2 times in the outputs; list it once, for one purpose"
    ]


def test_a_file_is_found_below_the_root(tmp_path: Path) -> None:
    (tmp_path / "terraform.tfstate").write_text(state(NETWORK))
    found = adopted_ids(
        by_state("terraform.tfstate"), file=FILE, root=tmp_path, download=lambda _: pytest.fail("no download")
    )
    assert found == IDS


def test_a_file_that_is_not_there_is_a_fault_of_the_stack_file(tmp_path: Path) -> None:
    with pytest.raises(TerraformStateError) as refusal:
        adopted_ids(by_state("gone.tfstate"), file=FILE, root=tmp_path, download=str)
    assert str(refusal.value) == (
        f"{FILE}: network.adopt.terraform_state.source: 'gone.tfstate': "
        f"no such file below the project's root, {tmp_path}"
    )


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "terraform.tfstate").write_bytes(b"\x80\x81\x82")
    with pytest.raises(TerraformStateError, match="not a text file; allowed: a Terraform state, which is JSON"):
        adopted_ids(by_state("terraform.tfstate"), file=FILE, root=tmp_path, download=str)


def test_a_file_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.tfstate").mkdir()
    with pytest.raises(TerraformStateError, match=r"'x\.tfstate': cannot be read: Is a directory"):
        adopted_ids(by_state("x.tfstate"), file=FILE, root=tmp_path, download=str)


def through_the_provider(answer: dict[str, Any] | None, *, preview: bool = False) -> AdoptedNetworkIds:
    found: list[AdoptedNetworkIds] = []
    asked: list[dict[str, Any]] = []

    def get_object(arguments: dict[str, Any]) -> dict[str, Any]:
        asked.append(arguments)
        if answer is None:
            raise LookupError("NoSuchKey: The specified key does not exist.")
        return answer

    def build() -> None:
        provider = aws.Provider("aws", region="us-east-1")
        found.append(resolve_adopted_network(by_state(), provider))

    record(build, invokes={"aws:s3/getObject:getObject": get_object}, preview=preview)
    assert asked == [{"bucket": "acme-terraform", "key": "network.tfstate"}]
    return found[0]


@pytest.mark.parametrize("preview", [False, True])
def test_a_state_in_s3_is_read_by_the_provider(*, preview: bool) -> None:
    answer = {"body": state(NETWORK), "contentType": "application/json"}
    assert through_the_provider(answer, preview=preview) == IDS


def test_an_object_without_text_is_refused() -> None:
    with pytest.raises(TerraformStateError) as refusal:
        through_the_provider({"contentType": "application/octet-stream"})
    assert (
        f"stacks/Pulumi.test.yaml: network.adopt.terraform_state.source: '{S3}': the object has no text: "
        "the provider gives the body of text/* and application/json, this one is 'application/octet-stream'; "
        "Terraform's S3 backend writes application/json"
    ) in str(refusal.value)


def test_what_the_provider_refuses_is_told() -> None:
    with pytest.raises(TerraformStateError) as refusal:
        through_the_provider(None)
    assert "'s3://acme-terraform/network.tfstate': the provider cannot read the object: " in str(refusal.value)
    assert "NoSuchKey: The specified key does not exist." in str(refusal.value)
