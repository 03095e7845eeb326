"""The rehearsal as one JSON document. Its form is described in docs/reference/rehearse-json.md and kept stable."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from rehearsal.phases import Rehearsal
from rehearsal.plan import UNKNOWN, Fault, Resource
from rehearsal.report.observability_cost import cost_document

FORMAT = 1
"""Raised when a key changes its meaning or goes away; new keys do not raise it."""


def document(rehearsal: Rehearsal) -> dict[str, Any]:
    """Return the document. All but `timings` and `cluster` is the same on every run of the same program."""
    return {
        "format": FORMAT,
        "stack": rehearsal.stack,
        "account_id": rehearsal.account_id,
        "region": rehearsal.region,
        "resources": [_resource(resource) for resource in rehearsal.resources],
        "outputs": plain(rehearsal.outputs),
        "faults": [_fault(fault) for fault in rehearsal.faults],
        "differences": [
            {
                "urn": difference.urn,
                "property": difference.property,
                "asked": plain(difference.asked),
                "seen": plain(difference.seen),
                "known": difference.known,
                "why": difference.why,
            }
            for difference in rehearsal.differences
        ],
        "leftovers": [
            {"type": leftover.type, "id": leftover.id, "urn": leftover.urn, "retained": leftover.retained}
            for leftover in rehearsal.leftovers
        ],
        "inventions": rehearsal.inventions,
        "timings": [
            {"phase": timing.phase, "seconds": round(timing.seconds, 3), "resources": timing.resources}
            for timing in rehearsal.timings
        ],
        **cost_document(rehearsal),
        **_policies(rehearsal),
        **_cluster(rehearsal),
    }


def _policies(rehearsal: Rehearsal) -> dict[str, Any]:
    results = rehearsal.policies
    if results is None:
        return {}
    return {
        "policies": {
            "packs": results.packs,
            "policies": results.policies,
            "disabled": results.disabled,
            "resources": results.resources,
            "findings": [asdict(finding) for finding in results.findings],
            "undecided": [asdict(undecided) for undecided in results.undecided],
            "exemptions": [
                {**asdict(exemption), "expires": exemption.expires.isoformat()} for exemption in results.exemptions
            ],
        }
    }


def _cluster(rehearsal: Rehearsal) -> dict[str, Any]:
    if rehearsal.cluster is None and not rehearsal.cluster_absent:
        return {}
    from rehearsal.report.cluster_document import cluster_document  # noqa: PLC0415 - few rehearsals have a cluster

    return {"cluster": cluster_document(rehearsal)}


def _resource(resource: Resource) -> dict[str, Any]:
    registration = resource.registration
    return {
        "urn": registration.urn,
        "type": registration.type,
        "name": registration.name,
        "parent": registration.parent,
        "dependencies": list(registration.dependencies),
        "property_dependencies": {
            name: list(urns) for name, urns in sorted(registration.property_dependencies.items()) if urns
        },
        "inputs": _masked(registration.inputs, registration.secrets),
        "outputs": _masked(resource.outputs, resource.secret_outputs),
        "outcome": str(resource.outcome),
        "id": resource.id,
        "reason": resource.reason,
        "protect": registration.protect,
        "retain_on_delete": registration.retain_on_delete,
        "ignore_changes": list(registration.ignore_changes),
        "at": registration.at,
    }


def _fault(fault: Fault) -> dict[str, str]:
    return {
        "urn": fault.urn,
        "check": str(fault.check),
        "property": fault.property,
        "message": fault.message,
        "source": fault.source,
        "at": fault.at,
    }


def _masked(properties: Mapping[str, Any], secrets: frozenset[str]) -> dict[str, Any]:
    return {key: "[secret]" if key in secrets else plain(value) for key, value in sorted(properties.items())}


def plain(value: Any) -> Any:
    """Return a value that JSON can hold; what is not known yet is `[unknown]`, as in Pulumi's own previews."""
    if value is UNKNOWN:
        return "[unknown]"
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in sorted(cast("Mapping[str, Any]", value).items())}
    if isinstance(value, list | tuple):
        return [plain(item) for item in cast("list[Any]", value)]
    return value


def write_json(file: Path, content: Mapping[str, Any]) -> None:
    """Write a document whole or not at all: an interruption leaves the old file as it was."""
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "w") as handle:
            json.dump(content, handle, indent=2)
            handle.write("\n")
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
