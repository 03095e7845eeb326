"""A git ref, checked out beside the user's own tree, and taken away again whatever happens."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rehearsal.bad_input import BadInputError

LOCAL_VARIABLES: Final = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY")
"""What git sets in a hook: there it would lead every command to the tree that the hook runs for."""
TERMINATED: Final = 128 + signal.SIGTERM


@dataclass(frozen=True)
class Ref:
    """What a ref stands for, in the repository around a project."""

    given: str
    commit: str
    project: Path
    """The user's project."""
    prefix: str
    """Where the project stands in the repository; empty at its top."""


def find_ref(given: str, project: Path) -> Ref:
    """Look a ref up. Raises `BadInputError`."""
    inside = _git(project, "rev-parse", "--show-prefix")
    if inside.returncode:
        raise BadInputError(f"--against {given}: no such file, and {project.name} is in no git repository")
    found = _git(project, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{given}^{{commit}}")
    if found.returncode:
        hint = "; a shallow clone lacks most commits" if _is_shallow(project) else ""
        raise BadInputError(f"--against {given}: neither a file nor a commit, branch or tag of this repository{hint}")
    return Ref(given, found.stdout.strip(), project, inside.stdout.strip())


@contextmanager
def checked_out(ref: Ref) -> Generator[Path]:
    """Check the ref out into a temporary folder and return where the project stands in it."""
    with _ended_by_signal(), tempfile.TemporaryDirectory(prefix="rehearse-diff-", ignore_cleanup_errors=True) as made:
        folder = Path(made).resolve() / "tree"
        try:
            # Hooks are the user's: they are not run for a tree that nobody works in.
            added = _git(
                ref.project,
                *("-c", f"core.hooksPath={os.devnull}"),
                *("worktree", "add", "--quiet", "--detach", str(folder), ref.commit),
            )
            if added.returncode:
                reason = " ".join(added.stderr.split())
                raise BadInputError(f"--against {ref.given}: cannot be checked out: {reason}")
            yield folder / ref.prefix
        finally:
            with _undisturbed():
                _remove(ref, folder)


def _remove(ref: Ref, folder: Path) -> None:
    """Take the tree away, and what the repository notes of it; the notes of others' trees are left alone."""
    # Twice --force: also when git was interrupted while it made the tree, which it then holds locked.
    if _git(ref.project, "worktree", "remove", "--force", "--force", str(folder)).returncode == 0:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folders = _git(ref.project, "rev-parse", "--git-common-dir").stdout.strip()
    for notes in (ref.project / folders / "worktrees").glob("*"):
        pointer = notes / "gitdir"
        if pointer.is_file() and Path(pointer.read_text().strip()) == folder / ".git":
            shutil.rmtree(notes, ignore_errors=True)


def _is_shallow(project: Path) -> bool:
    return _git(project, "rev-parse", "--is-shallow-repository").stdout.strip() == "true"


def _git(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run git, in a session of its own: Ctrl-C is answered here, not in the middle of what git does."""
    try:
        return subprocess.run(  # noqa: S603 - a list of arguments, no shell
            ["git", "-C", str(project), *arguments],  # noqa: S607 - the user's own git
            env={key: value for key, value in os.environ.items() if key not in LOCAL_VARIABLES},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            start_new_session=True,
            check=False,
        )
    except FileNotFoundError:
        raise BadInputError("--against: git is not installed, or not on PATH") from None


@contextmanager
def _ended_by_signal() -> Generator[None]:
    """End in order when the process is asked to end, as a cancelled workflow does."""

    def end(_number: int, _frame: Any) -> None:
        raise SystemExit(TERMINATED)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _undisturbed() -> Generator[None]:
    """Let no second Ctrl-C end the tidying up, which takes less than a second."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
