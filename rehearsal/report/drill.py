"""What a person, or a program, reads of a drill. The document's form is described in docs/drills.md and kept stable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.spinner import Spinner
from rich.table import Table as RichTable

from rehearsal.drills.drill import Drill, Finding, Table, Verdict
from rehearsal.drills.timeline import Event

FORMAT: Final = 1
"""Raised when a key changes its meaning or goes away; new keys do not raise it."""
TOGETHER_SECONDS: Final = 2.0
"""Events of one sort that follow each other this closely are shown as one line."""
NAMED: Final = 2
"""Events of one line that are still named each."""


class DrillProgress:
    """A spinner that says what is waited for."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._live: Live | None = None

    def said(self, line: str) -> None:
        """Print a line that stays."""
        self.stop()
        self.console.print(line, highlight=False)

    def doing(self, text: str) -> None:
        """Show what is waited for."""
        if self._live is None:
            self._live = Live(console=self.console, transient=True, refresh_per_second=10)
            self._live.start()
        self._live.update(Spinner("dots", text=text))

    def stop(self) -> None:
        """Take the spinner off the screen."""
        if self._live is not None:
            self._live.stop()
            self._live = None


@dataclass(frozen=True)
class Line:
    """Events of one sort that happened at about the same time."""

    begin: float
    end: float
    what: str
    events: Sequence[Event]

    @property
    def said(self) -> str:
        """What they are: named, or counted by what is particular to them."""
        if len(self.events) <= NAMED:
            return "; ".join(f"{event.subject} {event.detail}".strip() for event in self.events)
        details: dict[str, int] = {}
        for event in self.events:
            details[event.detail] = details.get(event.detail, 0) + 1
        return ", ".join(f"{count} × {detail}".strip(" ×") for detail, count in details.items())


def lines(events: Sequence[Event]) -> Iterator[Line]:
    """Return a timeline as a person reads it: what comes in a swarm is one line."""
    open_lines: dict[str, list[Event]] = {}
    done: list[Line] = []
    for event in events:
        group = open_lines.setdefault(event.what, [])
        if group and event.at - group[-1].at > TOGETHER_SECONDS:
            done.append(Line(group[0].at, group[-1].at, event.what, tuple(group)))
            open_lines[event.what] = [event]
        else:
            group.append(event)
    done += [Line(group[0].at, group[-1].at, what, tuple(group)) for what, group in open_lines.items()]
    yield from sorted(done, key=lambda line: (line.begin, line.what))


def render(finding: Finding) -> RenderableType:
    """Return the report: timeline, tables, notes, verdicts."""
    parts: list[RenderableType] = ["", f"[bold]{finding.drill}[/] in {finding.stack}: {escape(finding.subject)}", ""]
    parts.append(_timeline(finding.events))
    for table in finding.tables:
        parts += ["", _table(table)]
    parts += ["", *(f"[dim]{escape(note)}[/]" for note in finding.notes)]
    parts += [_verdict(verdict) for verdict in finding.verdicts]
    return Group(*parts)


def _timeline(events: Sequence[Event]) -> RichTable:
    table = RichTable(box=None, pad_edge=False, title="timeline, simulated seconds", title_justify="left")
    table.title_style = "bold"
    table.add_column("", justify="right")
    for column in ("", ""):
        table.add_column(column, overflow="fold")
    for line in lines(events):
        until = f" to {line.end:.0f}" if round(line.end) > round(line.begin) else ""
        table.add_row(f"{line.begin:.0f}{until} s", line.what, escape(line.said))
    return table


def _table(table: Table) -> RichTable:
    rich = RichTable(box=None, pad_edge=False, title=table.title, title_justify="left", title_style="bold")
    for column in table.columns:
        rich.add_column(column, overflow="fold")
    for row in table.rows:
        rich.add_row(*(escape(cell) for cell in row))
    return rich


def _verdict(verdict: Verdict) -> str:
    mark = "[bold green]ok[/]  " if verdict.ok else "[bold red]FAIL[/]"
    return f"{mark} {escape(verdict.name)}: {escape(verdict.said)}"


def closing_line(finding: Finding, seconds: float) -> str:
    """Return the last line: what it comes to."""
    verdict = "[bold green]passed[/]" if finding.ok else "[bold red]failed[/]"
    return f"{finding.stack}: {finding.drill} {verdict}; {seconds:.1f} s"


def listing(drills: Mapping[str, Drill]) -> str:
    """Return the drills there are, a line each."""
    width = max(map(len, drills), default=0)
    return "\n".join(f"{name:<{width}}  {each.summary}" for name, each in drills.items())


def document(finding: Finding, speed: float) -> dict[str, Any]:
    """Return the document; names of pods and machines and all seconds differ from run to run."""
    return {
        "format": FORMAT,
        "drill": finding.drill,
        "stack": finding.stack,
        "subject": finding.subject,
        "ok": finding.ok,
        "speed": speed,
        "verdicts": [{"name": v.name, "ok": v.ok, "said": v.said} for v in finding.verdicts],
        "figures": dict(finding.figures),
        "events": [
            {
                "at": round(event.at, 2),
                "real": round(event.real, 2),
                "what": event.what,
                "subject": event.subject,
                "detail": event.detail,
            }
            for event in finding.events
        ],
        "notes": list(finding.notes),
    }
