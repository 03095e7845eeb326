"""Judges enumerated, patterned and limited inputs against botocore's own models, in a preview too.

In a preview no request is built, since most of one would be unknown; each known input is judged by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml
from botocore.validate import ParamValidator

from rehearsal.aws.service_model import service_model, value_faults
from rehearsal.checks import reading
from rehearsal.plan import UNKNOWN, Registration

FILE = Path(__file__).with_name("enumerations.yaml")


@cache
def shapes() -> Mapping[str, Mapping[str, str]]:
    """Return, by type and input path, the shape (`eks.Taint.effect`) that judges it."""
    return cast("Mapping[str, Mapping[str, str]]", yaml.safe_load(FILE.read_text(encoding="utf-8")))


@cache
def shape(name: str) -> tuple[str, Any]:
    """Return the service and the shape of a name: `eks.ClusterName`, or a member `eks.Taint.effect`."""
    service, structure, *members = name.split(".")
    found: Any = service_model(service).shape_for(structure)
    for member in members:
        found = found.member if member == "[]" else found.members[member]
    return service, found


def outside(r: Registration) -> Iterator[tuple[str, str]]:
    """Yield each known input that the service's model refuses."""
    for path, name in shapes().get(r.type, {}).items():
        service, model = shape(name)
        for at, value in reading.known(r, path):
            if isinstance(value, list) and UNKNOWN in cast("list[Any]", value):
                continue
            report = ParamValidator().validate(value, model).generate_report().splitlines()
            # A value of another type is for the provider to refuse: its types are not the API's.
            if any(line.startswith("Invalid type") for line in report):
                continue
            for message in report or value_faults(service, model, value, at):
                yield at, message.replace("parameter ,", f"{at},")
