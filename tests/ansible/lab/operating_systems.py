"""What makes a root tree pass for an operating system: the files that Ansible, nodeadm and the roles tell it by.

Underneath it is Debian 12: package names, versions and defaults are Debian's where no stand-in package replaces them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class OperatingSystem:
    """One operating system that hosts pose as."""

    name: str
    tree: str
    """Name of the root tree."""
    files: Mapping[str, str]
    """Path within the host to content."""
    absent: tuple[str, ...] = ()
    """Files of the root tree that would give it away."""


def _ubuntu(version: str, codename: str, name: str, extra: Mapping[str, str] | None = None) -> OperatingSystem:
    pretty = f"Ubuntu {version} LTS"
    os_release = (
        f'PRETTY_NAME="{pretty}"\nNAME="Ubuntu"\nVERSION_ID="{version}"\nVERSION="{version} LTS ({codename.title()})"\n'
        f"VERSION_CODENAME={codename}\nID=ubuntu\nID_LIKE=debian\nUBUNTU_CODENAME={codename}\n"
    )
    lsb_release = (
        f'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE={version}\nDISTRIB_CODENAME={codename}\nDISTRIB_DESCRIPTION="{pretty}"\n'
    )
    files = {"usr/lib/os-release": os_release, "etc/lsb-release": lsb_release, "etc/apt/sources.list": ""}
    return OperatingSystem(name, "apt", {**files, **(extra or {})})


def _dgx(major: str, product: str) -> dict[str, str]:
    # Field names as DGX OS has them; the values are made up.
    return {
        "etc/dgx-release": (
            f'DGX_NAME="DGX Server"\nDGX_PRETTY_NAME="NVIDIA DGX Server"\nDGX_SWBUILD_DATE="2026-06-12-10-20-30"\n'
            f'DGX_SWBUILD_VERSION="{major}.1.0"\nDGX_COMMIT_ID="0000000"\nDGX_PLATFORM="{product}"\n'
            f'DGX_SERIAL_NUMBER="1560000000001"\n\nDGX_OTA_VERSION="{major}.2.0"\n'
            f'DGX_OTA_DATE="Mon Oct  5 10:00:00 UTC 2026"\n'
        )
    }


_RHEL: Final = {
    "usr/lib/os-release": (
        'NAME="Red Hat Enterprise Linux"\nVERSION="9.6 (Plow)"\nID="rhel"\nID_LIKE="fedora"\nVERSION_ID="9.6"\n'
        'PLATFORM_ID="platform:el9"\nPRETTY_NAME="Red Hat Enterprise Linux 9.6 (Plow)"\n'
        'CPE_NAME="cpe:/o:redhat:enterprise_linux:9::baseos"\n'
    ),
    "etc/redhat-release": "Red Hat Enterprise Linux release 9.6 (Plow)\n",
    "etc/dnf/vars/releasever": "9\n",
    "etc/dnf/dnf.conf": (
        "[main]\ngpgcheck=1\ninstallonly_limit=3\nclean_requirements_on_remove=True\nbest=True\n"
        "module_platform_id=platform:el9\n"
    ),
    # Debian switches on this plugin of dnf's, which RHEL does not have.
    "etc/dnf/plugins/local.conf": "[main]\nenabled = false\n",
}

OPERATING_SYSTEMS: Final = {
    system.name: system
    for system in (
        _ubuntu("22.04", "jammy", "Ubuntu-22.04"),
        _ubuntu("24.04", "noble", "Ubuntu-24.04"),
        _ubuntu("22.04", "jammy", "DGXOS-6", _dgx("6", "DGX Server for DGX H100")),
        _ubuntu("24.04", "noble", "DGXOS-7", _dgx("7", "DGX Server for DGX B200")),
        OperatingSystem(
            "RedHat-9", "dnf", _RHEL, absent=("etc/debian_version", "etc/lsb-release", "usr/bin/lsb_release")
        ),
    )
}
