"""What `dcgmi diag --json` found. A test that could not run, was skipped or is missing is not a test that passed."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, cast

# DCGM 4 names the document so, DCGM 3 as the second.
ROOTS = ("DCGM Diagnostic", "DCGM GPU Diagnostic")
NOT_RUN = "not-run"


def diagnosis(answer: Mapping[str, Any], may_skip: Collection[str] = ()) -> dict[str, Any]:
    """Return `status` (passed, failed, not-run), `problems`, and each test's own word in `tests`.

    Tests that may be skipped are those that somebody found not to exist for the product.
    """
    document = _document(str(answer.get("stdout", "")))
    if document is None:
        words = " ".join(f"{answer.get('stdout', '')} {answer.get('stderr', '') or answer.get('msg', '')}".split())[
            :500
        ]
        return _found(NOT_RUN, [f"dcgmi gave no result, exit status {answer.get('rc', 'unknown')}: {words}"], {})
    root = next((cast(Mapping[str, Any], document[name]) for name in ROOTS if name in document), {})
    if said := root.get("runtime_error"):
        return _found(NOT_RUN, [f"the diagnostics broke off: {said}"], {})
    tests = {str(test.get("name")): list(_outcomes(test)) for test in _tests(root)}
    if not any(tests.values()):
        return _found(NOT_RUN, ["the diagnostics ran no test"], {})
    words = {name: _word(outcomes) for name, outcomes in tests.items()}
    judged = [name for name, word in words.items() if not (word == "Skip" and name in may_skip)]
    problems = [f"{name}: {problem}" for name in judged for problem in _problems(tests[name])]
    if not problems and (status := answer.get("rc", 0)):
        return _found("failed", [f"every test passed, and dcgmi ended with exit status {status}"], words)
    return _found("failed" if "Fail" in words.values() else NOT_RUN if problems else "passed", problems, words)


def _found(status: str, problems: Sequence[str], tests: Mapping[str, str]) -> dict[str, Any]:
    return {"status": status, "problems": list(problems), "tests": dict(tests)}


def _document(printed: str) -> Mapping[str, Any] | None:
    """The JSON document, which warnings may precede."""
    start = printed.find("{")
    try:
        document = json.loads(printed[start:]) if start >= 0 else None
    except json.JSONDecodeError:
        return None
    return cast(Mapping[str, Any], document) if isinstance(document, dict) else None


def _tests(root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for category in cast(Sequence[Mapping[str, Any]], root.get("test_categories") or []):
        yield from cast(Sequence[Mapping[str, Any]], category.get("tests") or [])


def _outcomes(test: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Whom each result is of, its status and what it says."""
    for result in cast(Sequence[Mapping[str, Any]], test.get("results") or []):
        number = result.get("entity_id", result.get("gpu_id", result.get("gpu_ids", "")))
        said = [
            str(warning.get("warning", "")) for warning in result.get("warnings") or [] if isinstance(warning, Mapping)
        ]
        info = str(result.get("info", "")) if not said else ""
        yield (
            f"{result.get('entity_group', 'GPU')} {number}".strip(),
            str(result.get("status", "")),
            "; ".join(said) or info,
        )


def _word(outcomes: Sequence[tuple[str, str, str]]) -> str:
    """The worst: one GPU that was left out is a test that did not run."""
    statuses = {_status(outcome) for outcome in outcomes}
    return next((status for status in ("Fail", "Warn", "Skip", "Pass") if status in statuses), "Skip")


def _status(outcome: tuple[str, str, str]) -> str:
    known = {"pass": "Pass", "fail": "Fail", "warn": "Warn", "warning": "Warn"}
    return known.get(outcome[1].strip().lower(), "Skip")


def _problems(outcomes: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    words = {"Fail": "failed", "Warn": "warned", "Skip": "did not run"}
    if not outcomes:
        yield "it told no result"
    for outcome in outcomes:
        if (status := _status(outcome)) != "Pass":
            yield f"{outcome[0]} {words[status]}{f': {outcome[2]}' if outcome[2] else ''}"


class FilterModule:
    """Ansible's way to the filters."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By the names that templates use."""
        return {"diagnosis": diagnosis}
