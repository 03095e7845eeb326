"""Which environments a change touches: `python -m rehearsal.touched --against REF`. Standard library only.

A workflow asks this before anything is installed. What is not known to be harmless touches every environment: a
rehearsal too many costs a minute, one too few lets a change through that nobody looked at.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Final, cast

from rehearsal.__main__ import INTERRUPTED

BAD_INPUT: Final = 2

STACK_FILE: Final = re.compile(r"stacks/Pulumi\.(?P<environment>[^/]+)\.yaml")

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
"""What may name an environment here: it becomes part of file names, artifact names and commands."""

HARMLESS: Final = (".ci", "docs", "tests")
"""Folders that nothing reads which a stack is made of; the tests have a check of their own."""

HARMLESS_AT_TOP: Final = (".gitignore", ".pre-commit-config.yaml")


class ChangeError(Exception):
    """The change cannot be read; the message is for users."""


def touched(files: Iterable[str], environments: Collection[str]) -> list[str]:
    """Return which of the environments a change of these files touches, sorted; paths are relative to the root."""
    found: set[str] = set()
    for file in files:
        stack_file = STACK_FILE.fullmatch(file)
        if stack_file is not None:
            found |= {stack_file["environment"]} & set(environments)
        elif not is_harmless(file):
            found |= set(environments)
    return sorted(found)


def is_harmless(file: str) -> bool:
    """Return whether no environment's resources depend on the file."""
    top, slash, _ = file.partition("/")
    return top in HARMLESS if slash else file.endswith(".md") or file in HARMLESS_AT_TOP


def environments(root: Path) -> list[str]:
    """Return the environments that have a stack file. Raises `ChangeError` for a name that cannot be one."""
    names: list[str] = []
    for file in sorted((root / "stacks").glob("Pulumi.*.yaml")):
        names.append(_checked(file.name.removeprefix("Pulumi.").removesuffix(".yaml")))
    return names


def removed(files: Iterable[str], existing: Collection[str]) -> list[str]:
    """Return the environments whose stack file is among the changed ones and no longer there."""
    names = {match["environment"] for file in files if (match := STACK_FILE.fullmatch(file))}
    return sorted(_checked(name) for name in names - set(existing))


def _checked(name: str) -> str:
    if NAME.fullmatch(name) is None:
        raise ChangeError(f"stacks/Pulumi.*.yaml: {name!r}: an environment's name is letters, digits, '-', '_' and '.'")
    return name


def listed(text: str) -> list[str]:
    """Return the names in a JSON list. Raises `ChangeError`."""
    try:
        names: object = json.loads(text)
    except ValueError:
        names = None
    if isinstance(names, list):
        entries = cast("list[object]", names)
        if all(isinstance(name, str) for name in entries):
            return [str(name) for name in entries]
    raise ChangeError(f'--among {text!r}: allowed: a JSON list of environments, such as ["dev"]')


def changed_files(root: Path, against: str) -> list[str]:
    """Return what changed since the history left `against`; a renamed file is there with both names.

    Counts what git knows of, committed or not. Raises `ChangeError`.
    """
    base = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{against}^{{commit}}")
    if base is None:
        raise ChangeError(f"--against {against!r}: no such commit here; fetch it first")
    names = _git(root, "diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", "--merge-base", base.strip())
    if names is None:
        raise ChangeError(f"--against {against!r}: has no history in common with this; fetch more of it")
    return [name for name in names.split("\0") if name]


def _git(root: Path, *arguments: str) -> str | None:
    # A list of arguments, no shell.
    try:
        answer = subprocess.run(  # noqa: S603 - see above
            ["git", "-C", str(root), *arguments],  # noqa: S607 - the user's own git
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise ChangeError("git is not installed, or not on PATH") from None
    return answer.stdout.decode(errors="surrogateescape") if answer.returncode == 0 else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the environments as JSON; exit status 0, or 2 when it cannot be said."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal.touched", description="Environments a change touches.")
    parser.add_argument("--against", metavar="REF", required=True, help="commit that the change is to be merged into")
    parser.add_argument("--among", metavar="JSON", help='of these, those that are there: ["dev"]')
    asked = parser.parse_args(arguments)
    root = Path(__file__).resolve().parent.parent
    try:
        files, existing = changed_files(root, asked.against), environments(root)
        if asked.among is None:
            existing += removed(files, existing)
        else:
            existing = [name for name in existing if name in listed(asked.among)]
    except ChangeError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command's answer
        return BAD_INPUT
    found = touched(files, existing)
    for environment in found:
        first, *more = [file for file in files if touched([file], [environment])]
        others = f" and {len(more)} more" if more else ""
        print(f"{environment}: touched by {first!r}{others}", file=sys.stderr)  # noqa: T201 - a command's answer
    print(json.dumps(found))  # noqa: T201 - a command's answer
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
