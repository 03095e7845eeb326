"""Lists of what AWS accepts (regions, retention days, endpoint names, ...), read from aws_choices.yaml."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import cast

import yaml

FILE = Path(__file__).with_name("aws_choices.yaml")


@cache
def _lists() -> dict[str, dict[str, object]]:
    return cast("dict[str, dict[str, object]]", yaml.safe_load(FILE.read_text(encoding="utf-8")))


def named(list_name: str) -> tuple[str, ...]:
    """Names that AWS accepts in the list `list_name`: regions, access policies, endpoint names."""
    return tuple(cast("list[str]", _lists()[list_name]["values"]))


def steps(list_name: str) -> tuple[int, ...]:
    """Numbers that AWS accepts in the list `list_name`: retention days, throughputs, memory sizes."""
    return tuple(cast("list[int]", _lists()[list_name]["values"]))
