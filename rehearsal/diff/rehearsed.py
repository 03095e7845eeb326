"""A rehearsal's JSON document, as a comparison reads it. Older documents lack keys; newer ones may have more."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from rehearsal.bad_input import BadInputError
from rehearsal.plan import Check, Outcome
from rehearsal.report.document import FORMAT

SHOWN_ERRORS = 3


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Rehearsed(_Read):
    """A resource that one side registers."""

    urn: str
    type: str
    name: str
    parent: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: dict[str, tuple[str, ...]] | None = None
    """None in documents that are older than the key."""
    inputs: dict[str, Any] = {}
    outputs: dict[str, Any] = {}
    outcome: Outcome
    id: str = ""
    protect: bool = False
    retain_on_delete: bool = False
    ignore_changes: tuple[str, ...] = ()
    at: str = ""

    @property
    def is_component(self) -> bool:
        """Whether it only groups others; the tokens of components begin with the project's name."""
        project = self.urn.split("::")[1] if self.urn.count("::") > 1 else ""
        return self.type == "pulumi:pulumi:Stack" or self.type.split(":")[0] == project

    @property
    def depends_by_property(self) -> dict[str, tuple[str, ...]]:
        """The resources that each input takes something from, or may take where the document does not say."""
        if self.property_dependencies is not None:
            return self.property_dependencies
        return dict.fromkeys(self.inputs, self.dependencies)


class Fault(_Read):
    """Something wrong with one side."""

    urn: str
    check: str
    property: str = ""
    message: str
    at: str = ""


class Finding(_Read):
    """A violation of a policy on one side."""

    pack: str = ""
    policy: str
    level: str
    severity: str = ""
    urn: str = ""
    message: str


class Undecided(_Read):
    """A policy that could not decide on a resource."""

    policy: str
    urn: str = ""
    message: str = ""


class PolicySection(_Read):
    """What the packs said on one side."""

    packs: tuple[str, ...] = ()
    policies: int = 0
    findings: tuple[Finding, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    exemptions: tuple[dict[str, str], ...] = ()


class Timing(_Read):
    """A phase that the rehearsal went through."""

    phase: str


class RehearsalDocument(_Read):
    """One side of a comparison."""

    format: Literal[1]
    stack: str
    resources: tuple[Rehearsed, ...]
    outputs: dict[str, Any] = {}
    faults: tuple[Fault, ...] = ()
    timings: tuple[Timing, ...] = ()
    policies: PolicySection | None = None
    cluster: dict[str, Any] | None = None
    exists: bool = True
    """Whether the stack is there; no document says so."""

    @property
    def basis(self) -> Literal["up", "preview"]:
        """The command that wrote it: only a preview never creates."""
        phases = {timing.phase for timing in self.timings}
        planned = any(resource.outcome is Outcome.PLANNED for resource in self.resources)
        return "preview" if planned or (phases and "create" not in phases) else "up"

    @property
    def breakdown(self) -> Fault | None:
        """What ended the program before it had registered everything, if something did."""
        return next((fault for fault in self.faults if fault.check == Check.PROGRAM and not fault.urn), None)


def empty(stack: str) -> RehearsalDocument:
    """Return the side on which the stack does not exist."""
    return RehearsalDocument(format=1, stack=stack, resources=(), exists=False)


def read_document(file: Path, stack: str, option: str) -> RehearsalDocument:
    """Read a document that `rehearse up` or `rehearse preview` wrote. Raises `BadInputError`."""
    content = read_json(file, option)
    if content.get("format") != FORMAT:
        raise BadInputError(f"{option} {file}: format: {content.get('format')!r}; allowed: {FORMAT}")
    try:
        document = RehearsalDocument.model_validate(content)
    except ValidationError as error:
        raise BadInputError(f"{option} {file}: not what `rehearse --json` writes: {faults_of(error)}") from None
    if document.stack != stack:
        raise BadInputError(f"{option} {file}: stack: {document.stack!r}; allowed: {stack!r}")
    return document


def read_json(file: Path, option: str) -> dict[str, Any]:
    """Read a file that holds one JSON object. Raises `BadInputError`."""
    where = f"{option} {file}".strip()
    try:
        content: Any = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInputError(f"{where}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise BadInputError(f"{where}: not JSON: {error}") from None
    if not isinstance(content, dict):
        raise BadInputError(f"{where}: must be a JSON object, is {type(content).__name__}")
    return content


def faults_of(error: ValidationError) -> str:
    """Return what is wrong with a document, the first few of it."""
    faults: Sequence[Any] = error.errors(include_url=False, include_context=False, include_input=False)
    told = [f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in faults[:SHOWN_ERRORS]]
    return "; ".join([*told, f"and {len(faults) - SHOWN_ERRORS} more"] if len(faults) > SHOWN_ERRORS else told)
