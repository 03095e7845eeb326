"""A program's settings: one YAML file, read once, checked as a whole, and every fault of it told at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from workloads.faults import InputError


class Section(BaseModel):
    """A part of the file; what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Settings = TypeVar("Settings", bound=Section)


def load(model: type[Settings], path: Path) -> Settings:
    """Return the settings of a file; `InputError` names the file, and of each fault the key, the value, the allowed."""
    try:
        content: object = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: is not YAML: {error}") from error
    if not isinstance(content, Mapping):
        raise InputError(f"{path}: needs a mapping with the keys {', '.join(model.model_fields)}")
    return parse(model, content, str(path))


def parse(model: type[Settings], content: Mapping[Any, Any], file: str) -> Settings:
    """Return the settings that a mapping holds; `InputError` with every fault."""
    try:
        return model.model_validate(dict(content))
    except ValidationError as error:
        lines = [_line(fault) for fault in error.errors(include_url=False)]
        raise InputError("\n".join(f"{file}: {line}" for line in lines)) from error


def _line(fault: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in fault["loc"]) or "file"
    seen = fault["input"]
    # A key in place of its variable's name, or a password under a name that is not known, is not for the log.
    secret = where.endswith("_env") or fault["type"] == "extra_forbidden"
    shown = f": {seen!r}" if isinstance(seen, str | int | float | bool) and not secret else ""
    return f"{where}{shown}: {str(fault['msg']).removeprefix('Value error, ')}"
