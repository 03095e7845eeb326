"""What a person sees of the simulated cluster: where every workload landed, how full the nodes are, what they cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from rehearsal.cluster.cluster_report import ClusterReport
from rehearsal.cluster.placement import PLATFORM, Workload, short_reason
from rehearsal.phases import Rehearsal


def cluster_parts(rehearsal: Rehearsal, *, full: bool) -> list[RenderableType]:
    """Return the report of the cluster part; nothing where none was asked for."""
    if rehearsal.cluster is None:
        if not rehearsal.cluster_absent:
            return []
        return ["", f"[bold]simulated cluster[/]: none: {escape(rehearsal.cluster_absent)}"]
    report = rehearsal.cluster
    parts: list[RenderableType] = ["", _head(report)]
    parts += _placement(report, full=full)
    parts += _pools(report)
    parts += _releases(report, full=full)
    parts += _unchecked(report)
    parts += _missing(report)
    parts += [f"  [yellow]{escape(note)}[/]" for note in report.notes]
    return parts


def _head(report: ClusterReport) -> str:
    whose = "an existing cluster" if report.existing else "real API server, controllers and scheduler"
    buyer = ", Karpenter buys nodes" if report.karpenter else ""
    return f"[bold]simulated cluster[/]  Kubernetes {report.kubernetes_version}, {whose}{buyer}"


def _placement(report: ClusterReport, *, full: bool) -> list[RenderableType]:
    told = [w for w in report.workloads if full or _worth_a_row(w)]
    table = Table(title="placement", title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in ("workload", "kind", "for", "ready", "pool", "node types", "GPUs", "waits because"):
        table.add_column(column, overflow="fold")
    for w in told:
        table.add_row(
            f"{w.namespace}/{w.name}",
            f"{w.kind} for {w.stand_in}" if w.stand_in else w.kind,
            w.engine or w.workload,
            Text(f"{w.ready}/{w.wanted}", style="red" if w.waiting else "green"),
            counted(w.pools, 1 if len(w.pools) == 1 else 0),
            counted(w.node_types, 1 if len(w.node_types) == 1 else 0),
            f"{w.accelerators}/{w.accelerators_wanted}" if w.accelerators_wanted else "",
            Text("; ".join(short_reason(reason) for reason in w.reasons), style="red"),
        )
    rest = [w for w in report.workloads if w not in told]
    lines: list[RenderableType] = ["", table] if told else []
    if rest:
        pods = sum(w.ready for w in rest)
        lines.append(f"  and {len(rest)} platform workloads, {pods} pods, all ready [dim](--full lists them)[/]")
    stand_ins = sum(bool(w.stand_in) for w in report.workloads)
    if stand_ins:
        lines.append(f"  {stand_ins} workloads stand in for pods that an operator makes, which can't run here")
    return lines


def _worth_a_row(workload: Workload) -> bool:
    return bool(workload.workload != PLATFORM or workload.waiting or workload.accelerators_wanted)


def counted(counts: Mapping[str, int], bare: int = 0) -> str:
    """Return `2 g6.xlarge, 1 g5.xlarge`; the only entry without its number where `bare`."""
    if bare:
        return next(iter(counts)) or "(none)"
    return ", ".join(f"{count} {name or '(none)'}" for name, count in counts.items())


def _pools(report: ClusterReport) -> list[RenderableType]:
    table = Table(title="packing", title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in ("pool", "nodes", "machines", "GPUs used / paid", "USD per hour"):
        table.add_column(column, justify="left" if column in ("pool", "machines") else "right")
    for pool in report.pools:
        machines: dict[str, int] = {}
        for node in report.nodes:
            if node.pool == pool.pool:
                name = f"{node.instance_type}{' spot' if node.spot else ''}"
                machines[name] = machines.get(name, 0) + 1
        gpus = f"{pool.accelerators_used} / {pool.accelerators}" if pool.accelerators else ""
        price = f"{pool.usd_per_hour:.2f}" + (f" + {pool.unpriced} unpriced" if pool.unpriced else "")
        price += f" + {pool.own} own" if pool.own else ""
        table.add_row(pool.pool or "(none)", str(pool.nodes), counted(machines), gpus, price)
    share = f"{100 * report.accelerators_used / report.accelerators:.0f} %" if report.accelerators else "none to use"
    total = (
        f"  GPUs used {report.accelerators_used} of {report.accelerators} paid ({share}), "
        f"{report.usd_per_hour:.2f} USD per hour for all nodes"
    )
    spot = any(node.spot for node in report.nodes)
    note = "  [dim]spot is priced at an assumed share of on-demand, see docs/cluster.md[/]" if spot else ""
    return ["", table, total, *([note] if note else [])]


def _releases(report: ClusterReport, *, full: bool) -> list[RenderableType]:
    lines: list[RenderableType] = []
    missing = [release for release in report.releases if not release.rendered]
    if missing:
        lines += ["", "[bold yellow]not rendered[/] (nothing of these releases was placed)"]
        lines += [f"  {escape(r.name)} {escape(r.version)}: {escape(r.reason)}" for r in missing]
    left_out = [(r.name, each) for r in report.releases for each in r.left_out]
    if left_out and full:
        lines += ["", "[bold]left out[/] (of rendered releases)"]
        lines += [f"  {escape(name)}: {escape(each)}" for name, each in left_out]
    elif left_out:
        names = ", ".join(dict.fromkeys(name for name, _ in left_out))
        lines += [
            "",
            f"[bold]left out[/]: {len(left_out)} webhooks, API services and hooks that nothing answers here, of "
            f"{escape(names)} [dim](--full lists them)[/]",
        ]
    warned = [(r.name, warning) for r in report.releases for warning in r.warnings]
    if warned:
        lines += ["", "[bold]helm's warnings[/]"]
        lines += [f"  {escape(name)}: {escape(warning)}" for name, warning in warned]
    if report.skipped:
        lines += ["", f"  {len(report.skipped)} Kubernetes resources were not applied: what they depend on failed"]
    return lines


def _unchecked(report: ClusterReport) -> list[RenderableType]:
    by_module: dict[str, list[str]] = {}
    for kind in report.custom_kinds:
        by_module.setdefault(kind.checked_by, []).append(kind.kind)
    if not by_module:
        return []
    lines: list[RenderableType] = ["", "[bold]custom resources without their chart's definition[/]"]
    lines += [f"  {', '.join(kinds)}: checked by {module}" for module, kinds in sorted(by_module.items()) if module]
    if "" in by_module:
        lines.append(f"  [yellow]unchecked[/]: {', '.join(by_module[''])}: no definition is at hand")
    return lines


def _missing(report: ClusterReport) -> list[RenderableType]:
    if not report.missing_pods:
        return []
    lines: Iterable[RenderableType] = (f"  {what} ({kind})" for kind, what in report.missing_pods.items())
    return ["", "[bold]not placed[/] (made by operators out of their own templates)", *lines]
