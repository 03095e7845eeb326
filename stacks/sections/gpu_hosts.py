"""The section `gpu_hosts`: what Ansible is to make of the dedicated hosts and DGX systems."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from stacks.closeness import listed
from stacks.sections.section import Broken, Section, Unread
from stacks.value_types import VersionSetName

if TYPE_CHECKING:
    from stacks.settings import Settings

VERSION_SETS: Final = Path(__file__).resolve().parents[2] / "ansible" / "versions"
"""A file for each set of versions that were tried together."""


class GpuHostsSettings(Section):
    """What every host gets that Ansible configures."""

    version_set: VersionSetName
    """Versions of driver, toolkit and the rest: the name of a file in ansible/versions/"""


def version_set(settings: Settings) -> Iterator[Broken]:
    """Where Ansible has hosts to configure, a version set that there is says with what."""
    if settings.gpu_hosts is None:
        having: list[str] = []
        with suppress(Unread):
            having += ["dedicated_hosts"] if settings.dedicated_hosts else []
        with suppress(Unread):
            having += ["hybrid_nodes"] if settings.hybrid_nodes else []
        if having:
            message = f"required beside {' and '.join(having)}; allowed: a mapping with the key version_set"
            yield Broken(("gpu_hosts",), None, message)
        return
    wanted = settings.gpu_hosts.version_set
    known = sorted(file.stem for file in VERSION_SETS.glob("*.yml"))
    if wanted not in known:
        message = f"no such file in ansible/versions/; allowed: {listed(known)}"
        yield Broken(("gpu_hosts", "version_set"), wanted, message)


RULES = (version_set,)
