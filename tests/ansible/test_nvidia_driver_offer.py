"""What a repository offers of a driver, and what a package program's failure means, without a host.

Not proved here: that apt and dnf still say it so; test_nvidia_driver.py meets the failures that the lab can cause.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.ansible.role_filters import role_filters

FILTERS = role_filters("nvidia_driver", "driver_offer") | role_filters("nvidia_driver", "package_failure")
# As `apt-cache show` printed them of the Ubuntu archive on 2026-11-21, but for the older module package.
ARCHIVE = """\
Package: linux-modules-nvidia-580-server-open-6.8.0-151-generic
Version: 6.8.0-151.151+1
Depends: linux-image-6.8.0-151-generic | linux-image-unsigned-6.8.0-151-generic, nvidia-kernel-common-580-server (<= 580.178.04-1), nvidia-kernel-common-580-server (>= 580.178.04)

Package: linux-modules-nvidia-580-server-open-6.8.0-151-generic
Version: 6.8.0-151.151
Depends: linux-image-6.8.0-151-generic | linux-image-unsigned-6.8.0-151-generic, nvidia-kernel-common-580-server (<= 580.126.09-1), nvidia-kernel-common-580-server (>= 580.126.09)

Package: nvidia-utils-580-server
Version: 580.178.04-0ubuntu0.24.04.1
Depends: nvidia-kernel-common-580-server-580.178.04, libc6 (>= 2.34), libnvidia-compute-580-server (>= 580.178.04)

Package: nvidia-utils-590-server
Version: 590.48.01-0ubuntu0.24.04.5
Depends: nvidia-utils-595-server
"""  # noqa: E501 - lines of a program's answer


def offered(version: str, *members: tuple[str, str]) -> dict[str, Any]:
    return FILTERS["nvidia_driver_offer"](ARCHIVE, [{"name": name, "tie": tie} for name, tie in members], version)


@pytest.mark.parametrize(("driver", "package"), [("580.178.04", "6.8.0-151.151+1"), ("580.126.09", "6.8.0-151.151")])
def test_the_module_package_is_chosen_by_the_driver_that_it_was_built_for(driver: str, package: str) -> None:
    module = "linux-modules-nvidia-580-server-open-6.8.0-151-generic"
    assert offered(driver, (module, "module"))["names"] == [f"{module}={package}"]


def test_a_version_that_is_not_offered_is_named_with_those_that_are() -> None:
    offer = offered("580.126.09", ("nvidia-utils-580-server", "version"), ("linux-image-6.8.0-151-generic", "name"))
    assert offer["missing"] == [
        "nvidia-utils-580-server 580.126.09 (it has 580.178.04-0ubuntu0.24.04.1)",
        "linux-image-6.8.0-151-generic (it has none)",
    ]


def test_a_branch_that_only_leads_to_another_one_is_noticed() -> None:
    offer = offered("590.48.01", ("nvidia-utils-590-server", "version"))
    assert offer["transitional"] == ["nvidia-utils-590-server -> nvidia-utils-595-server"]
    assert offered("580.178.04", ("nvidia-utils-580-server", "version"))["transitional"] == []


@pytest.mark.parametrize(
    ("text", "means"),
    [
        (
            "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 812 (apt-get)",
            "lock (process 812, apt-get)",
        ),
        ("dpkg: error: dpkg frontend lock was locked by another process with pid 812", "the package manager's lock"),
        ("Failed to lock apt for exclusive operation", "holds the package manager's lock"),
        ("E: You don't have enough free space in /var/cache/apt/archives/.", "a disk is full"),
        ("write error: No space left on device", "a disk is full"),
        (
            "Error! Bad return status for module build on kernel: 6.8.0-149-generic (x86_64)",
            "could not be built (DKMS)",
        ),
        ("E: Unable to correct problems, you have held broken packages.", "packages contradict each other"),
        ("Failed to update apt cache: E:Failed to fetch http://mirror/InRelease  503", "could not be reached"),
        ("no available installation candidate for nvidia-utils-580-server=580.1-*", "does not have this version"),
        ("No package nvidia-open-580.1-* available.", "does not have this version"),
        ("The checksum for /etc/apt/keyrings/x did not match", "signature or checksum"),
        ("the loaded driver is 580.126.09, not 580.178.04", ""),
    ],
)
def test_a_package_programs_failure_is_explained(text: str, means: str) -> None:
    said = FILTERS["nvidia_driver_meaning"](text)
    assert means in said if means else said == ""
