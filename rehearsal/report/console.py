"""What a person sees of a rehearsal."""

from __future__ import annotations

from collections import Counter, defaultdict

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from rehearsal.monitor import STACK_TYPE
from rehearsal.phases import Rehearsal, Timing
from rehearsal.plan import Check, Outcome, Resource
from rehearsal.report.node_groups import node_group_rows
from rehearsal.report.observability_cost import cost_parts

STYLES = {
    Outcome.CREATED: "green",
    Outcome.PLANNED: "green",
    Outcome.RECORDED: "yellow",
    Outcome.COMPONENT: "",
    Outcome.FAILED: "bold red",
    Outcome.SKIPPED: "dim",
}


class ConsoleProgress:
    """One line per phase: a spinner with the count while it runs, then what came of it and how long it took."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._live: Live | None = None

    def started(self, phase: str) -> None:
        """Show a spinner."""
        self._live = Live(Spinner("dots", text=phase), console=self.console, transient=True, refresh_per_second=10)
        self._live.start()

    def advanced(self, phase: str, count: int) -> None:
        """Show the count."""
        if self._live is not None:
            self._live.update(Spinner("dots", text=f"{phase:<10} {count} resources"))

    def finished(self, timing: Timing, summary: str) -> None:
        """Replace the spinner by the phase's line."""
        self.stop()
        self.console.print(f"{timing.phase:<10} {summary}  [dim]{timing.seconds:.1f} s[/dim]", highlight=False)

    def stop(self) -> None:
        """Take the spinner off the screen."""
        if self._live is not None:
            self._live.stop()
            self._live = None


def render(rehearsal: Rehearsal, *, full: bool) -> RenderableType:
    """Return the report: the tree, the node groups, costs, what was not emulated, the faults, what is left."""
    parts: list[RenderableType] = ["", _tree(rehearsal, full=full)]
    parts += _node_groups(rehearsal)
    parts += _cluster(rehearsal, full=full)
    parts += cost_parts(rehearsal)
    parts += _recorded(rehearsal)
    parts += _differences(rehearsal, full=full)
    parts += _inventions(rehearsal)
    parts += _leftovers(rehearsal, full=full)
    parts += _policies(rehearsal, full=full)
    parts += _faults(rehearsal)
    return Group(*parts)


def closing_line(rehearsal: Rehearsal) -> str:
    """Return the last line: what it comes to."""
    seconds = sum(timing.seconds for timing in rehearsal.timings)
    outcomes = rehearsal.outcomes()
    counts = ", ".join(f"{outcomes[outcome]} {outcome}" for outcome in Outcome if outcomes[outcome])
    faults = len(rehearsal.faults)
    verdict = "[bold green]no faults[/]" if not faults else f"[bold red]{faults} fault{'s'[: faults != 1]}[/]"
    return f"{rehearsal.stack}: {verdict}; {counts}; {seconds:.1f} s"


def _tree(rehearsal: Rehearsal, *, full: bool) -> Tree:
    children: dict[str, list[Resource]] = defaultdict(list)
    root = ""
    for resource in sorted(rehearsal.resources, key=lambda resource: resource.registration.name):
        children[resource.registration.parent].append(resource)
        if resource.registration.type == STACK_TYPE:
            root = resource.registration.urn
    tree = Tree(f"[bold]{escape(rehearsal.stack)}[/] in account {rehearsal.account_id}, {rehearsal.region}")

    def grow(branch: Tree, urn: str) -> None:
        leaves: list[Resource] = []
        for child in children[urn]:
            if child.registration.type.startswith("pulumi:providers:"):
                continue
            if child.registration.urn in children or not child.registration.custom:
                grow(branch.add(_label(child)), child.registration.urn)
            else:
                leaves.append(child)
        if full:
            for leaf in leaves:
                branch.add(_label(leaf))
        elif leaves:
            branch.add(_summary(leaves))

    grow(tree, root)
    return tree


def _label(resource: Resource) -> Text:
    registration = resource.registration
    label = Text(registration.name, style=STYLES[resource.outcome] or "bold")
    label.append(f"  {_kind(registration.type)}", style="dim")
    if resource.id and registration.custom and not registration.type.startswith("pulumi:"):
        label.append(f"  {resource.id}", style="cyan")
    if resource.outcome in (Outcome.FAILED, Outcome.SKIPPED, Outcome.RECORDED):
        label.append(f"  {resource.outcome}", style=STYLES[resource.outcome])
    return label


def _summary(leaves: list[Resource]) -> Text:
    """Return leaves of one component counted by type, what failed apart."""
    counts = Counter((leaf.outcome, _kind(leaf.registration.type)) for leaf in leaves)
    text = Text()
    for outcome in Outcome:
        kinds = sorted((kind, count) for (of, kind), count in counts.items() if of is outcome)
        if not kinds:
            continue
        if text:
            text.append("\n")
        text.append(f"{outcome}: ", style=STYLES[outcome])
        text.append(", ".join(f"{count} {kind}" if count > 1 else kind for kind, count in kinds))
    return text


def _kind(type_: str) -> str:
    return type_.rsplit(":", 1)[-1]


def _node_groups(rehearsal: Rehearsal) -> list[RenderableType]:
    rows = node_group_rows(rehearsal.resources)
    if not rows:
        return []
    table = Table(title="node groups", title_justify="left", title_style="bold", box=None, pad_edge=False)
    zones = f"in {rehearsal.region}"
    for column in ("name", "pool", "instance types", "GPUs per node", zones, "nodes", "capacity", "taints"):
        table.add_column(column, overflow="fold")
    for row in rows:
        letters = row.zones.replace(rehearsal.region, "")
        table.add_row(row.name, row.pool, row.instance_types, row.gpus, letters, row.nodes, row.capacity, row.taints)
    return ["", table]


def _cluster(rehearsal: Rehearsal, *, full: bool) -> list[RenderableType]:
    if rehearsal.cluster is None and not rehearsal.cluster_absent:
        return []
    from rehearsal.report.cluster import cluster_parts  # noqa: PLC0415 - few rehearsals have a cluster

    return cluster_parts(rehearsal, full=full)


def _recorded(rehearsal: Rehearsal) -> list[RenderableType]:
    recorded = [resource for resource in rehearsal.resources if resource.outcome is Outcome.RECORDED]
    if rehearsal.cluster is not None:  # there they were applied
        recorded = [resource for resource in recorded if not resource.registration.type.startswith("kubernetes:")]
    if not recorded:
        return []
    lines: list[RenderableType] = [
        "",
        "[bold]recorded, not emulated[/] (their requests were checked, nothing was created)",
    ]
    kinds = Counter((_kind(resource.registration.type), resource.reason) for resource in recorded)
    lines += [f"  {count} {kind}: {escape(reason)}" for (kind, reason), count in sorted(kinds.items())]
    return lines


def _differences(rehearsal: Rehearsal, *, full: bool) -> list[RenderableType]:
    """Return what the emulator is known to lose; real differences are among the faults."""
    known = [difference for difference in rehearsal.differences if difference.known]
    if not known:
        return []
    if full:
        lines = [f"  {_kind(_type(d.urn))} {_name(d.urn)}.{d.property}: {escape(d.why)}" for d in known]
    else:
        counts = Counter((_kind(_type(d.urn)), d.property, d.why) for d in known)
        lines = [f"  {n} {kind}.{prop}: {escape(why)}" for (kind, prop, why), n in sorted(counts.items())]
    return ["", "[bold]lost by the emulator[/] (asked for, not kept by moto; AWS keeps it)", *lines]


def _inventions(rehearsal: Rehearsal) -> list[RenderableType]:
    """Return what provider functions answered without anything to look it up in."""
    if not rehearsal.inventions:
        return []
    lines: list[RenderableType] = ["", "[bold]invented[/] (asked of AWS, not known here)"]
    return lines + [f"  {escape(name)}: {escape(value)}" for name, value in rehearsal.inventions.items()]


def _leftovers(rehearsal: Rehearsal, *, full: bool) -> list[RenderableType]:
    if not rehearsal.leftovers:
        return []
    lines: list[RenderableType] = ["", "[bold]left after destroy[/]"]
    retained = [leftover for leftover in rehearsal.leftovers if leftover.retained]
    if full:
        lines += [f"  {item.type} {item.id}  retained as declared" for item in retained]
    else:
        counts = Counter(item.type for item in retained)
        lines += [f"  {count} {type_}  retained as declared" for type_, count in sorted(counts.items())]
    lines += [f"  [red]{item.type} {item.id}[/]" for item in rehearsal.leftovers if not item.retained]
    return [*lines, *_protections(rehearsal)]


def _protections(rehearsal: Rehearsal) -> list[RenderableType]:
    """Return what a real destroy would stop at; the rehearsal's destroy takes it as lifted."""
    registrations = [resource.registration for resource in rehearsal.resources]
    guarded = [_name(r.urn) for r in registrations if r.inputs.get("deletionProtection") is True]
    protected = sum(r.protect for r in registrations)
    reasons = [f"{protected} resources are protected"] if protected else []
    reasons += [f"AWS's deletion protection is on for {name}" for name in guarded]
    return [f"  a real destroy is refused until it is lifted: {'; '.join(reasons)}"] if reasons else []


def _policies(rehearsal: Rehearsal, *, full: bool) -> list[RenderableType]:
    if rehearsal.policies is None:
        return []
    from rehearsal.report.policies import policy_parts  # noqa: PLC0415 - only where there is a pack

    return policy_parts(rehearsal.policies, full=full)


def _faults(rehearsal: Rehearsal) -> list[RenderableType]:
    told = [fault for fault in rehearsal.faults if fault.check is not Check.POLICY]  # they have a section of their own
    if not told:
        return []
    lines: list[RenderableType] = ["", "[bold red]faults[/]"]
    for fault in told:
        whole = "cluster" if fault.check in (Check.CLUSTER, Check.PLACEMENT) else "program"
        where = f"{_kind(_type(fault.urn))} {_name(fault.urn)}" if fault.urn else whole
        at = f" [dim]{escape(fault.at)}[/]" if fault.at else ""
        lines.append(f"  [red]{escape(where)}[/]{at}")
        path = f"{fault.property}: " if fault.property else ""
        lines.append(f"    {fault.check}: {escape(path)}{escape(fault.message)}")
        if fault.source:
            lines.append(f"    [dim]{escape(fault.source)}[/]")
    skipped = rehearsal.outcomes()[Outcome.SKIPPED]
    if skipped:
        lines.append(f"  [dim]{skipped} resources that depend on these were skipped[/]")
    return lines


def _type(urn: str) -> str:
    return urn.split("::")[2].rsplit("$", 1)[-1]


def _name(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]
