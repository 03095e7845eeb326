"""What `rehearse diff` does: rehearses the working tree and what it is compared with, and tells what differs."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from rehearsal.bad_input import BadInputError
from rehearsal.diff.changes import Against, Diff
from rehearsal.diff.comparison import compare
from rehearsal.diff.rehearsed import RehearsalDocument, empty, read_document
from rehearsal.diff.sides import Side, Watch, rehearse
from rehearsal.diff.worktree import Ref, checked_out, find_ref
from rehearsal.report import diff as diff_report
from rehearsal.report.document import write_json
from stacks.project import Project, ProjectError

HERE: Final = "the working tree"
SHORT: Final = 12
"""Characters of a commit's id that are shown."""


@dataclass(frozen=True)
class DiffRequest:
    """What the user asks for."""

    stack: str
    against: str
    """A git ref, or the file that `rehearse --json` wrote."""
    current: Path | None
    """The document of the working tree, where it has been rehearsed already."""
    preview: bool
    terraform_state: Path | None
    json_file: Path | None
    full: bool
    timeout: float


def run_diff(request: DiffRequest, folder: Path, console: Console) -> bool:
    """Compare, print and write; whether the working tree is free of faults and mandatory violations.

    Raises `BadInputError` and `ProjectError` for what cannot be compared.
    """
    project = Project.find(folder)
    with _Watching(console) as watching:
        diff = _diff(request, project, folder, watching.told)
    if request.json_file is not None:
        write_json(request.json_file, diff.model_dump(mode="json"))
    console.print(diff_report.render(diff, full=request.full), highlight=False)
    console.print()
    console.print(diff_report.closing_line(diff), highlight=False)
    return not diff.fails


def _diff(request: DiffRequest, project: Project, folder: Path, watch: Watch) -> Diff:
    file = folder / request.against
    if file.is_file() or file.suffix == ".json":
        old = read_document(file, request.stack, "--against")
        new = _current(request, project, old, watch)
        return _compared(old, new, Against(given=file.name), project)
    ref = find_ref(request.against, project.root)
    with ExitStack() as standing:
        tree = standing.enter_context(checked_out(ref))
        old, new, against = _both(request, project, ref, tree, watch)
        return _compared(old, new, against, project, tree)


def _current(request: DiffRequest, project: Project, old: RehearsalDocument, watch: Watch) -> RehearsalDocument:
    """Rehearse the working tree by the command that wrote the other side's document."""
    if request.current is not None:
        return read_document(request.current, request.stack, "--current")
    _check_stack(project, request.stack)
    cluster = ["--cluster"] if old.cluster is not None else []
    side = Side(HERE, project.root, (old.basis, *_arguments(request), *cluster))
    with tempfile.TemporaryDirectory(prefix="rehearse-diff-") as into:
        (file,) = rehearse([side], Path(into), watch)
        return read_document(file, request.stack, HERE)


def _both(
    request: DiffRequest, project: Project, ref: Ref, tree: Path, watch: Watch
) -> tuple[RehearsalDocument, RehearsalDocument, Against]:
    """Rehearse what is to be rehearsed of the two sides; a side that lacks the stack is empty."""
    given = read_document(request.current, request.stack, "--current") if request.current else None
    exists, here = _has_stack(tree, request.stack), request.stack in project.stacks()
    if not exists and not here:  # where neither has it, its name is mistaken
        _check_stack(project, request.stack)
    basis = given.basis if given else "preview" if request.preview else "up"
    sides: list[Side] = []
    if exists:
        sides.append(Side(f"{ref.given} ({ref.commit[:SHORT]})", tree, (basis, *_arguments(request))))
    if here and given is None:
        sides.append(Side(HERE, project.root, (basis, *_arguments(request))))
    with tempfile.TemporaryDirectory(prefix="rehearse-diff-") as into:
        files = rehearse(sides, Path(into), watch)
        documents = {
            side.name: read_document(file, request.stack, side.name) for side, file in zip(sides, files, strict=True)
        }
    old = documents[sides[0].name] if exists else empty(request.stack)
    new = given or documents.get(HERE) or empty(request.stack)
    return old, new, Against(given=ref.given, commit=ref.commit, exists=exists)


def _arguments(request: DiffRequest) -> tuple[str, ...]:
    state = ("--terraform-state", str(request.terraform_state.resolve())) if request.terraform_state else ()
    return request.stack, "--timeout", f"{request.timeout:g}", *state


def _has_stack(tree: Path, stack: str) -> bool:
    """Say whether a ref has the stack; one without the project has no stack at all."""
    try:
        found = Project.read(tree / "Pulumi.yaml") if (tree / "Pulumi.yaml").is_file() else None
    except ProjectError as error:
        raise BadInputError(f"--against: {error}") from None
    return found is not None and stack in found.stacks()


def _check_stack(project: Project, stack: str) -> None:
    """Raise `ProjectError` for a stack that there is not."""
    project.configuration(stack)


def _compared(
    old: RehearsalDocument, new: RehearsalDocument, against: Against, project: Project, tree: Path | None = None
) -> Diff:
    if old.breakdown is not None:
        fault = old.breakdown
        at = f" ({fault.at})" if fault.at else ""
        raise BadInputError(f"--against {against.given}: its program does not come to its end: {fault.message}{at}")
    if old.exists and new.exists and old.basis != new.basis:
        message = f"--against {against.given}: written by `rehearse {old.basis}`, the other by `rehearse {new.basis}`"
        raise BadInputError(f"{message}; allowed: two of the same")
    against.faults = sum(fault.check != "policy" for fault in old.faults)
    return diff_report.without_folders(
        compare(old, new, against), [folder for folder in (tree, project.root) if folder is not None]
    )


class _Watching:
    """One line that says where both rehearsals are."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, transient=True, refresh_per_second=10)
        self._spinner = Spinner("dots", text="")

    def __enter__(self) -> _Watching:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def told(self, phases: Mapping[str, str]) -> None:
        """Show the phases."""
        self._spinner.update(text=Text(" · ".join(f"{name}: {phase}" for name, phase in phases.items())))
        self._live.update(self._spinner)
