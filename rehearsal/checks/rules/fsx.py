"""What FSx refuses in Lustre file systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rehearsal.checks import facts
from rehearsal.checks.reading import is_absent, number, text, texts
from rehearsal.checks.rule import Broken, one_of, rule
from rehearsal.checks.world import World
from rehearsal.plan import Registration

LUSTRE = "aws:fsx/lustreFileSystem:LustreFileSystem"
SMALLEST, STEP, SCRATCH_1_STEP = 1200, 2400, 3600
VERSIONS = ("2.10", "2.12", "2.15")


@rule(LUSTRE, source="https://docs.aws.amazon.com/fsx/latest/APIReference/API_CreateFileSystem.html")
def capacity(r: Registration, _: World) -> Broken:
    """An SSD file system has 1,200 GiB or a multiple of 2,400."""
    size, kind = number(r, "storageCapacity"), text(r, "deploymentType")
    known = kind is not None or is_absent(r, "deploymentType")
    if size is None or not known or text(r, "storageType") not in (None, "SSD"):
        return
    step = SCRATCH_1_STEP if kind in (None, "SCRATCH_1") else STEP
    fits = size > 0 and size % step == 0
    if size != SMALLEST and not fits and not (step == SCRATCH_1_STEP and size == STEP):
        yield "storageCapacity", f"{size} GiB is not allowed; allowed: {SMALLEST} and multiples of {step}"


@rule(LUSTRE, source=facts.source("lustre_throughput"))
def throughput(r: Registration, _: World) -> Broken:
    """A persistent file system has one of its type's throughputs; scratch has none."""
    kind, rate = text(r, "deploymentType"), number(r, "perUnitStorageThroughput")
    table: Mapping[str, Sequence[int]] = facts.values("lustre_throughput")
    if text(r, "storageType") not in (None, "SSD"):
        return
    if kind is not None and kind in table:
        if is_absent(r, "perUnitStorageThroughput"):
            yield (
                "perUnitStorageThroughput",
                f"is missing; {kind} has one of {', '.join(map(str, table[kind]))}",
            )
        elif rate is not None and rate not in table[kind]:
            yield "perUnitStorageThroughput", one_of(rate, list(table[kind]))
    elif kind is not None and kind.startswith("SCRATCH") and rate is not None:
        yield "perUnitStorageThroughput", f"{kind} file systems have no such choice"
    for at, version in texts(r, "fileSystemTypeVersion"):
        if version not in VERSIONS:
            yield at, one_of(version, VERSIONS)
