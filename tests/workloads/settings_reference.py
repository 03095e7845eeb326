"""Writes docs/reference/<program>-settings.md from the settings' models; run as a module."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from workloads.embedding import settings as embedding
from workloads.quality import settings as quality

FOLDER: Final = Path(__file__).resolve().parents[2] / "docs" / "reference"
PROGRAMS: Final[Mapping[str, tuple[str, Any]]] = {
    "embedding": ("the embedding pipeline", embedding),
    "quality": ("the watch over quality", quality),
}
HEAD: Final = """# Settings of {title}

One YAML file. Keys that are not in this table are refused. This page is generated from
`workloads/{program}/settings.py` by `python -m tests.workloads.settings_reference`.

| key | default | allowed | what it is |
|---|---|---|---|
"""


def kept(program: str) -> Path:
    """Return where the page is."""
    return FOLDER / f"{program}-settings.md"


def page(program: str) -> str:
    """Return what the page should hold."""
    title, module = PROGRAMS[program]
    whole = getattr(module, f"{program.capitalize()}Settings")
    rows = _rows(whole, "", _docstrings(module))
    return HEAD.format(title=title, program=program) + "".join(f"{row}\n" for row in rows)


def _rows(section: type[BaseModel], prefix: str, told: dict[tuple[str, str], str]) -> Iterator[str]:
    for name, field in section.model_fields.items():
        inner = _section(field)
        if inner is None:
            sentence = told.get((section.__name__, name), "").replace("|", "\\|")
            yield f"| `{prefix}{name}` | {_default(field)} | {_allowed(field)} | {sentence} |"
            continue
        if field.default is None:
            yield f"| `{prefix}{name}` | none | the keys below it | whether there is such a section |"
        yield from _rows(inner, f"{prefix}{name}.", told)


def _section(field: FieldInfo) -> type[BaseModel] | None:
    """Return the section that a field is, whether it may be left out or not."""
    kinds: list[Any] = [field.annotation, *get_args(field.annotation)]
    return next((kind for kind in kinds if inspect.isclass(kind) and issubclass(kind, BaseModel)), None)


def _docstrings(module: Any) -> dict[tuple[str, str], str]:
    """Return the string below each field, by class and field; Python itself does not keep them."""
    found: dict[tuple[str, str], str] = {}
    for node in ast.parse(Path(module.__file__).read_text(encoding="utf-8")).body:
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
    value: object = field.get_default(call_default_factory=True)
    if value is None or value == "":
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
    for each in PROGRAMS:
        kept(each).write_text(page(each), encoding="utf-8")
