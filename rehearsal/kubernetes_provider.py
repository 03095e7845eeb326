"""What the Kubernetes provider does to a registration: automatic names, the default namespace, ids and outputs.

https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/ (automatic names) and the provider's schema.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from rehearsal.aws.translation import Created
from rehearsal.plan import UNKNOWN, Registration

RELEASE: Final = "kubernetes:helm.sh/v3:Release"
WHY_RECORDED: Final = "Kubernetes objects are applied with --cluster"


def is_kubernetes(type_: str) -> bool:
    """Say whether a resource type belongs to the Kubernetes provider."""
    return type_.startswith("kubernetes:")


def with_defaults(registration: Registration) -> dict[str, Any]:
    """Return the inputs with the name that the provider makes up where the program gives none: `name-<8 hex>`."""
    inputs = dict(registration.inputs)
    automatic = f"{registration.name}-{hashlib.sha256(registration.urn.encode()).hexdigest()[:8]}"
    if registration.type == RELEASE:
        inputs.setdefault("name", automatic)
        return inputs
    metadata = inputs.get("metadata")
    if metadata is UNKNOWN:
        return inputs
    given: Mapping[str, Any] = metadata or {}
    name = {} if given.get("name") is not None or given.get("generateName") is not None else {"name": automatic}
    inputs["metadata"] = {**given, **name}
    return inputs


def created(registration: Registration) -> Created:
    """Return the id and outputs of an object that the API server has taken: `namespace/name`, or `name`."""
    inputs = registration.inputs
    if registration.type == RELEASE:
        namespace, name = str(inputs.get("namespace") or "default"), str(inputs["name"])
        status = {"name": name, "namespace": namespace, "revision": 1, "status": "deployed"}
        return Created(f"{namespace}/{name}", {"status": status})
    metadata: Mapping[str, Any] = inputs["metadata"]
    namespace, name = metadata.get("namespace"), metadata.get("name") or metadata.get("generateName")
    return Created(f"{namespace}/{name}" if namespace else str(name))


def identity(registration: Registration) -> tuple[str, str, str] | None:
    """Return what may stand once in a cluster: the kind with its API group, the namespace, the name.

    None where a part of it is not known yet.
    """
    inputs = registration.inputs
    if registration.type == RELEASE:
        parts: tuple[Any, ...] = ("Helm release", inputs.get("namespace") or "default", inputs.get("name"))
    else:
        metadata = inputs.get("metadata")
        if not isinstance(metadata, Mapping):
            return None
        group, slash, _ = str(inputs.get("apiVersion", "")).rpartition("/")
        kind = f"{inputs.get('kind')}.{group}" if slash else inputs.get("kind")
        parts = (kind, metadata.get("namespace") or "", metadata.get("name"))
    return None if any(not isinstance(part, str) for part in parts) else (parts[0], parts[1], parts[2])
