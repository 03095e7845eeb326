"""What the roles take a host for, before anything of it is changed."""

from __future__ import annotations

import pytest

from tests.ansible.lab.lab import Lab

FOCAL = 'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID="20.04"\nVERSION="20.04.6 LTS (Focal Fossa)"\n'
FOCAL_LSB = "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=20.04\nDISTRIB_CODENAME=focal\n"


@pytest.mark.reported("NVIDIA/deepops#247: an operating system that the roles don't know was configured all the same")
@pytest.mark.parametrize(
    ("files", "taken_for"),
    [
        ({"usr/lib/os-release": FOCAL, "etc/lsb-release": FOCAL_LSB}, "Ubuntu-20.04"),
        ({"etc/dgx-release": 'DGX_SWBUILD_VERSION="5.5.0"\n'}, "DGXOS-5"),
    ],
)
def test_a_system_that_the_roles_were_not_made_for_is_left_alone(
    root_trees: Lab, files: dict[str, str], taken_for: str
) -> None:
    tree = root_trees.root_tree("Ubuntu-22.04", name="old-01", files=files)
    try:
        played = root_trees.role("base_os", tree)
    finally:
        root_trees.stop(tree)
    assert f"old-01 runs {taken_for}; the roles were made for DGXOS-6, DGXOS-7" in played.messages
    assert played.changed() == []


def test_an_upgrade_in_place_counts_and_the_last_one_most(root_trees: Lab) -> None:
    release = 'DGX_SWBUILD_VERSION="5.1.0"\n\nDGX_OTA_VERSION="5.5.0"\n\nDGX_OTA_VERSION="6.3.2"\n'
    tree = root_trees.root_tree("Ubuntu-22.04", name="dgx-44", files={"etc/dgx-release": release})
    try:
        played = root_trees.role("host_facts", tree, arguments=["-vv"])
    finally:
        root_trees.stop(tree)
    kept = played.task("Tell DGX OS from Ubuntu, and the kinds of machine from each other").result
    assert kept["ansible_facts"]["host_facts_os"] == "DGXOS-6"
