"""`validate_inventory.yml` refuses what would fail on a host, and says all of it at once.

Does not prove that a host is what its variables say: role host_facts asks the firmware.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ansible.exports import HOSTS, export
from tests.ansible.inventories import run
from tests.ansible.role_filters import playbook_filters
from tests.ansible.roles import ANSIBLE

REMOVED = object()
FILTERS = playbook_filters("inventory_faults")


def hosts_with(changes: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The hosts with `group.host` or `group.host.key` changed."""
    groups = copy.deepcopy(HOSTS)
    for path, value in changes.items():
        *parents, last = path.split("/")
        place: Any = groups
        for key in parents:
            place = place[key]
        if value is REMOVED:
            del place[last]
        else:
            place[last] = value
    return groups


def faults(tmp_path: Path, changes: dict[str, Any], exported: dict[str, Any] | str | None = None) -> list[str]:
    """What the filter finds, with paths shortened."""
    groups = hosts_with(changes)
    file = tmp_path / "platform.json"
    if exported is None or isinstance(exported, dict):
        file.write_text(json.dumps(export(exported)))
    elif exported:
        file.write_text(exported)
    hostvars = {
        name: {**values, "inventory_file": "hosts.yml"} for group in groups.values() for name, values in group.items()
    }
    members = {group: list(values) for group, values in groups.items()}
    members["gpu_hosts"] = list(hostvars)
    found = FILTERS["inventory_faults"](
        hostvars,
        members,
        str(file),
        str(ANSIBLE / "platform.schema.json"),
        str(ANSIBLE.parent / "catalogue" / "gpu-machines.yaml"),
        str(ANSIBLE / "versions"),
    )
    return [fault.replace(f"{tmp_path}/", "").replace("../tests/", "") for fault in found]


def test_what_fits_is_not_refused(tmp_path: Path) -> None:
    assert faults(tmp_path, {}) == []


D1, A10G = "dgx/dgx-01", "dedicated_hosts/host-a10g-0-0"


@pytest.mark.parametrize(
    ("changes", "exported", "expected"),
    [
        (
            {f"{D1}/gpu_machine": "dgx-h10"},
            None,
            "hosts.yml: dgx-01: gpu_machine: 'dgx-h10': not in catalogue/gpu-machines.yaml; did you mean 'dgx-h100'?",
        ),
        (
            {f"{D1}/gpu_machine": REMOVED, f"{D1}/gpu_machne": "dgx-h100"},
            None,
            "gpu_machine: is missing, 'gpu_machne' is",
        ),
        (
            {f"{D1}/gpu_machine": "g5.48xlarge"},
            None,
            "gpu_machine: 'g5.48xlarge': no machine of group dgx; allowed: dgx-a",
        ),
        ({f"{D1}/gpu_machine": "dgx-a100"}, None, "'dgx-a100': the export says 'dgx-h100' of group dgx-train"),
        ({f"{D1}/gpu_model": "A100-80GB"}, None, "gpu_model: 'A100-80GB': a dgx-h100 has 'H100'"),
        ({f"{D1}/gpu_count": 4}, None, "gpu_count: 4: a dgx-h100 has 8"),
        (
            {f"{D1}/mig_layout": "all-1g.18gb"},
            None,
            "mig_layout: 'all-1g.18gb': no layout of the H100 of dgx-h100; allowed",
        ),
        ({f"{A10G}/mig_layout": "all-1g.10gb"}, None, "no layout of the A10G of g5.48xlarge; allowed: all-disabled"),
        (
            {f"{D1}/gpu_host_group": "dgx-trian"},
            None,
            "gpu_host_group: 'dgx-trian': not in the export's groups; did you mean",
        ),
        (
            {f"{D1}/gpu_host_group": "host-a10g"},
            None,
            "gpu_host_group: 'host-a10g': is of kind dedicated-host, the host in",
        ),
        ({f"{A10G}/gpu_model": "L4"}, None, "gpu_model: 'L4': the export says 'A10G' of group host-a10g"),
        (
            {f"{A10G}/host_id": "h-0"},
            None,
            "host_id: 'h-0': not in the export's group host-a10g; allowed: h-0123456789",
        ),
        (
            {f"{D1}/ansible_host": "10.200.0.12"},
            None,
            "dgx-01 and dgx-02: ansible_host: '10.200.0.12': the same address twice",
        ),
        (
            {f"{D1}/ansible_host": "192.168.0.9"},
            None,
            "'192.168.0.9': in none of the cluster's remote node networks; allowed",
        ),
        (
            {"dgx/dgx-03": HOSTS["dgx"]["dgx-01"] | {"ansible_host": "10.200.0.13"}},
            None,
            "dgx-03: no DGX of the export; add",
        ),
        ({D1: REMOVED}, None, "platform.json: dgx-01: of group dgx-train, is not in the inventory's group dgx"),
        (
            {A10G: REMOVED},
            None,
            "i-0123456789abcdef0: of group host-a10g, EC2 lists no such running instance; start it",
        ),
        ({f"{A10G}/instance_id": "i-0"}, None, "host-a10g-0-0: instance_id: 'i-0': not in the export; write it again"),
        (
            {"dedicated_hosts/dgx-01": HOSTS["dgx"]["dgx-01"]},
            None,
            "dgx-01: two hosts bear this name, one in dgx and one in",
        ),
        ({"gpu_hosts": {"stray": {}}}, None, "stray: is in gpu_hosts alone; allowed: in dgx or in dedicated_hosts"),
        (
            {"dgx/DGX_04": HOSTS["dgx"]["dgx-01"] | {"ansible_host": "10.200.0.14"}},
            None,
            "DGX_04: its name is no host's",
        ),
        ({}, {"version_set": "2019-01"}, "platform.json: version_set: '2019-01': allowed: 2026-11"),
        (
            {},
            {"gpu_stack_owner": "nobody"},
            "platform.json: gpu_stack_owner: 'nobody' is not one of ['host', 'operator']",
        ),
        (
            {},
            {"cluster.endpoint": "[unknown]"},
            "platform.json: cluster.endpoint: '[unknown]' does not match '^https://'",
        ),
        ({}, "{", "platform.json: is not JSON: Expecting property name"),
        ({}, "", "platform.json: is not there; `pulumi stack output gpu-hosts --json` or `rehearse up <"),
    ],
)
def test_a_fault_says_where_what_and_what_is_allowed(
    changes: dict[str, Any], exported: dict[str, Any] | str | None, expected: str, tmp_path: Path
) -> None:
    found = faults(tmp_path, changes, exported)
    assert any(expected in fault for fault in found), found


def test_without_an_export_the_hosts_are_judged_all_the_same(tmp_path: Path) -> None:
    assert len(faults(tmp_path, {f"{D1}/gpu_machine": "dgx-1"}, "")) == 2


@pytest.fixture
def prod(tmp_path: Path) -> Path:
    """An inventory folder with a host too many faults for one."""
    groups = hosts_with({f"{D1}/gpu_machine": "dgx-h10", f"{D1}/gpu_host_group": "nobody's"})
    children = {group: {"hosts": values} for group, values in groups.items()}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"gpu_hosts": {"children": children}}))
    (tmp_path / "platform.json").write_text(json.dumps(export()))
    return tmp_path


@pytest.mark.parametrize("limit", [(), ("--limit", "dgx-02")])
def test_the_play_ends_with_every_fault_and_touches_no_host(prod: Path, limit: tuple[str, ...]) -> None:
    played = run("ansible-playbook", "-i", prod, "validate_inventory.yml", *limit)
    assert played.returncode != 0
    assert "gpu_machine: 'dgx-h10'" in played.stdout + played.stderr
    assert 'gpu_host_group: "nobody\'s"' in played.stdout + played.stderr
    assert "unreachable=0" in played.stdout


def test_the_play_lets_a_sound_inventory_through(prod: Path) -> None:
    children = {group: {"hosts": values} for group, values in HOSTS.items()}
    (prod / "hosts.yml").write_text(yaml.safe_dump({"gpu_hosts": {"children": children}}))
    played = run("ansible-playbook", "-i", prod, "validate_inventory.yml")
    assert played.returncode == 0, played.stdout + played.stderr


def test_an_empty_inventory_is_no_sound_one(prod: Path) -> None:
    (prod / "hosts.yml").write_text("gpu_hosts: {children: {dgx: {}, dedicated_hosts: {}}}\n")
    played = run("ansible-playbook", "-i", prod, "validate_inventory.yml")
    assert played.returncode != 0
    assert "dgx-02: of group dgx-train, is not in the inventory's group dgx" in played.stdout + played.stderr


def test_a_name_that_stands_twice_in_a_file_ends_everything(prod: Path) -> None:
    (prod / "hosts.yml").write_text("gpu_hosts: {children: {dgx: {hosts: {dgx-01: {}, dgx-01: {}}}}}\n")
    played = run("ansible-playbook", "-i", prod, "validate_inventory.yml")
    assert played.returncode != 0
    assert "duplicate mapping key 'dgx-01'" in played.stdout + played.stderr
