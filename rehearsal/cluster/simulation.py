"""The environment on a simulated cluster: nodes as the emulated account has node groups, and what the program deploys.

Real: API server, controllers, scheduler, helm, Karpenter. Simulated: nodes and the life of pods (KWOK), volumes, and
the pods of operators that can't run here.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from rehearsal.aws.account import Account
from rehearsal.cluster.api import Api
from rehearsal.cluster.apply_order import Manifest
from rehearsal.cluster.applying import Applied, Applying, node_pools
from rehearsal.cluster.cluster_report import ClusterReport, CustomKindReport
from rehearsal.cluster.control_plane import ControlPlane, ControlPlaneError, control_plane
from rehearsal.cluster.gpu_hosts import gpu_hosts
from rehearsal.cluster.karpenter import Karpenter, prepare_karpenter, running_karpenter
from rehearsal.cluster.landing import NodeKind, node_kinds
from rehearsal.cluster.node_groups import Machines, node_groups
from rehearsal.cluster.node_pools import node_pool_machines
from rehearsal.cluster.nodes import node_manifests
from rehearsal.cluster.operator_pods import missing_pods
from rehearsal.cluster.options import ClusterOptions
from rehearsal.cluster.packing import node_uses, pool_uses
from rehearsal.cluster.placement import Workload, workloads
from rehearsal.cluster.placement_faults import placement_faults
from rehearsal.cluster.settle import UnsettledError, settle
from rehearsal.cluster.stages import stage_file
from rehearsal.cluster.volumes import VolumeProvisioner
from rehearsal.plan import Check, Fault, Resource

__all__ = ["ClusterOptions", "Simulation", "simulate"]


@dataclass
class Simulation:
    """A cluster with the environment on it."""

    api: Api
    plane: ControlPlane
    options: ClusterOptions
    groups: Sequence[Machines]
    """The managed node groups that stand in the emulated account, and the hosts that Ansible joins."""
    region: str
    node_pools: Sequence[Manifest]
    """What Karpenter may buy, as the program registered it."""
    applied: Applied = field(default_factory=Applied)
    karpenter: Karpenter | None = None
    volume_problems: Sequence[str] = ()
    """What the API server refused of the stand-in for volume provisioners."""

    @property
    def zones(self) -> tuple[str, ...]:
        """Zones that the environment has nodes in."""
        return tuple(sorted({zone for group in self.groups for zone in group.zones}))

    @property
    def machines(self) -> list[Machines]:
        """What nodes can be of: the managed groups and what Karpenter may buy."""
        return [*self.groups, *(node_pool_machines(pool, self.zones) for pool in self.node_pools)]

    @property
    def kinds(self) -> list[NodeKind]:
        """Every kind of node that there can be."""
        return node_kinds(self.machines)

    def check(self) -> None:
        """Raise when the control plane or Karpenter has died."""
        self.plane.check()
        if self.karpenter is not None:
            self.karpenter.check()

    def settle(self, progress: Callable[[int], None] = lambda _: None) -> None:
        """Wait until the cluster is at rest. Raises `UnsettledError` when it does not come to it."""
        settle(
            self.api,
            karpenter=self.karpenter is not None,
            limit_seconds=self.options.settle_seconds,
            check=self.check,
            progress=progress,
        )

    def workloads(self) -> list[Workload]:
        """Return where every workload's pods are now."""
        return workloads(self.api)

    def faults(self, report: ClusterReport | None = None) -> list[Fault]:
        """Return what is wrong: with what was applied, and with where pods are (in the report: were) or may land."""
        rows = self.workloads() if report is None else report.workloads
        return [*self.applied.faults, *placement_faults(rows, self.kinds, self.urn_of)]

    def placement(self) -> ClusterReport:
        """Return what is seen in the cluster now."""
        nodes = node_uses(self.api.list("Node", "v1"), self.api.list("Pod", "v1"))
        kinds = sorted(self.applied.custom_kinds.items())
        return ClusterReport(
            kubernetes_version=self.plane.version,
            existing=self.options.kubeconfig is not None,
            karpenter=self.karpenter is not None,
            speed=self.options.speed,
            nodes=tuple(nodes),
            pools=tuple(pool_uses(nodes)),
            workloads=tuple(self.workloads()),
            releases=tuple(sorted(self.applied.releases, key=lambda one: (one.namespace, one.name))),
            custom_kinds=tuple(CustomKindReport(kind.kind, kind.api_version, module) for kind, module in kinds),
            missing_pods=missing_pods(sorted(self.applied.kinds)),
            skipped=tuple(sorted(self.applied.skipped)),
            objects=len(self.applied.objects),
            notes=tuple(self._notes()),
        )

    def _notes(self) -> Iterator[str]:
        if self.node_pools and self.karpenter is None:
            yield "Karpenter did not run: what waits for a node of a NodePool waits for ever"
        yield from (f"volumes: {problem}" for problem in self.volume_problems)

    def urn_of(self, workload: Workload) -> str:
        """Return the Pulumi resource that a workload comes from; empty for what a controller made by itself."""
        return self.applied.origins.get((workload.kind, workload.namespace, workload.name), "")


@contextmanager
def simulate(
    resources: Sequence[Resource],
    account: Account,
    options: ClusterOptions,
    progress: Callable[[int], None] = lambda _: None,
    *,
    host_document: object = None,
) -> Generator[Simulation]:
    """Put an environment on a cluster: nodes, what the program registered, releases, Karpenter.

    `host_document` is what the program exports of dedicated hosts and own machines, if it does.

    What Karpenter does is not waited for: `Simulation.settle` does that.

    Raises `ControlPlaneError`, `KarpenterError`, `UnknownInstanceTypeError`, and `ApiError` when the API server goes.
    """
    groups = [*node_groups(account), *gpu_hosts(account, host_document)]
    nodes = [node for group in groups for node in node_manifests(group)]
    with ExitStack() as stack:
        plane = stack.enter_context(_plane(options))
        api = stack.enter_context(Api(plane.kubeconfig))
        simulation = Simulation(api, plane, options, groups, account.region, node_pools(resources))
        applying = Applying(api, options, plane.version, simulation.check)
        simulation.applied = applying.applied
        if options.kubeconfig is not None:
            from rehearsal.cluster.borrowed_cluster import borrowed  # noqa: PLC0415 - only with --kubeconfig

            stack.enter_context(borrowed(api, simulation.applied))
        tools = options.tools if simulation.node_pools and options.kubeconfig is None else None
        if tools is not None:
            pools, zones = simulation.node_pools, simulation.zones
            problems = prepare_karpenter(tools, plane, api, pools, zones, account.region)
            simulation.applied.faults += [Fault("", Check.CLUSTER, "", problem) for problem in problems]
        simulation.volume_problems = stack.enter_context(VolumeProvisioner(api)).problems
        simulation.applied.faults += [Fault("", Check.CLUSTER, "", str(error)) for error in api.apply_all(nodes)]
        applying.resources(resources, progress)
        if tools is not None:
            # What Karpenter buys depends on the pods that it sees waiting at once: by now all that have to wait do.
            with suppress(UnsettledError):
                simulation.settle()
            simulation.karpenter = stack.enter_context(running_karpenter(tools, plane))
        yield simulation


@contextmanager
def _plane(options: ClusterOptions) -> Generator[ControlPlane]:
    if options.kubeconfig is not None:
        from rehearsal.cluster.existing_cluster import existing_cluster  # noqa: PLC0415 - a second's import

        with existing_cluster(options.kubeconfig) as plane:
            yield plane
        return
    if options.tools is None:
        raise ControlPlaneError("without the toolchain's programs only an existing cluster (--kubeconfig) can be used")
    with ExitStack() as stack:
        # Read while the control plane starts, and gone at once: nobody would remove it for a process that is killed.
        with tempfile.TemporaryDirectory(prefix="llm-platform-stages-") as folder:
            stages = stage_file(Path(folder), options.speed)
            plane = stack.enter_context(control_plane(options.tools, stages=[stages], disable_qps_limits=True))
        yield plane
