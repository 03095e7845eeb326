"""What a package program's failure means, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

LONGEST = 700
LOCK = re.compile(
    r"could not get lock|lock apt for exclusive|unable to (acquire|lock)|cache lock|lock was locked|lockfile",
    re.IGNORECASE,
)
MEANINGS = (
    (
        r"no space left|enough free space|insufficient space|more space needed|disk requirements",
        "a disk is full; make room and run again",
    ),
    (
        r"held broken packages|held packages|generated breaks|unmet dependencies|conflicting requests|nothing provides|"
        r"problem with installed package|excluded|filtered out",
        "packages contradict each other: one is held at its version (apt-mark showhold, dnf versionlock list) or comes "
        "from another source",
    ),
    (
        r"bad (?:exit|return) status|error! .*(?:build|dkms)|built no module",
        "the kernel module could not be built (DKMS): read /var/lib/dkms/nvidia/<version>/build/make.log; compiler and "
        "headers have to be the kernel's",
    ),
    (
        r"no available installation candidate|no package .*(?:matching|available)|unable to (?:find|locate)|"
        r"no match for argument|does not offer|version .* not found",
        "the repository does not have this version; distributions keep only the newest: use a mirror that keeps it "
        "(nvidia_driver_mirror_url)",
    ),
    (
        r"not signed|no_pubkey|bad gpg|gpg check failed|checksum|invalid signature",
        "a signature or checksum is not the expected one: check nvidia_driver_keyring_url and "
        "nvidia_driver_keyring_checksum",
    ),
    (
        r"failed to fetch|could ?n.t connect|connection (?:refused|failed|timed out)|failure in name|could not resolve|"
        r"apt cache|cannot download|failed to download|curl error|timed out|urlopen error|request failed|no route to",
        "the repository could not be reached: check the network, or set nvidia_driver_mirror_url to a mirror inside it",
    ),
)


class FilterModule:
    """Filters of the role."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return them by name."""
        return {"nvidia_driver_meaning": meaning, "nvidia_driver_words": words}


def words(result: Mapping[str, Any]) -> str:
    """Return what a failed task said, without the command line that apt's module puts ahead."""
    said = re.sub(r"^'/usr/bin/apt-get .*?' failed: ", "", str(result.get("msg", "")), flags=re.DOTALL)
    error = str(result.get("stderr", "")).strip()
    more = [str(part) for part in (error, *result.get("failures", [])) if part and part not in said]
    text = " ".join(" ".join([said, *more]).split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."


def meaning(text: str) -> str:
    """Return what a package program's words mean and what to do; nothing for words that say it themselves."""
    if LOCK.search(text):
        holder = re.search(r"held by process (\d+)(?: \(([^)]+)\))?", text)
        who = f" (process {holder[1]}{', ' + holder[2] if holder[2] else ''})" if holder else ""
        return (
            f"another program holds the package manager's lock{who}: wait until it ends and run again, or raise "
            "nvidia_driver_lock_timeout"
        )
    return next((means for pattern, means in MEANINGS if re.search(pattern, text, re.IGNORECASE)), "")
