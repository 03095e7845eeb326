"""The driver's plan and its objections, without a host.

Not proved here: that the roles ask for what these functions are given; that is in test_nvidia_driver.py.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.ansible.role_filters import role_filters

FILTERS = {
    name: function
    for noun in ("driver_packages", "driver_plan", "driver_refusals")
    for name, function in role_filters("nvidia_driver", noun).items()
}
TABLE = {
    "driver": ["nvidia-headless-no-dkms-580-server-open", "nvidia-utils-580-server"],
    "fabric": ["nvidia-fabricmanager-580"],
    "module": ["linux-modules-nvidia-580-server-open-6.8.0-149-generic"],
    "kernel": ["linux-image-6.8.0-149-generic"],
}


def wanted(**changed: Any) -> dict[str, Any]:
    return {
        "version": "580.178.04",
        "previous_version": "580.126.09",
        "branch": "580",
        "os": "Ubuntu-24.04",
        "source": "ubuntu_archive",
        "sources": ["image", "ubuntu_archive", "cuda_repo"],
        "last_branch": 999,
        "flavour": "open-prebuilt",
        "flavours": ["open-prebuilt", "open-dkms"],
        "stream": "",
        "modules": "open",
        "gpu_modules": ["open", "proprietary"],
        "minimum_branch": 525,
        "kernel": "6.8.0-149-generic",
        "free_mib": {"/usr": 4096},
        "key_path": "/var/lib/shim-signed/mok/MOK.der",
        "leftovers": "refuse",
        "reboot_allowed": False,
    } | changed


def seen(installed: str = "580.126.09", **changed: Any) -> dict[str, Any]:
    names = [*TABLE["driver"], *TABLE["fabric"]]
    packages = {
        name: {"version": f"{installed}-0ubuntu0.24.04.1", "status": "installed"} for name in names if installed
    }
    packages |= {name: {"version": "6.8.0-149.149", "status": "installed"} for name in TABLE["module"] if installed}
    packages |= {name: {"version": "6.8.0-149.149", "status": "installed"} for name in TABLE["kernel"]}
    family = FILTERS["nvidia_driver_family"](TABLE, packages, True)
    return {
        "changes": FILTERS["nvidia_driver_changes"](family, packages, "580.178.04"),
        "versions": FILTERS["nvidia_driver_versions"](family, packages),
        "superseded": [],
        "loaded": installed,
        "kernel": "6.8.0-149-generic",
        "stream": "",
        "clients": [],
        "leftovers": [],
        "free_mib": {"/usr": 20000},
        "secure_boot": False,
        "key_enrolled": False,
        "persistence_differs": False,
    } | changed


def planned(want: dict[str, Any], see: dict[str, Any]) -> dict[str, Any]:
    plan = FILTERS["nvidia_driver_plan"](want, see)
    return plan | {
        "refusals": FILTERS["nvidia_driver_refusals"](want, see, plan),
        "waits": FILTERS["nvidia_driver_waits"](want, see, plan),
    }


@pytest.mark.parametrize(
    ("want", "see", "kind", "reboot"),
    [
        (wanted(), seen("580.178.04"), "none", False),
        (wanted(), seen(""), "install", True),
        (wanted(), seen("580.126.09"), "upgrade", True),
        (wanted(), seen("580.200.01"), "downgrade", True),
        (wanted(), seen("580.178.04", loaded="580.126.09"), "reboot", True),
        (wanted(), seen("580.178.04", kernel="6.8.0-134-generic"), "reboot", True),
        (wanted(kernel=""), seen("580.178.04", kernel="6.8.0-134-generic"), "none", False),
        (wanted(), seen("570.211.01"), "branch-change", True),
    ],
    ids=["as-wanted", "bare", "older", "newer", "reboot-lost", "other-kernel", "any-kernel", "other-branch"],
)
def test_the_kind_of_change_and_the_reboot_follow_from_the_hosts_state(
    want: dict[str, Any], see: dict[str, Any], kind: str, reboot: bool
) -> None:
    plan = planned(want, see)
    assert (plan["kind"], plan["reboot"], plan["needed"]) == (kind, reboot, kind != "none")


def test_a_package_that_broke_off_is_no_installed_one() -> None:
    package = {"nvidia-utils-580-server": {"version": "580.178.04-0ubuntu0.24.04.1", "status": "half-configured"}}
    family = [{"name": "nvidia-utils-580-server", "tie": "version"}]
    assert FILTERS["nvidia_driver_changes"](family, package, "580.178.04")


def test_fabric_manager_moves_along_where_it_is_installed_or_needed() -> None:
    names = FILTERS["nvidia_driver_family"]
    fabric = TABLE["fabric"][0]
    assert fabric not in [member["name"] for member in names(TABLE, {}, False)]
    assert fabric in [member["name"] for member in names(TABLE, {}, True)]
    assert fabric in [member["name"] for member in names(TABLE, {"nvidia-fabricmanager-570": {}}, False)]


def test_the_module_package_moves_with_the_driver_though_its_own_version_stays() -> None:
    changed = [each["name"] for each in seen("580.126.09")["changes"]]
    assert TABLE["module"][0] in changed
    assert TABLE["kernel"][0] not in changed


def test_packages_of_other_branches_are_superseded_and_the_container_toolkits_are_not() -> None:
    names = (
        "nvidia-utils-570-server",
        "nvidia-utils-580-server",
        "libnvidia-container1",
        "nvidia-container-toolkit",
        "linux-modules-nvidia-570-server-open-6.8.0-134-generic",
        "linux-image-6.8.0-134-generic",
    )
    packages: dict[str, dict[str, str]] = {name: {} for name in names}
    assert FILTERS["nvidia_driver_superseded"](packages, "580") == [
        "linux-modules-nvidia-570-server-open-6.8.0-134-generic",
        "nvidia-utils-570-server",
    ]


def test_a_kernels_number_is_no_branch() -> None:
    packages = {
        name: {"version": "6.8.0-149.149", "status": "installed"}
        for name in ("linux-signatures-nvidia-6.8.0-149-generic",)
    }
    assert FILTERS["nvidia_driver_superseded"](packages, "580") == []


@pytest.mark.parametrize(
    ("want", "see", "says"),
    [
        (wanted(minimum_branch=590), seen(), "branch 580 does not know this GPU; the first that does is 590"),
        (wanted(version="580"), seen(), "'580' is no exact version of branch '580'"),
        (wanted(branch="570"), seen(), "no exact version of branch '570'"),
        (
            wanted(modules="proprietary", gpu_modules=["open"]),
            seen(),
            "proprietary kernel modules do not drive this GPU",
        ),
        (
            wanted(source="dgx_repo"),
            seen(),
            "Ubuntu-24.04 has no source dgx_repo; it has image, ubuntu_archive, cuda_repo",
        ),
        (wanted(flavour="proprietary-dkms"), seen(), "ubuntu_archive has no proprietary-dkms modules"),
        (wanted(source="cuda_repo", last_branch=570), seen(), "names packages otherwise after branch 570"),
        (wanted(), seen(leftovers=["/usr/bin/nvidia-uninstall (a .run installation)"]), "a .run installation"),
        (wanted(flavour="open-dkms"), seen(secure_boot=True), "MOK.der is not enrolled"),
        (wanted(), seen(free_mib={"/usr": 12}), "/usr has 12 MiB free and the driver needs 4096 MiB"),
        (wanted(source="image"), seen(), "the image brought driver 580.126.09, the version set says 580.178.04"),
    ],
)
def test_what_speaks_against_a_driver_is_said(want: dict[str, Any], see: dict[str, Any], says: str) -> None:
    (said,) = planned(want, see)["refusals"]
    assert says in said


@pytest.mark.parametrize(
    ("want", "see"),
    [
        (wanted(flavour="open-dkms"), seen(secure_boot=True, key_enrolled=True)),
        (wanted(), seen(secure_boot=True)),
        (wanted(), seen("580.178.04", free_mib={"/usr": 12})),
        (wanted(leftovers="remove"), seen(leftovers=["/etc/apt/sources.list.d/cuda.list"])),
        (wanted(source="image"), seen("580.178.04")),
    ],
    ids=["enrolled", "signed-by-canonical", "full-and-nothing-to-install", "removable", "image-as-wanted"],
)
def test_what_is_in_order_is_not_refused(want: dict[str, Any], see: dict[str, Any]) -> None:
    assert planned(want, see)["refusals"] == []


def test_a_host_at_work_waits() -> None:
    waits = planned(wanted(), seen(clients=["4711, python3"]))["waits"]
    assert "1 processes use the GPUs (4711, python3)" in waits[0]
    assert "nvidia_driver_reboot_allowed is false" in waits[1]
    assert planned(wanted(reboot_allowed=True), seen())["waits"] == []
    assert planned(wanted(), seen("580.178.04", clients=["4711, python3"]))["waits"] == []


def test_a_host_without_a_driver_does_not_wait_for_its_reboot() -> None:
    assert planned(wanted(), seen(""))["waits"] == []


@pytest.mark.parametrize(
    ("see", "goes_back_to"),
    [
        (seen("580.126.09"), "580.126.09"),
        (seen("570.211.01"), "570.211.01"),
        (seen("580.178.04", loaded="570.211.01"), "570.211.01"),
        (seen("580.178.04", loaded=""), "580.126.09"),
        (seen(""), ""),
        (seen("580.178.04"), ""),
    ],
    ids=["what-ran", "another-branch", "what-still-runs", "the-sets-previous", "bare", "unchanged"],
)
def test_the_way_back_leads_to_what_worked(see: dict[str, Any], goes_back_to: str) -> None:
    assert planned(wanted(), see)["came_from"] == goes_back_to


def test_a_check_names_each_fault() -> None:
    state = {
        "loaded": "580.126.09",
        "changes": [],
        "rc": 18,
        "said": "Driver/library version mismatch",
        "gpus": 8,
        "persistence": True,
    }
    faults = FILTERS["nvidia_driver_faults"]
    assert faults(wanted(), state) == [
        "the loaded driver is 580.126.09, not 580.178.04",
        "nvidia-smi ended with 18: Driver/library version mismatch",
    ]
    said = "0, 580.178.04, Enabled\n1, 580.178.04, Disabled\n"
    assert faults(wanted(), state | {"loaded": "580.178.04", "rc": 0, "said": said}) == [
        "the driver finds 2 GPUs, the machine has 8",
        "persistence mode of GPU 1 is Disabled",
    ]
