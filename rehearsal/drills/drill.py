"""What a drill is, what it works on and what it finds; the registry that finds every drill in this folder.

A drill is one file: a function with the decorator `drill`, from a `Ground` and `DrillOptions` to a `Finding`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import rehearsal.drills
from rehearsal.cluster.api import Api
from rehearsal.drills.input_error import DrillInputError
from rehearsal.drills.timeline import Clock, Event


class Progress(Protocol):
    """Is told what happens, so that a drill can be watched."""

    def said(self, line: str) -> None:
        """Something worth a line has happened."""

    def doing(self, text: str) -> None:
        """This is what is waited for now."""


class Silence:
    """Progress that nobody watches."""

    def said(self, line: str) -> None:
        """Say nothing."""

    def doing(self, text: str) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class DrillOptions:
    """What the user may choose; each drill reads what concerns it."""

    model: str | None = None
    """Model to drill with; the one that asks for most GPUs at its ceiling when None."""
    free_choice: bool = False
    """scale-out: one NodePool with all sizes of the families instead of the program's own."""
    percent: int = 50
    """spot-storm: share of the spot nodes that get a notice, rounded up to whole nodes."""
    seed: int = 1
    """spot-storm: which nodes are chosen."""
    spot_returns: bool = True
    """spot-storm: whether spot capacity can be bought again at once."""
    give_up_seconds: float = 240
    """Real seconds after which a drill takes what it has seen."""


@dataclass(frozen=True)
class Ground:
    """What a drill works on: a cluster with the environment's workloads on it, Karpenter running."""

    api: Api
    stack: str
    node_pools: tuple[Mapping[str, Any], ...]
    """The program's NodePools as they stand in the cluster."""
    clock: Clock
    disk_gib: int = 100
    """Root disk of machines that Karpenter buys."""
    ceilings: Mapping[str, int] = field(default_factory=dict[str, int])
    """Most replicas of a model, for models that neither KEDA nor an HPA scales."""
    check: Callable[[], None] = lambda: None
    """Raises when something that the drill rests on has ended: the control plane or Karpenter."""
    progress: Progress = field(default_factory=Silence)


@dataclass(frozen=True)
class Verdict:
    """One thing that a drill judges."""

    name: str
    ok: bool
    said: str
    """What was seen, in one sentence."""


@dataclass(frozen=True)
class Table:
    """Rows to be shown, as a person reads them."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Finding:
    """What a drill found."""

    drill: str
    stack: str
    subject: str
    """What was drilled: a model, or how many nodes."""
    events: tuple[Event, ...]
    figures: Mapping[str, Any]
    """For programs: whatever JSON can hold, documented in docs/drills.md."""
    tables: tuple[Table, ...]
    verdicts: tuple[Verdict, ...]
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every verdict is."""
        return all(verdict.ok for verdict in self.verdicts)


Run = Callable[[Ground, DrillOptions], Finding]


@dataclass(frozen=True)
class Drill:
    """A registered drill."""

    name: str
    summary: str
    run: Run
    speed: float
    """How many times shorter declared delays are waited for, where the user does not say."""


_DRILLS: Final[dict[str, Drill]] = {}


def drill(name: str, *, speed: float) -> Callable[[Run], Run]:
    """Register a function as the drill `name`; the first line of its docstring is the summary."""

    def register(run: Run) -> Run:
        summary = (run.__doc__ or "").strip().splitlines()[0].rstrip(".")
        _DRILLS[name] = Drill(name, summary, run, speed)
        return run

    return register


def drills() -> Mapping[str, Drill]:
    """Return every drill by name: whatever a module of this folder registers."""
    for module in pkgutil.iter_modules(rehearsal.drills.__path__):
        importlib.import_module(f"{rehearsal.drills.__name__}.{module.name}")
    return dict(sorted(_DRILLS.items()))


def find_drill(name: str) -> Drill:
    """Return a drill; raises `DrillInputError` naming those there are."""
    known = drills()
    if name not in known:
        raise DrillInputError(f"drill {name!r}: there is no such drill; allowed: {', '.join(known)}")
    return known[name]
