"""What has to happen on a host so that it runs the wanted driver, and what is wrong when it happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Facts = Mapping[str, Any]


class FilterModule:
    """Filters of the role."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return them by name."""
        return {"nvidia_driver_plan": plan, "nvidia_driver_report": report, "nvidia_driver_faults": faults}


def plan(wanted: Facts, seen: Facts) -> dict[str, Any]:
    """Return what would be done."""
    installed = " and ".join(seen["versions"])
    stream = wanted["stream"] if wanted["stream"] != seen["stream"] else ""
    # The driver of an image is not changed, so nothing of it takes a reboot.
    reasons = [] if wanted["source"] == "image" else list(reboot_reasons(wanted, seen))
    actions = [
        *(f"remove {each}, left by another way of installing drivers" for each in removable(wanted, seen)),
        *([f"change the module stream: {seen['stream'] or 'none'} -> {stream}"] if stream else []),
        *(f"change {each['name']}: {each['installed'] or 'absent'} -> {each['wanted']}" for each in seen["changes"]),
        *(f"remove {name}, of another branch" for name in seen["superseded"]),
        *(["set the persistence daemon's options"] if seen["persistence_differs"] else []),
        *(["reboot"] if reasons else []),
    ]
    return {
        "source": wanted["source"],
        "branch": wanted["branch"],
        "wanted": wanted["version"],
        "installed": installed,
        "loaded": seen["loaded"],
        "kernel": {"running": seen["kernel"], "wanted": wanted["kernel"]},
        "kind": kind(wanted, seen, bool(reasons)),
        "packages": seen["changes"],
        "superseded": seen["superseded"],
        "stream": stream,
        "clients": seen["clients"],
        "actions": actions,
        "needed": bool(actions),
        "reboot": bool(reasons),
        "reboot_reasons": reasons,
        # Whether the host's driver does its work now, at whatever version.
        "works": bool(seen["loaded"]) and seen["loaded"] == installed,
        "came_from": came_from(wanted, seen, installed),
    }


def reboot_reasons(wanted: Facts, seen: Facts) -> Iterator[str]:
    """Yield them from the host's state: what an interrupted run changed counts as much as what this one will."""
    if seen["loaded"] != wanted["version"]:
        loaded = f"driver {seen['loaded']}" if seen["loaded"] else "no NVIDIA driver"
        yield f"the kernel runs {loaded}, not {wanted['version']}"
    if wanted["kernel"] and seen["kernel"] != wanted["kernel"]:
        yield f"kernel {seen['kernel']} runs, not {wanted['kernel']}"


def removable(wanted: Facts, seen: Facts) -> Sequence[str]:
    """Return what another way of installing drivers left, if it may be removed."""
    return seen["leftovers"] if wanted["leftovers"] == "remove" else []


def kind(wanted: Facts, seen: Facts, reboot: bool) -> str:
    """Name the change in one word."""
    versions: Sequence[str] = seen["versions"]
    if not seen["changes"] and not seen["superseded"]:
        return "reboot" if reboot else "none"
    if not versions:
        return "install"
    if any(version.split(".")[0] != wanted["branch"] for version in versions):
        return "branch-change"
    if all(version == wanted["version"] for version in versions):
        return "repair"
    return "upgrade" if ordered(versions[0]) < ordered(wanted["version"]) else "downgrade"


def ordered(version: str) -> list[int]:
    """Return a version's numbers, by which versions compare."""
    return [int(number) for number in version.split(".")]


def came_from(wanted: Facts, seen: Facts, installed: str) -> str:
    """Return the version to go back to when the check fails: the one that works now.

    Where the wanted one is installed already and does not load, an earlier run replaced what worked: then it is the
    version set's previous one. A host that never had a driver has nothing to go back to.
    """
    if seen["loaded"]:
        return "" if seen["loaded"] == wanted["version"] else str(seen["loaded"])
    return str(wanted["previous_version"]) if installed == wanted["version"] != wanted["previous_version"] else ""


def report(planned: Facts) -> list[str]:
    """Return the plan as lines for people."""
    return [
        f"driver: installed {planned['installed'] or 'none'}, loaded {planned['loaded'] or 'none'}, "
        f"wanted {planned['wanted']} (branch {planned['branch']}, {planned['source']}): {planned['kind']}",
        *(f"would {action}" for action in planned["actions"]),
        f"reboot needed: {'yes, ' + '; '.join(planned['reboot_reasons']) if planned['reboot'] else 'no'}",
        *(f"refused: {each}" for each in planned["refusals"]),
        *(f"has to wait: {each}" for each in planned["waits"]),
    ]


def faults(wanted: Facts, seen: Facts) -> list[str]:
    """Return in which ways the host does not run the wanted driver; none if it does."""
    version = wanted["version"]
    found = [] if seen["loaded"] == version else [f"the loaded driver is {seen['loaded'] or 'none'}, not {version}"]
    # A package's name is no proof: branches become transitional packages that bring another branch's driver.
    found += [f"{each['name']} is {each['installed'] or 'absent'}, not {each['wanted']}" for each in seen["changes"]]
    if seen["rc"]:
        return [*found, f"nvidia-smi ended with {seen['rc']}: {' '.join(seen['said'].split())}"]
    gpus = [line.split(", ") for line in seen["said"].splitlines()]
    if seen["gpus"] and len(gpus) != seen["gpus"]:
        found.append(f"the driver finds {len(gpus)} GPUs, the machine has {seen['gpus']}")
    found += [f"GPU {gpu[0]} is driven by {gpu[1]}, not {version}" for gpu in gpus if gpu[1] != version]
    if seen["persistence"]:
        found += [f"persistence mode of GPU {gpu[0]} is {gpu[2]}" for gpu in gpus if gpu[2] != "Enabled"]
    return found
