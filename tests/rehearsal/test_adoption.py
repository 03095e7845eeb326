"""Environments that adopt a network instead of making one, rehearsed with the platform's real program.

Does not prove that the adopted network is tagged and routed as nodes need it: `rehearse preflight` looks at that.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stacks.settings import SettingsError
from tests.rehearsal.changed_dev import changed_dev, up

VPC = "vpc-0123456789abcdef0"
PUBLIC = ["subnet-0a000000000000001", "subnet-0a000000000000002"]
PRIVATE = ["subnet-0b000000000000001", "subnet-0b000000000000002"]
DATABASE = ["subnet-0c000000000000001", "subnet-0c000000000000002"]
IDS = {
    "vpc_id": VPC,
    "public_subnet_ids": PUBLIC,
    "private_subnet_ids": PRIVATE,
    "database_subnet_ids": DATABASE,
}
STATE: dict[str, Any] = {
    "version": 4,
    "terraform_version": "1.11.4",
    "serial": 1,
    "lineage": "8e6a3c3e-0b1d-4a53-9d37-0e6d5e7a2f11",
    "outputs": {
        "vpc_id": {"value": VPC, "type": "string"},
        "public_subnet_ids": {"value": PUBLIC, "type": ["tuple", ["string", "string"]]},
        "private_subnet_ids": {"value": PRIVATE, "type": ["tuple", ["string", "string"]]},
        "database_subnet_ids": {"value": DATABASE, "type": ["tuple", ["string", "string"]]},
    },
    "resources": [],
}


def adopting(folder: Path, adopted: dict[str, Any], zones: list[str] | None = None) -> Path:
    def change(sections: dict[str, Any]) -> None:
        sections["network"] = {"zones": zones or sections["network"]["zones"], "adopt": adopted}

    return changed_dev(folder, change)


def test_a_network_is_adopted_by_its_ids_and_left_alone(tmp_path: Path) -> None:
    project = adopting(tmp_path, IDS)
    rehearsal = up(project)
    assert rehearsal.faults == []
    assert rehearsal.leftovers == []
    made = {resource.registration.type for resource in rehearsal.resources}
    assert not made & {"aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/natGateway:NatGateway"}
    cluster = next(r for r in rehearsal.resources if r.registration.type == "aws:eks/cluster:Cluster")
    assert sorted(cluster.registration.inputs["vpcConfig"]["subnetIds"]) == PRIVATE
    assert rehearsal.outputs["network/vpc-id"] == VPC
    subnets = next(r for r in rehearsal.resources if r.registration.type == "aws:rds/subnetGroup:SubnetGroup")
    assert sorted(subnets.registration.inputs["subnetIds"]) == DATABASE


def test_what_is_invented_about_an_adopted_network_is_said(tmp_path: Path) -> None:
    project = adopting(tmp_path, IDS)
    inventions = up(project).inventions
    assert inventions[f"zone of the adopted {PRIVATE[1]}"] == "us-east-1b"
    assert inventions[f"range of the adopted {VPC}"] == "10.0.0.0/16"


def test_a_network_is_adopted_from_a_state_in_s3(tmp_path: Path) -> None:
    project = adopting(tmp_path, {"terraform_state": {"source": "s3://states/network/terraform.tfstate"}})
    state = project / "copy.tfstate"
    state.write_text(json.dumps(STATE))
    rehearsal = up(project, state)
    assert rehearsal.faults == []
    assert rehearsal.outputs["network/private-subnet-ids"] == PRIVATE


def test_a_state_in_s3_needs_a_copy(tmp_path: Path) -> None:
    project = adopting(tmp_path, {"terraform_state": {"source": "s3://states/network/terraform.tfstate"}})
    with pytest.raises(SettingsError, match=r"\.source: .*terraform state pull > FILE, --terraform-state"):
        up(project)


def test_a_state_without_the_output_is_bad_input(tmp_path: Path) -> None:
    project = adopting(tmp_path, {"terraform_state": {"source": "s3://states/network/terraform.tfstate"}})
    outputs = {name: value for name, value in STATE["outputs"].items() if name != "private_subnet_ids"}
    state = project / "copy.tfstate"
    state.write_text(json.dumps(STATE | {"outputs": outputs | {"private_subnets": {"value": PRIVATE, "type": "list"}}}))
    with pytest.raises(SettingsError, match=r"outputs\.private_subnet_ids: .*no such output; did you mean"):
        up(project, state)


def test_a_zone_without_an_adopted_subnet_is_named(tmp_path: Path) -> None:
    project = adopting(tmp_path, IDS, zones=["us-east-1c", "us-east-1b", "us-east-1a"])
    [fault] = up(project).faults
    assert fault.message == (
        "the adopted network has no private subnet in us-east-1a, which the stack file names; "
        "it has them in us-east-1c, us-east-1b"
    )
