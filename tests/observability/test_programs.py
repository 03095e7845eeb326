"""A program that is missing fails the test that needs it, and the test says how to get it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.observability.programs import PACKAGES, program

HERE = Path(__file__).parent


@pytest.mark.parametrize("name", PACKAGES)
def test_a_missing_program_fails_and_says_how_to_install_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(pytest.fail.Exception, match=f"^{name} is missing: apt-get install {PACKAGES[name]} "):
        program(name)


def test_every_program_comes_with_a_package_of_the_list() -> None:
    listed = {line.split("#")[0].strip() for line in (HERE / "debian-packages.txt").read_text("utf-8").splitlines()}
    assert set(PACKAGES.values()) <= listed


def test_nothing_here_is_skipped() -> None:
    skipping = re.compile(r"\b(skip|skipif|importorskip|xfail)\(")
    assert not [path.name for path in HERE.rglob("*.py") if skipping.search(path.read_text("utf-8"))]
