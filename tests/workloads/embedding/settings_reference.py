"""Writes docs/reference/embedding-settings.md from the settings' models; run as a module."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic.fields import FieldInfo

from workloads.embedding import settings
from workloads.embedding.settings import EmbeddingSettings, Section

PAGE: Final = Path(__file__).resolve().parents[3] / "docs" / "reference" / "embedding-settings.md"
HEAD: Final = """# Settings of the embedding pipeline

One YAML file. Keys that are not in this table are refused. This page is generated from
`workloads/embedding/settings.py` by `python -m tests.workloads.embedding.settings_reference`.

| key | default | allowed | what it is |
|---|---|---|---|
"""


def page() -> str:
    """Return what the page should hold."""
    return HEAD + "".join(f"{row}\n" for row in _rows(EmbeddingSettings, "", _docstrings()))


def _rows(section: type[Section], prefix: str, told: dict[tuple[str, str], str]) -> Iterator[str]:
    for name, field in section.model_fields.items():
        kind: Any = field.annotation
        if inspect.isclass(kind) and issubclass(kind, Section):
            yield from _rows(kind, f"{prefix}{name}.", told)
            continue
        sentence = told.get((section.__name__, name), "").replace("|", "\\|")
        yield f"| `{prefix}{name}` | {_default(field)} | {_allowed(field)} | {sentence} |"


def _docstrings() -> dict[tuple[str, str], str]:
    """Return the string below each field, by class and field; Python itself does not keep them."""
    found: dict[tuple[str, str], str] = {}
    for node in ast.parse(Path(settings.__file__).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            for field, below in zip(node.body, node.body[1:], strict=False):
                if not isinstance(field, ast.AnnAssign) or not isinstance(below, ast.Expr):
                    continue
                if isinstance(below.value, ast.Constant):
                    found[node.name, ast.unparse(field.target)] = " ".join(str(below.value.value).split())
    return found


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    value: object = field.default
    if value is None:
        return "none"
    return f"`[{', '.join(map(str, value))}]`" if isinstance(value, tuple) else f"`{value}`"


def _allowed(field: FieldInfo) -> str:
    kinds = [field.annotation, *get_args(field.annotation)]
    for kind in kinds:
        if get_origin(kind) is Literal:
            return ", ".join(f"`{value}`" for value in get_args(kind))
    limits = [*field.metadata]
    for kind in kinds:
        for note in getattr(kind, "__metadata__", ()):
            limits += note.metadata if isinstance(note, FieldInfo) else [note]
    least = next((f"{limit.ge:,}" for limit in limits if isinstance(limit, Ge)), "")
    above = next((f"more than {limit.gt}" for limit in limits if isinstance(limit, Gt)), "")
    most = next((f"{limit.le:,}" for limit in limits if isinstance(limit, Le)), "")
    if least and most:
        return f"{least} to {most}"
    return ", ".join(filter(None, [above, f"at least {least}" if least else "", f"at most {most}" if most else ""]))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
