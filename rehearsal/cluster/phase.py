"""The cluster part of a rehearsal as its phases: control plane and nodes, what is deployed, where it lands."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager

from rehearsal.aws.account import Account
from rehearsal.cluster.api import ApiError
from rehearsal.cluster.apply_order import Manifest
from rehearsal.cluster.cluster_report import ClusterReport
from rehearsal.cluster.control_plane import ControlPlaneError
from rehearsal.cluster.karpenter import KarpenterError
from rehearsal.cluster.nodes import UnknownInstanceTypeError
from rehearsal.cluster.options import ClusterOptions
from rehearsal.cluster.releases import Pending
from rehearsal.cluster.settle import UnsettledError
from rehearsal.cluster.simulation import Simulation, simulate
from rehearsal.phases import Progress, Rehearsal, Timing
from rehearsal.plan import Check, Fault
from rehearsal.policies.host import Declared
from stacks.gpu_host_document import OUTPUT as GPU_HOSTS

DEPLOY = "deploy"
PLACE = "place"


class ClusterPhase:
    """What `phases.up` calls between read-back and destroy.

    The cluster goes away with the call; given a `standing` stack, with that instead.
    """

    def __init__(
        self,
        options: ClusterOptions,
        standing: ExitStack | None = None,
        announce: Callable[[Simulation], None] = lambda _: None,
    ) -> None:
        self.options = options
        self.standing = standing
        self.announce = announce
        """Is told of a cluster that is going to stay."""

    def __call__(self, rehearsal: Rehearsal, account: Account, progress: Progress) -> list[Fault]:
        """Rehearse the cluster; return the faults. What was seen is noted in the rehearsal."""
        try:
            with ExitStack() as own:
                return self._rehearse(rehearsal, account, progress, self.standing or own)
        except (ControlPlaneError, KarpenterError, UnknownInstanceTypeError, ApiError) as error:
            rehearsal.cluster_absent = "it broke off, see the faults"
            return [Fault("", Check.CLUSTER, "", str(error))]

    def _rehearse(self, rehearsal: Rehearsal, account: Account, progress: Progress, stack: ExitStack) -> list[Fault]:
        faults: list[Fault] = []
        with _phase(rehearsal, progress, DEPLOY) as (advance, finish):
            document = rehearsal.outputs.get(GPU_HOSTS)
            simulation = stack.enter_context(
                simulate(rehearsal.resources, account, self.options, advance, host_document=document)
            )
            releases = simulation.applied.releases
            rendered = sum(release.rendered for release in releases)
            objects = len(simulation.applied.objects)
            nodes = len(simulation.api.list("Node", "v1"))
            finish(
                objects,
                f"Kubernetes {simulation.plane.version}, {nodes} nodes, {objects} objects, "
                f"{rendered} of {len(releases)} releases rendered",
            )
        with _phase(rehearsal, progress, PLACE) as (advance, finish):
            try:
                simulation.settle(advance)
            except UnsettledError as error:
                faults.append(Fault("", Check.PLACEMENT, "", str(error)))
            report = simulation.placement()
            faults += simulation.faults(report)
            finish(len(report.workloads), _summary(report))
        rehearsal.cluster = report
        rehearsal.rendered = [declared(one, manifest) for one, manifest in simulation.applied.rendered]
        if self.standing is not None:
            self.announce(simulation)
        return faults


def declared(one: Pending, manifest: Manifest) -> Declared:
    """Return a rendered object as policies of one resource see it, under the release's URN."""
    api_version, chart = str(manifest["apiVersion"]), one.release.chart
    upstream = f"rendered by {chart}, whose templates are not ours"
    return Declared(
        type=f"kubernetes:{api_version if '/' in api_version else f'core/{api_version}'}:{manifest['kind']}",
        name=str(manifest.get("metadata", {}).get("name", "")),
        urn=one.report.urn,
        inputs=manifest,
        advisory_only="" if one.release.is_first_party else upstream,
    )


@contextmanager
def _phase(
    rehearsal: Rehearsal, progress: Progress, name: str
) -> Generator[tuple[Callable[[int], None], Callable[[int, str], None]]]:
    """Time a phase; yield what tells how far it is, and what ends it."""
    progress.started(name)
    begun = time.perf_counter()

    def finish(count: int, summary: str) -> None:
        timing = Timing(name, time.perf_counter() - begun, count)
        rehearsal.timings.append(timing)
        progress.finished(timing, summary)

    yield lambda count: progress.advanced(name, count), finish


def _summary(report: ClusterReport) -> str:
    ready = sum(workload.ready for workload in report.workloads)
    wanted = sum(workload.wanted for workload in report.workloads)
    return (
        f"{ready} of {wanted} pods run, {report.accelerators_used} of {report.accelerators} GPUs used, "
        f"{report.usd_per_hour:.2f} USD per hour"
    )
