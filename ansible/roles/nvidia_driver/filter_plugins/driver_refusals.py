"""What speaks against a driver on a host, for good or until the host is idle."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Facts = Mapping[str, Any]


class FilterModule:
    """Filters of the role."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return them by name."""
        return {
            "nvidia_driver_refusals": lambda *arguments: list(refusals(*arguments)),
            "nvidia_driver_waits": lambda *arguments: list(waits(*arguments)),
        }


def refusals(wanted: Facts, seen: Facts, planned: Facts) -> Iterator[str]:
    """Yield what can't be waited out."""
    yield from against_version(wanted)
    yield from against_source(wanted)
    if wanted["source"] == "image":
        yield from against_image(wanted, seen)
        return
    if seen["leftovers"] and wanted["leftovers"] == "refuse":
        yield (
            f"drivers came to this host in another way before ({', '.join(seen['leftovers'])}) and a host has one "
            "source; remove them, or set nvidia_driver_leftovers to remove"
        )
    if planned["packages"]:
        yield from against_secure_boot(wanted, seen)
        yield from against_disks(wanted, seen)


def against_version(wanted: Facts) -> Iterator[str]:
    """Yield what is wrong with version and branch for this GPU."""
    version, branch = wanted["version"], wanted["branch"]
    if not re.fullmatch(r"\d{3}\.\d+(\.\d+)?", version) or version.split(".")[0] != branch:
        yield f"{version!r} is no exact version of branch {branch!r}, such as {branch}.126.09"
    elif int(branch) < int(wanted["minimum_branch"]):
        yield f"branch {branch} does not know this GPU; the first that does is {wanted['minimum_branch']}"


def against_source(wanted: Facts) -> Iterator[str]:
    """Yield what the source does not have for this system and GPU."""
    source, modules, branch = wanted["source"], wanted["modules"], wanted["branch"]
    if modules not in wanted["gpu_modules"]:
        yield f"{modules} kernel modules do not drive this GPU; it works with {', '.join(wanted['gpu_modules'])} ones"
    if source not in wanted["sources"]:
        yield f"{wanted['os']} has no source {source}; it has {', '.join(wanted['sources'])}"
    elif source != "image" and wanted["flavour"] not in wanted["flavours"]:
        yield f"{source} has no {wanted['flavour']} modules for {wanted['os']}; it has {', '.join(wanted['flavours'])}"
    elif branch.isdigit() and int(branch) > int(wanted["last_branch"]):
        yield f"{source} names packages otherwise after branch {wanted['last_branch']}, and the role does not know how"


def against_image(wanted: Facts, seen: Facts) -> Iterator[str]:
    """Yield that the image is another one."""
    if seen["loaded"] != wanted["version"]:
        yield (
            f"the image brought driver {seen['loaded'] or 'none'}, the version set says {wanted['version']}; an "
            "image's driver is not replaced: start the host from an image with that version"
        )


def against_secure_boot(wanted: Facts, seen: Facts) -> Iterator[str]:
    """Yield that the kernel would not load what is built here."""
    if seen["secure_boot"] and wanted["flavour"].endswith("dkms") and not seen["key_enrolled"]:
        yield (
            "Secure Boot is on and the modules would be built on the host (dkms), whose key "
            f"{wanted['key_path']} is not enrolled, so the kernel would not load them; enrol it at the console "
            "(mokutil --import, reboot, confirm), or take modules that the distribution signed "
            "(nvidia_driver_module_build: prebuilt)"
        )


def against_disks(wanted: Facts, seen: Facts) -> Iterator[str]:
    """Yield the folders that are too full."""
    for path, free in seen["free_mib"].items():
        if free < int(wanted["free_mib"][path]):
            yield f"{path} has {free} MiB free and the driver needs {wanted['free_mib'][path]} MiB; make room"


def waits(wanted: Facts, seen: Facts, planned: Facts) -> Iterator[str]:
    """Yield what ends when the host is drained or its reboot allowed."""
    if wanted["source"] == "image" or not planned["needed"]:
        return
    if seen["clients"]:
        who = ", ".join(seen["clients"])
        yield f"{len(seen['clients'])} processes use the GPUs ({who}); drain the node first"
    # Without a loaded driver there is nothing to break: packages are installed, and the reboot is what is left to do.
    if planned["reboot"] and seen["loaded"] and not wanted["reboot_allowed"]:
        yield f"a reboot is needed ({'; '.join(planned['reboot_reasons'])}) and nvidia_driver_reboot_allowed is false"
