"""The phases of a rehearsal: plan, create, read back, destroy."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pulumi

from rehearsal.aws import inventory
from rehearsal.aws.account import Account, CloudError, NotEmulatedError
from rehearsal.aws.translation import Emulated, translators
from rehearsal.checks.judge import judge_whole
from rehearsal.checks.read_back import Difference, compare
from rehearsal.checks.world import World
from rehearsal.monitor import RehearsalMonitor, destroy_order
from rehearsal.plan import Check, Fault, Outcome, Resource
from rehearsal.policies.findings import MANDATORY, ExemptionInForce, PolicyResults
from rehearsal.policies.host import Declared, PolicyHost
from rehearsal.policies.pack import LoadedPack
from rehearsal.program import run_program
from stacks.settings import SettingsError

if TYPE_CHECKING:  # few rehearsals have a cluster, and it is a second's import
    from rehearsal.cluster.cluster_report import ClusterReport


@dataclass(frozen=True)
class Target:
    """What is rehearsed: a program, and the account it is meant for."""

    program: Callable[[], None]
    project: str
    stack: str
    root: Path
    """Folder of Pulumi.yaml; source positions are shown relative to it."""
    account_id: str
    region: str
    declared: tuple[str, ...] = ()
    """Ids, ARNs and names of things outside the program that its configuration names."""
    prepare: Callable[[Account], tuple[str, ...]] = lambda _: ()
    """Puts into the account what the program expects to find there; returns the ids of it."""
    packs: tuple[LoadedPack, ...] = ()
    """Policy packs that what is registered must keep."""
    exemptions: tuple[ExemptionInForce, ...] = ()
    """What the configuration exempts from them."""


@dataclass(frozen=True)
class Leftover:
    """Something that still stands after destroy."""

    type: str
    id: str
    urn: str
    retained: bool
    """Whether the program declared that it is to stay."""


@dataclass(frozen=True)
class Timing:
    """How long a phase took, and how many resources it went through."""

    phase: str
    seconds: float
    resources: int


@dataclass
class Rehearsal:
    """Everything one rehearsal found."""

    stack: str
    account_id: str
    region: str
    resources: list[Resource] = field(default_factory=list[Resource])
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    faults: list[Fault] = field(default_factory=list[Fault])
    differences: list[Difference] = field(default_factory=list[Difference])
    leftovers: list[Leftover] = field(default_factory=list[Leftover])
    inventions: dict[str, str] = field(default_factory=dict[str, str])
    """Values that a provider function asked of AWS and nothing here knows, such as an image's id by its parameter."""
    timings: list[Timing] = field(default_factory=list[Timing])
    policies: PolicyResults | None = None
    """What the policy packs said; None where there was none."""
    rendered: list[Declared] = field(default_factory=list[Declared])
    """Objects that releases were rendered to; only with a cluster."""
    cluster: ClusterReport | None = None
    """What the simulated cluster showed; None where there was none."""
    cluster_absent: str = ""
    """Why there is no such part although it was asked for."""

    def outcomes(self) -> Mapping[Outcome, int]:
        """Return how many resources had each outcome."""
        return Counter(resource.outcome for resource in self.resources)


class Progress(Protocol):
    """Is told what happens, so that long work can be seen."""

    def started(self, phase: str) -> None:
        """A phase begins."""

    def advanced(self, phase: str, count: int) -> None:
        """A phase has gone through `count` resources so far."""

    def finished(self, timing: Timing, summary: str) -> None:
        """A phase is over."""


class Silence:
    """Progress that nobody watches."""

    def started(self, phase: str) -> None:
        """Say nothing."""

    def advanced(self, phase: str, count: int) -> None:
        """Say nothing."""

    def finished(self, timing: Timing, summary: str) -> None:
        """Say nothing."""


ClusterRehearsal = Callable[[Rehearsal, Account, Progress], Iterable[Fault]]
"""The cluster part of a rehearsal: notes what it saw in the rehearsal, and returns the faults."""


class _Phases:
    """One rehearsal under way: the account, and what was found so far."""

    def __init__(self, target: Target, account: Account, progress: Progress) -> None:
        self.target = target
        self.account = account
        self.progress = progress
        self.rehearsal = Rehearsal(target.stack, target.account_id, target.region)
        self._faults: set[Fault] = set()
        self._prepared: tuple[str, ...] = ()

    @contextmanager
    def _phase(self, name: str) -> Generator[Callable[[int], None]]:
        """Time a phase; it is finished by `self._finish`."""
        self.progress.started(name)
        self._begun = time.perf_counter()
        yield lambda count: self.progress.advanced(name, count)

    def _finish(self, phase: str, count: int, summary: str) -> None:
        timing = Timing(phase, time.perf_counter() - self._begun, count)
        self.rehearsal.timings.append(timing)
        self.rehearsal.faults = sorted(self._faults)
        self.progress.finished(timing, summary)

    def prepare(self) -> None:
        """Put into the account what the program does not make itself."""
        self._prepared = self.target.prepare(self.account)

    def look(self) -> inventory.Baseline:
        """Note what stands in the account before anything is made, so that leftovers can be told from it."""
        with self._phase("account"):
            self.prepare()
            baseline = inventory.snapshot(self.account)
            self._finish("account", len(baseline), f"emulated, {len(baseline)} things stand in it before")
        return baseline

    def run(self, *, preview: bool) -> bool:
        """Run the program once; say whether it came to its end."""
        name = "plan" if preview else "create"
        with self._phase(name) as advance:
            world = World(self.target.account_id, self.target.region)
            world.declare_external((*self.target.declared, *self._prepared))
            monitor = RehearsalMonitor(
                self.target.project,
                self.target.stack,
                self.account,
                world,
                preview=preview,
                root=self.target.root,
                advance=advance,
            )
            completed = True
            try:
                run_program(
                    self.target.program,
                    monitor,
                    project=self.target.project,
                    stack=self.target.stack,
                    preview=preview,
                )
            except SettingsError:
                raise  # bad input, wherever the program notices it: a Terraform state that it names, say
            except Exception as error:  # whatever the program raises is a finding about it
                completed = False
                self._faults.add(_program_fault(error, self.target.root))
            self._faults |= {*monitor.faults, *judge_whole(world)}
            self.rehearsal.resources = [monitor.record[urn] for urn in sorted(monitor.record)]
            self.rehearsal.outputs = dict(sorted(monitor.stack_outputs.items()))
            self.rehearsal.inventions = dict(sorted(self.account.inventions.items()))
            outcomes = self.rehearsal.outcomes()
            summary = ", ".join(f"{outcomes[outcome]} {outcome}" for outcome in Outcome if outcomes[outcome])
            self._finish(name, len(monitor.record), summary)
        return completed

    def judge_policies(self) -> None:
        """Ask the policy packs about what was registered, and about rendered objects once there are some."""
        if not self.target.packs:
            return
        with self._phase("policies"):
            host = PolicyHost(self.target.packs)
            host.judge(self.rehearsal.resources)
            host.judge_declared(self.rehearsal.rendered)
            results = host.results
            results.exemptions = sorted(self.target.exemptions)
            self.rehearsal.policies = results
            at = {resource.registration.urn: resource.registration.at for resource in self.rehearsal.resources}
            self._faults = {fault for fault in self._faults if fault.check is not Check.POLICY} | {
                Fault(found.urn, Check.POLICY, "", f"{found.policy}: {found.message}", at=at.get(found.urn, ""))
                for found in results.of_level(MANDATORY)
            }
            self._finish("policies", results.resources, summary_of(results))

    def read_back(self) -> None:
        """Describe every emulated resource and compare it with what was asked for."""
        with self._phase("read back") as advance:
            count = 0
            for resource, translator in self._emulated():
                count += 1
                advance(count)
                registration = resource.registration
                try:
                    seen = translator.read(self.account, resource)
                except Exception as error:  # one that cannot be read must not hide what is wrong with others
                    self._fault(resource, Check.READ_BACK, f"cannot be read back: {_of(error)}")
                    continue
                if seen is None:
                    self._fault(resource, Check.READ_BACK, "is not there after it was created")
                    continue
                differences = list(compare(registration, seen, translator.loses))
                self.rehearsal.differences += differences
                for real in (difference for difference in differences if not difference.known):
                    message = f"asked for {real.asked!r}, the account has {real.seen!r}"
                    fault = Fault(registration.urn, Check.READ_BACK, real.property, message, at=registration.at)
                    self._faults.add(fault)
            known = sum(difference.known for difference in self.rehearsal.differences)
            real = len(self.rehearsal.differences) - known
            self._finish("read back", count, f"{count} compared, {real} different, {known} lost by the emulator")

    def cluster(self, rehearse: ClusterRehearsal) -> None:
        """Rehearse what runs in the cluster, while the account that it stands in is there."""
        self._faults |= set(rehearse(self.rehearsal, self.account, self.progress))
        self.rehearsal.faults = sorted(self._faults)

    def destroy(self, baseline: inventory.Baseline) -> None:
        """Delete in reverse dependency order, then look at what still stands."""
        with self._phase("destroy") as advance:
            count = 0
            kept: list[Resource] = []
            for resource, translator in self._emulated():
                if resource.registration.protect or resource.registration.retain_on_delete:
                    kept.append(resource)
                    continue
                count += 1
                advance(count)
                try:
                    translator.delete(self.account, resource)
                    if not translator.adopts and translator.read(self.account, resource) is not None:
                        self._fault(resource, Check.TEARDOWN, "still stands after it was deleted")
                except Exception as error:  # as above
                    self._fault(resource, Check.TEARDOWN, f"cannot be deleted: {_of(error)}")
            by_id = {r.id: r for r in kept} | {str(r.outputs.get("arn")): r for r in kept}
            for item in inventory.leftovers(self.account, baseline):
                owner = by_id.get(item.id)
                urn = owner.registration.urn if owner else ""
                self.rehearsal.leftovers.append(Leftover(item.type, item.id, urn, retained=owner is not None))
                if owner is None:
                    message = f"{item.type} {item.id} is left over after destroy, and nothing declares that it stays"
                    self._faults.add(Fault("", Check.TEARDOWN, "", message))
            retained = sum(leftover.retained for leftover in self.rehearsal.leftovers)
            other = len(self.rehearsal.leftovers) - retained
            self._finish("destroy", count, f"{count} deleted, {retained} retained as declared, {other} left over")

    def _emulated(self) -> Iterator[tuple[Resource, Emulated]]:
        for resource in destroy_order(self.rehearsal.resources):
            translator = translators().get(resource.registration.type)
            if resource.outcome is Outcome.CREATED and isinstance(translator, Emulated):
                yield resource, translator

    def _fault(self, resource: Resource, check: Check, message: str) -> None:
        self._faults.add(Fault(resource.registration.urn, check, "", message, at=resource.registration.at))


def summary_of(results: PolicyResults) -> str:
    """Return what the packs found, in a line."""
    advisory = len(results.findings) - len(results.of_level(MANDATORY))
    parts = [
        f"{results.policies} policies over {results.resources} resources",
        f"{len(results.of_level(MANDATORY))} mandatory violations, {advisory} advisory",
    ]
    parts += [f"{len(results.undecided)} undecided before the update"] if results.undecided else []
    parts += [f"{len(results.exemptions)} exempted"] if results.exemptions else []
    return ", ".join(parts)


def _of(error: Exception) -> str:
    """Return an error as text, with its type where AWS's own words are not all of it."""
    return str(error) if isinstance(error, CloudError | NotEmulatedError) else f"{type(error).__name__}: {error}"


def _program_fault(error: Exception, root: Path) -> Fault:
    """Return what the program raised, at the last line of our own source that it went through."""
    at = ""
    trace = error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.is_relative_to(root) and ".venv" not in file.parts and "rehearsal" not in file.relative_to(root).parts:
            at = f"{file.relative_to(root)}:{trace.tb_lineno}"
        trace = trace.tb_next
    # A RunError is a message to the user; of anything else the type says what went wrong.
    message = str(error) if isinstance(error, pulumi.RunError) else f"{type(error).__name__}: {error}"
    return Fault("", Check.PROGRAM, "", message, at=at)


def preview(target: Target, account: Account, progress: Progress) -> Rehearsal:
    """Plan only: run the program with unknown outputs and judge what it registers."""
    phases = _Phases(target, account, progress)
    phases.prepare()
    phases.run(preview=True)
    phases.judge_policies()
    return phases.rehearsal


def up(
    target: Target,
    account: Account,
    progress: Progress,
    *,
    keep: bool = False,
    cluster: ClusterRehearsal | None = None,
) -> Rehearsal:
    """Plan, create, read back, rehearse the cluster where that is asked for and, unless `keep`, destroy."""
    phases = _Phases(target, account, progress)
    baseline = phases.look()
    if phases.run(preview=True) and phases.run(preview=False):
        phases.judge_policies()
        phases.read_back()
        if cluster is not None:
            phases.cluster(cluster)
            if phases.rehearsal.rendered:
                phases.judge_policies()
        if not keep:
            phases.destroy(baseline)
    else:
        phases.judge_policies()
        if cluster is not None:
            phases.rehearsal.cluster_absent = "the program did not come to its end, so nothing was deployed"
    return phases.rehearsal
