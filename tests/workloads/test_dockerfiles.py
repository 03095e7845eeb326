"""The images' recipes keep to the rules that a cluster and a reviewer hold them to.

Reads them, and runs the programs from what they copy; builds no image: there is neither a builder nor a registry here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
COMMANDS: Final = {"embedding": ("ingest", "search", "serve"), "quality": ("run", "serve")}
"""Of each program, some that it has to know."""


class Instruction(NamedTuple):
    stage: int
    """0 stands before the first FROM"""
    word: str
    rest: str


class Recipe:
    """The Dockerfile of a program."""

    def __init__(self, program: str) -> None:
        self.program = program
        text = (ROOT / "workloads" / program / "Dockerfile").read_text()
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        self.instructions: list[Instruction] = []
        stage = 0
        for line in "\n".join(lines).replace("\\\n", " ").splitlines():
            word, _, rest = line.strip().partition(" ")
            stage += word == "FROM"
            self.instructions.append(Instruction(stage, word, " ".join(rest.split())))
        self.last = stage

    def of(self, word: str, stage: int | None = None) -> list[str]:
        return [line.rest for line in self.instructions if line.word == word and stage in (None, line.stage)]

    def copied(self) -> list[str]:
        """Paths of the repository that the image takes."""
        sources: list[str] = []
        for rest in self.of("COPY"):
            if not rest.startswith("--from="):
                sources += rest.split()[:-1]
        return sources


@pytest.fixture(params=sorted(COMMANDS))
def recipe(request: pytest.FixtureRequest) -> Recipe:
    return Recipe(request.param)


def taken_by_the_builder() -> list[str]:
    """What .dockerignore lets through."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*", "everything is left out at first"
    return [line[1:] for line in lines if line.startswith("!")]


def test_every_program_with_a_dockerfile_is_looked_at() -> None:
    assert {file.parent.name for file in (ROOT / "workloads").glob("*/Dockerfile")} == set(COMMANDS)


def test_it_runs_as_a_numbered_user_who_is_not_root(recipe: Recipe) -> None:
    (user,) = recipe.of("USER", recipe.last)
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    last_words = [line.word for line in recipe.instructions if line.stage == recipe.last]
    assert not {"RUN", "COPY", "ADD"} & set(last_words[last_words.index("USER") :]), "USER comes after what root does"


def test_every_stage_starts_from_a_pinned_image(recipe: Recipe) -> None:
    arguments = dict(rest.split("=", 1) for rest in recipe.of("ARG", 0))
    for image in recipe.of("FROM"):
        name = image.split()[0]
        for argument, value in arguments.items():
            name = name.replace(f"${{{argument}}}", value)
        assert re.search(r":\d+\.\d+\.\d+[-a-z0-9]*(@sha256:[0-9a-f]{64})?$", name), name


def test_everything_installed_is_pinned_or_locked(recipe: Recipe) -> None:
    for command in recipe.of("RUN"):
        for name in re.findall(r"pip install [^&|;]*", command):
            packages = [word.strip('"') for word in name.split()[2:] if not word.startswith("-")]
            assert all("==" in package for package in packages), name
        assert "uv sync" not in command or "--locked" in command
        assert not re.search(r"\b(curl|wget|apt-get)\b", command), f"unpinned download: {command}"


def test_uv_is_the_makefiles(recipe: Recipe) -> None:
    (wanted,) = re.findall(r"^UV_VERSION := (\S+)$", (ROOT / "Makefile").read_text(), re.M)
    assert f"UV_VERSION={wanted}" in recipe.of("ARG")


def test_it_installs_a_group_that_exists_with_the_python_that_the_project_needs(recipe: Recipe) -> None:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (installed,) = [group for rest in recipe.of("RUN") for group in re.findall(r"--only-group (\S+)", rest)]
    groups = {rest.removeprefix("GROUP=") for rest in recipe.of("ARG") if rest.startswith("GROUP=")} or {installed}
    if recipe.program == "embedding":
        groups.add("embedding-batch")
    assert groups <= set(project["dependency-groups"])
    (image,) = [rest for rest in recipe.of("ARG", 0) if rest.startswith("PYTHON_IMAGE=")]
    major_minor = re.search(r":(\d+\.\d+)", image)
    assert major_minor is not None
    assert project["project"]["requires-python"] == f">={major_minor[1]}"


def test_no_secret_is_baked_in(recipe: Recipe) -> None:
    for line in recipe.instructions:
        assert not re.search(r"(password|secret|token|api_?key|credentials?)=", line.rest, re.I), line


def test_it_has_the_labels_that_registries_show(recipe: Recipe) -> None:
    labels = " ".join(recipe.of("LABEL", recipe.last))
    for name in ("title", "description", "version", "revision"):
        assert f"org.opencontainers.image.{name}=" in labels


def test_what_it_copies_exists_and_reaches_the_builder(recipe: Recipe) -> None:
    assert recipe.copied()
    for source in recipe.copied():
        assert (ROOT / source).exists(), source
        assert source.rstrip("/").split("/")[0] in taken_by_the_builder(), source


def test_the_builder_gets_nothing_more_than_is_copied() -> None:
    copied = {source.rstrip("/") for program in COMMANDS for source in Recipe(program).copied()}
    assert set(taken_by_the_builder()) == copied


def test_the_program_needs_nothing_of_ours_but_what_is_copied(recipe: Recipe, tmp_path: Path) -> None:
    for source in recipe.copied():
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / source, ignore=shutil.ignore_patterns("__pycache__"))
    entry = [sys.executable, *re.findall(r'"([^"]+)"', recipe.of("ENTRYPOINT")[0])[1:], "--help"]
    outcome = subprocess.run(  # noqa: S603 - our own program
        entry, cwd=tmp_path, env={**os.environ, "PYTHONPATH": ""}, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stderr
    for command in COMMANDS[recipe.program]:
        assert command in outcome.stdout
    where = subprocess.run(
        [sys.executable, "-c", "import workloads; print(workloads.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.startswith(str(tmp_path))
