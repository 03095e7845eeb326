"""What `rehearse comment` does: puts the comparisons of several environments into one comment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from rehearsal.bad_input import BadInputError
from rehearsal.diff.changes import FORMAT, Diff
from rehearsal.diff.rehearsed import faults_of, read_json
from rehearsal.report.comment import comment


def comment_of(files: Sequence[Path]) -> str:
    """Return the comment. Raises `BadInputError` for what `rehearse diff --json` did not write."""
    diffs = [read_diff(file) for file in files]
    stacks = [diff.stack for diff in diffs]
    twice = sorted({stack for stack in stacks if stacks.count(stack) > 1})
    if twice:
        raise BadInputError(f"{', '.join(twice)}: compared in several of the files; allowed: one file a stack")
    return comment(diffs)


def read_diff(file: Path) -> Diff:
    """Read one comparison. Raises `BadInputError`."""
    content = read_json(file, "")
    if content.get("format") != FORMAT:
        raise BadInputError(f"{file}: format: {content.get('format')!r}; allowed: {FORMAT}")
    try:
        return Diff.model_validate(content)
    except ValidationError as error:
        raise BadInputError(f"{file}: not what `rehearse diff --json` writes: {faults_of(error)}") from None
