"""A network that a real Terraform describes is adopted from the state that its own S3 backend wrote.

Providers can't be downloaded here, so the configuration has variables and outputs only, and boto3 makes
the VPC that it describes. The provider's function is answered by the rehearsal's own translation.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.adopted_network import AdoptedNetwork, AdoptedNetworkArgs
from rehearsal.aws.account import Account
from rehearsal.aws.invokes import INVOKES
from stacks.sections.network import AdoptedState, StateOutputs, TerraformState
from stacks.terraform_outputs import TerraformStateError, read_terraform_state
from stacks.terraform_state import AdoptedNetworkIds, adopted_ids, resolve_adopted_network
from tests.components.recorder import record
from tests.rehearsal.terraform_program import find_terraform

# The first test may have to build OpenTofu: three minutes on two idle cores, more beside other tests.
pytestmark = [pytest.mark.timeout(1800), pytest.mark.xdist_group("terraform")]

BUCKET, KEY = "acme-terraform", "platform/network.tfstate"
NAMES = StateOutputs(
    public_subnet_ids="public_subnets",
    private_subnet_ids="private_subnets",
    database_subnet_ids="database_subnets",
)
BACKEND = """
terraform {
  backend "s3" {
    bucket                      = "%(bucket)s"
    key                         = "%(key)s"
    region                      = "us-east-1"
    endpoints                   = { s3 = "%(endpoint)s" }
    use_path_style              = true
    skip_credentials_validation = true
    skip_metadata_api_check     = true
    skip_requesting_account_id  = true
    skip_region_validation      = true
  }
}
"""
CONFIGURATION = """
variable "vpc_id" { type = string }
variable "subnet_ids" { type = map(list(string)) }

output "vpc_id" { value = var.vpc_id }
output "public_subnets" { value = var.subnet_ids["public"] }
output "private_subnets" { value = toset(var.subnet_ids["private"]) }
output "database_subnets" {
  value     = var.subnet_ids["database"]
  sensitive = true
}
"""


@dataclass(frozen=True)
class Network:
    vpc_id: str
    subnet_ids: dict[str, list[str]]

    def adopted(self) -> AdoptedNetworkIds:
        kinds = (tuple(self.subnet_ids[kind]) for kind in ("public", "private", "database"))
        return AdoptedNetworkIds(self.vpc_id, *kinds)


@pytest.fixture(scope="session")
def terraform() -> Path:
    return find_terraform()


@pytest.fixture
def account() -> Iterator[Account]:
    with Account("111122223333", "us-east-1") as account:
        yield account


@pytest.fixture
def network(account: Account) -> Network:
    vpc_id = account.call("ec2", "create_vpc", CidrBlock="10.40.0.0/16")["Vpc"]["VpcId"]
    made: dict[str, list[str]] = {}
    for row, kind in enumerate(("public", "private", "database")):
        for column, zone in enumerate(("us-east-1a", "us-east-1b")):
            cidr = f"10.40.{16 * row + column}.0/24"
            subnet = account.call("ec2", "create_subnet", VpcId=vpc_id, CidrBlock=cidr, AvailabilityZone=zone)
            made.setdefault(kind, []).append(subnet["Subnet"]["SubnetId"])
    return Network(vpc_id, {kind: sorted(ids) for kind, ids in made.items()})


def apply(terraform: Path, folder: Path, account: Account, configuration: str, **variables: Any) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "main.tf").write_text(configuration)
    (folder / "terraform.tfvars.json").write_text(json.dumps(variables))
    # Nothing of the user's is read: no profile, no command-line configuration, no update check.
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "CHECKPOINT_DISABLE": "1",
        "TF_IN_AUTOMATION": "1",
        "NO_PROXY": "127.0.0.1",
        **account.credentials,
    }
    for command in (
        ["init", "-input=false", "-no-color"],
        ["apply", "-auto-approve", "-input=false", "-no-color"],
    ):
        done = subprocess.run(  # noqa: S603 - the program that the fixture found
            [str(terraform), *command],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"terraform {command[0]}:\n{done.stdout}\n{done.stderr}"


def applied_to_s3(terraform: Path, folder: Path, account: Account, configuration: str, **variables: Any) -> None:
    account.call("s3", "create_bucket", Bucket=BUCKET)
    values = {"bucket": BUCKET, "key": KEY, "endpoint": account.serve(0)}
    apply(terraform, folder, account, BACKEND % values + configuration, **variables)


def adopted_through_the_program(account: Account, adopt: AdoptedState) -> tuple[AdoptedNetworkIds, AdoptedNetwork]:
    """Resolve and adopt inside a program, whose provider functions look into the emulated account."""
    found: list[tuple[AdoptedNetworkIds, AdoptedNetwork]] = []

    def build() -> None:
        provider = aws.Provider("aws", region="us-east-1")
        ids = resolve_adopted_network(adopt, provider)
        args = AdoptedNetworkArgs(
            vpc_id=ids.vpc_id,
            public_subnet_ids=ids.public_subnet_ids,
            private_subnet_ids=ids.private_subnet_ids,
            database_subnet_ids=ids.database_subnet_ids,
        )
        found.append((ids, AdoptedNetwork("network", args, pulumi.ResourceOptions(provider=provider))))

    record(
        build,
        invokes={
            token: lambda arguments, answer=answer: answer(account, arguments) for token, answer in INVOKES.items()
        },
    )
    return found[0]


def test_a_network_is_adopted_from_the_state_that_terraform_wrote_to_s3(
    terraform: Path, tmp_path: Path, account: Account, network: Network
) -> None:
    applied_to_s3(terraform, tmp_path, account, CONFIGURATION, vpc_id=network.vpc_id, subnet_ids=network.subnet_ids)
    adopt = AdoptedState(terraform_state=TerraformState(source=f"s3://{BUCKET}/{KEY}", outputs=NAMES))

    ids, adopted = adopted_through_the_program(account, adopt)

    assert ids == network.adopted()
    assert adopted.cidr == "10.40.0.0/16"
    assert sorted(adopted.private_subnet_ids) == ["us-east-1a", "us-east-1b"]


def test_a_network_is_adopted_from_a_local_state(
    terraform: Path, tmp_path: Path, account: Account, network: Network
) -> None:
    apply(terraform, tmp_path, account, CONFIGURATION, vpc_id=network.vpc_id, subnet_ids=network.subnet_ids)
    adopt = AdoptedState(terraform_state=TerraformState(source="terraform.tfstate", outputs=NAMES))
    assert adopted_ids(adopt, file="", root=tmp_path, download=str) == network.adopted()


def test_a_network_that_is_not_in_the_account_is_refused(
    terraform: Path, tmp_path: Path, account: Account, network: Network
) -> None:
    gone = "vpc-0123456789abcdef0"
    applied_to_s3(terraform, tmp_path, account, CONFIGURATION, vpc_id=gone, subnet_ids=network.subnet_ids)
    adopt = AdoptedState(terraform_state=TerraformState(source=f"s3://{BUCKET}/{KEY}", outputs=NAMES))
    with pytest.raises(Exception, match=gone):
        adopted_through_the_program(account, adopt)


def test_a_state_without_outputs_is_refused(terraform: Path, tmp_path: Path, account: Account) -> None:
    applied_to_s3(terraform, tmp_path, account, 'variable "region" { default = "us-east-1" }')
    text = account.call("s3", "get_object", Bucket=BUCKET, Key=KEY)["Body"].read().decode()
    with pytest.raises(TerraformStateError, match="the state has no outputs; declare them in its root module"):
        read_terraform_state(text, "the state")


def test_the_outputs_of_a_real_state_are_named_when_one_is_missing(
    terraform: Path, tmp_path: Path, account: Account, network: Network
) -> None:
    apply(terraform, tmp_path, account, CONFIGURATION, vpc_id=network.vpc_id, subnet_ids=network.subnet_ids)
    adopt = AdoptedState(terraform_state=TerraformState(source="terraform.tfstate"))
    with pytest.raises(TerraformStateError) as refusal:
        adopted_ids(adopt, file="", root=tmp_path, download=str)
    assert str(refusal.value).splitlines()[0] == (
        "terraform.tfstate: outputs.public_subnet_ids: not set: no such output; "
        "did you mean 'public_subnets'?; "
        "the state has 'database_subnets', 'private_subnets', 'public_subnets' or 'vpc_id'"
    )
