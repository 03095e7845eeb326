"""The image's recipe keeps to the rules that a cluster and a reviewer hold it to.

Reads it, and runs the program from what it copies; builds no image: there is neither a builder nor a registry here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final, NamedTuple

import pytest

ROOT: Final = Path(__file__).resolve().parents[3]
DOCKERFILE: Final = ROOT / "workloads/embedding/Dockerfile"


class Instruction(NamedTuple):
    stage: int
    """0 stands before the first FROM"""
    word: str
    rest: str


def instructions() -> list[Instruction]:
    lines = [line for line in DOCKERFILE.read_text().splitlines() if line.strip() and not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ").splitlines()
    found: list[Instruction] = []
    stage = 0
    for line in joined:
        word, _, rest = line.strip().partition(" ")
        stage += word == "FROM"
        found.append(Instruction(stage, word, " ".join(rest.split())))
    return found


def of(word: str, stage: int | None = None) -> list[str]:
    return [line.rest for line in instructions() if line.word == word and stage in (None, line.stage)]


LAST: Final = max(line.stage for line in instructions())


def copied() -> list[str]:
    """Paths of the repository that the image takes."""
    sources: list[str] = []
    for rest in of("COPY"):
        if not rest.startswith("--from="):
            sources += rest.split()[:-1]
    return sources


def taken_by_the_builder() -> list[str]:
    """What .dockerignore lets through."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*", "everything is left out at first"
    return [line[1:] for line in lines if line.startswith("!")]


def test_it_runs_as_a_numbered_user_who_is_not_root() -> None:
    (user,) = of("USER", LAST)
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    last_words = [line.word for line in instructions() if line.stage == LAST]
    assert not {"RUN", "COPY", "ADD"} & set(last_words[last_words.index("USER") :]), "USER comes after what root does"


def test_every_stage_starts_from_a_pinned_image() -> None:
    arguments = dict(rest.split("=", 1) for rest in of("ARG", 0))
    for image in of("FROM"):
        name = image.split()[0]
        for argument, value in arguments.items():
            name = name.replace(f"${{{argument}}}", value)
        assert re.search(r":\d+\.\d+\.\d+[-a-z0-9]*(@sha256:[0-9a-f]{64})?$", name), name


def test_everything_installed_is_pinned_or_locked() -> None:
    for command in of("RUN"):
        for name in re.findall(r"pip install [^&|;]*", command):
            packages = [word.strip('"') for word in name.split()[2:] if not word.startswith("-")]
            assert all("==" in package for package in packages), name
        assert "uv sync" not in command or "--locked" in command
        assert not re.search(r"\b(curl|wget|apt-get)\b", command), f"unpinned download: {command}"


def test_uv_is_the_makefiles() -> None:
    (wanted,) = re.findall(r"^UV_VERSION := (\S+)$", (ROOT / "Makefile").read_text(), re.M)
    assert f"UV_VERSION={wanted}" in of("ARG")


def test_it_installs_a_group_that_exists_with_the_python_that_the_project_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (group,) = [rest.removeprefix("GROUP=") for rest in of("ARG") if rest.startswith("GROUP=")]
    assert {group, "embedding-batch"} <= project["dependency-groups"].keys()
    (image,) = [rest for rest in of("ARG", 0) if rest.startswith("PYTHON_IMAGE=")]
    major_minor = re.search(r":(\d+\.\d+)", image)
    assert major_minor is not None
    assert project["project"]["requires-python"] == f">={major_minor[1]}"


def test_no_secret_is_baked_in() -> None:
    for line in instructions():
        assert not re.search(r"(password|secret|token|api_?key|credentials?)=", line.rest, re.I), line


def test_it_has_the_labels_that_registries_show() -> None:
    labels = " ".join(of("LABEL", LAST))
    for name in ("title", "description", "version", "revision"):
        assert f"org.opencontainers.image.{name}=" in labels


def test_what_it_copies_exists_and_reaches_the_builder() -> None:
    assert copied()
    for source in copied():
        assert (ROOT / source).exists(), source
        assert source.rstrip("/").split("/")[0] in taken_by_the_builder(), source


def test_the_builder_gets_nothing_more_than_is_copied() -> None:
    assert set(taken_by_the_builder()) == {source.rstrip("/") for source in copied()}


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A folder with what the image's last stage has of ours."""
    for source in copied():
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / source, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_program_needs_nothing_of_ours_but_what_is_copied(image: Path) -> None:
    entry = [sys.executable, *re.findall(r'"([^"]+)"', of("ENTRYPOINT")[0])[1:], "--help"]
    outcome = subprocess.run(  # noqa: S603 - our own program
        entry, cwd=image, env={**os.environ, "PYTHONPATH": ""}, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stderr
    for command in ("ingest", "search", "serve"):
        assert command in outcome.stdout
    where = subprocess.run(
        [sys.executable, "-c", "import workloads.embedding; print(workloads.embedding.__file__)"],
        cwd=image,
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.startswith(str(image))
