"""`python -m tests.ansible.reported_problems` writes docs/reference/reported-problems.md from marks of tests."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TESTS: Final = Path(__file__).parent
PAGE: Final = TESTS.parents[1] / "docs" / "reference" / "reported-problems.md"
MARK: Final = re.compile(r"(?P<threads>[\w.-]+/[\w.-]+#\d+(?:, (?:[\w.-]+/[\w.-]+)?#\d+)*): (?P<problem>.+)", re.DOTALL)
THREAD: Final = re.compile(r"([\w.-]+/[\w.-]+)?#(\d+)")


@dataclass(frozen=True)
class Reported:
    """A problem that users of other collections reported, and the test that recreates it."""

    threads: tuple[tuple[str, int], ...]
    """Repository and number of each thread."""
    problem: str
    file: str
    test: str


def reported() -> list[Reported]:
    """Return every marked test's problems. Raises `ValueError` on a mark that names no thread."""
    return [found for file in sorted(TESTS.glob("test_*.py")) for found in _of_file(file)]


def rendered(problems: list[Reported]) -> str:
    """Return the page."""
    lines = [
        "# Reported problems",
        "",
        "What users of other collections of GPU hosts reported, and the test that recreates it on a simulated host",
        "with these roles. Generated from the tests' marks by `python -m tests.ansible.reported_problems`.",
        "",
        "| reported | problem | what happens here |",
        "|---|---|---|",
    ]
    for each in sorted(problems, key=lambda each: (each.threads, each.test)):
        threads = ", ".join(
            f"[{name}#{number}](https://github.com/{name}/issues/{number})" for name, number in each.threads
        )
        said = each.test.removeprefix("test_").replace("_", " ")
        lines.append(f"| {threads} | {each.problem} | {said} ([{each.file}](../../tests/ansible/{each.file})) |")
    return "\n".join(lines) + "\n"


def _of_file(file: Path) -> Iterator[Reported]:
    for node in ast.walk(ast.parse(file.read_text())):
        if not isinstance(node, ast.FunctionDef):
            continue
        for mark in node.decorator_list:
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.reported":
                text = ast.literal_eval(mark.args[0])
                if (said := MARK.fullmatch(text)) is None:
                    raise ValueError(
                        f"{file}:{mark.lineno}: {text!r} does not begin with owner/repository#number and a colon"
                    )
                yield Reported(_threads(said["threads"]), said["problem"], file.name, node.name)


def _threads(text: str) -> tuple[tuple[str, int], ...]:
    threads: list[tuple[str, int]] = []
    for name, number in THREAD.findall(text):
        # A number alone is of the repository before it.
        threads.append((name or threads[-1][0], int(number)))
    return tuple(threads)


if __name__ == "__main__":
    PAGE.write_text(rendered(reported()))
