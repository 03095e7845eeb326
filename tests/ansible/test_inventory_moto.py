"""The hosts that the program makes are the hosts that Ansible sees, asked of the emulated account over HTTP.

Does not prove that a host can be reached: emulated instances have no machine behind them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from rehearsal import phases
from rehearsal.aws.account import Account
from rehearsal.environment import environment
from rehearsal.guard import offline
from rehearsal.phases import Rehearsal, Silence
from tests.ansible.inventories import inventory, members, run
from tests.ansible.roles import ANSIBLE, REPOSITORY

pytestmark = pytest.mark.xdist_group("inventory")
DEV = ANSIBLE / "inventories" / "dev"
NAMES = {"host-t4-0-0", "host-t4-0-1"}


class Standing(NamedTuple):
    """dev as `rehearse up dev --keep --output gpu-hosts=FILE` leaves it."""

    rehearsal: Rehearsal
    shell: dict[str, str]
    account: Account
    platform_file: Path

    @property
    def export(self) -> dict[str, Any]:
        return self.rehearsal.outputs["gpu-hosts"]


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    with environment("dev", REPOSITORY) as (target, _), offline(), Account(target.account_id, target.region) as account:
        account.serve()
        rehearsal = phases.up(target, account, Silence(), keep=True)
        assert rehearsal.faults == []
        file = tmp_path_factory.mktemp("dev") / "platform.json"
        file.write_text(json.dumps(rehearsal.outputs["gpu-hosts"]))
        yield Standing(rehearsal, account.credentials, account, file)


@pytest.fixture(scope="module")
def listed(dev: Standing) -> dict[str, Any]:
    return inventory(DEV, environment=dev.shell)


def test_the_hosts_are_those_that_the_program_made(dev: Standing, listed: dict[str, Any]) -> None:
    hosts = listed["_meta"]["hostvars"]
    assert set(hosts) == NAMES
    assert {host["instance_id"] for host in hosts.values()} == set(dev.export["groups"]["host-t4"]["instance_ids"])
    assert {host["host_id"] for host in hosts.values()} == set(dev.export["groups"]["host-t4"]["host_ids"])


@pytest.mark.parametrize(
    "group", ["gpu_hosts", "dedicated_hosts", "environment_dev", "gpu_T4", "zone_us_east_1a", "host_group_host_t4"]
)
def test_they_stand_in_their_groups_by_name(group: str, listed: dict[str, Any]) -> None:
    assert members(listed, group) == NAMES


def test_there_are_no_other_groups(listed: dict[str, Any]) -> None:
    """A tag that is not found would make a group such as zone_none."""
    known = {"_meta", "all", "ungrouped", "aws_ec2", "gpu_hosts", "dedicated_hosts", "dgx"}
    keyed = {"environment_dev", "gpu_T4", "zone_us_east_1a", "host_group_host_t4"}
    assert set(listed) - known == keyed


def test_a_host_says_what_roles_ask_of_it(listed: dict[str, Any]) -> None:
    host = listed["_meta"]["hostvars"]["host-t4-0-0"]
    assert (host["gpu_machine"], host["gpu_host_group"], host["gpu_model"]) == ("g4dn.12xlarge", "host-t4", "T4")
    assert host["kubernetes_node_name"] == host["private_dns_name"]
    assert host["ansible_host"] == host["private_ip_address"]


def test_the_inventory_is_sound(dev: Standing) -> None:
    played = run(
        "ansible-playbook", "-i", DEV, "validate_inventory.yml", "-e", f"platform_file={dev.platform_file}",
        environment=dev.shell,
    )  # fmt: skip
    assert played.returncode == 0, played.stdout + played.stderr


def test_another_environments_inventory_has_none_of_them(dev: Standing) -> None:
    listed = inventory(ANSIBLE / "inventories" / "staging" / "dedicated.aws_ec2.yml", environment=dev.shell)
    assert listed["_meta"]["hostvars"] == {}


def test_ssh_goes_through_a_session_of_the_instance(dev: Standing) -> None:
    asked = run(
        "ansible", "-i", DEV, "host-t4-0-0", "-m", "ansible.builtin.debug", "-a", "var=ansible_ssh_common_args",
        "-e", f"platform_file={dev.platform_file}", environment=dev.shell,
    )  # fmt: skip
    (instance,) = [
        one["InstanceId"] for one in _instances(dev.account) if {"Key": "Name", "Value": "host-t4-0-0"} in one["Tags"]
    ]
    assert f"aws ssm start-session --region us-east-1 --target {instance}" in asked.stdout


def test_a_host_that_stopped_is_missed(dev: Standing) -> None:
    """The last one, as it changes what stands."""
    stopped = next(one["InstanceId"] for one in _instances(dev.account))
    dev.account.call("ec2", "stop_instances", InstanceIds=[stopped])
    played = run(
        "ansible-playbook", "-i", DEV, "validate_inventory.yml", "-e", f"platform_file={dev.platform_file}",
        environment=dev.shell,
    )  # fmt: skip
    assert played.returncode != 0
    assert f"{stopped}: of group host-t4, EC2 lists no such running instance" in played.stdout + played.stderr


def _instances(account: Account) -> list[dict[str, Any]]:
    wanted = [{"Name": "tag:llm-platform:inventory-group", "Values": ["dedicated_hosts"]}]
    reservations = account.call("ec2", "describe_instances", Filters=wanted)["Reservations"]
    return [instance for reservation in reservations for instance in reservation["Instances"]]
