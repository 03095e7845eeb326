"""What `helm template` prints, as objects: read as the API server reads it, sorted into CRDs, hooks and the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeGuard, cast

import yaml

HOOK_ANNOTATION: Final = "helm.sh/hook"
INSTALL_HOOKS: Final = frozenset({"pre-install", "post-install", "crd-install"})
"""Hooks that run when a release is installed, https://helm.sh/docs/topics/charts_hooks/; a test or a delete hook,
say, does not."""

Manifest = dict[str, Any]

_BaseLoader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _ManifestLoader(_BaseLoader):
    """YAML as Go's parser takes it: no dates, no `1:30` as 90, `=` is text, `1e3` is a number."""


# PyYAML's tables by first character, without what Go does not know, and with Go's own numbers instead.
_DROPPED: Final = {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value", "tag:yaml.org,2002:int"} | {
    "tag:yaml.org,2002:float"
}
_ManifestLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in entries if tag not in _DROPPED]
    for first, entries in _BaseLoader.yaml_implicit_resolvers.items()
}
_ManifestLoader.add_implicit_resolver(
    "tag:yaml.org,2002:int",
    re.compile(r"^[-+]?(?:0b[01_]+|0o?[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+)$"),
    list("-+0123456789"),
)
_ManifestLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$"),
    list("-+.0123456789"),
)


def _integer(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    text = str(loader.construct_scalar(node)).replace("_", "")
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text.lstrip("+"))
    if digits.startswith("0") and digits.strip("0") and digits[1].isdigit():
        return sign * int(digits, 8)  # 0644, as file modes are written
    return sign * int(digits, 0 if digits.strip("0") else 10)


_ManifestLoader.add_constructor("tag:yaml.org,2002:int", _integer)


@dataclass(frozen=True)
class Manifests:
    """The objects of a rendered release, as they would be when it has just been installed."""

    objects: tuple[Manifest, ...]
    """All but CRDs; a Job of an install hook is one of them."""
    crds: tuple[Manifest, ...]
    not_installed: tuple[str, ...] = field(default=())
    """Objects of hooks that do not run at installation: `Pod/keda-test (test)`."""


def parse(text: str) -> Manifests:
    """The printed stream, sorted. ValueError for a document that is no Kubernetes object."""
    objects: list[Manifest] = []
    crds: list[Manifest] = []
    not_installed: list[str] = []
    for manifest in _objects(text):
        events = hook_events(manifest)
        if events and not events & INSTALL_HOOKS:
            not_installed.append(f"{describe(manifest)} ({', '.join(sorted(events))})")
        elif manifest["kind"] == "CustomResourceDefinition":
            crds.append(manifest)
        else:
            objects.append(manifest)
    return Manifests(tuple(objects), tuple(crds), tuple(not_installed))


def hook_events(manifest: Manifest) -> frozenset[str]:
    """The events at which Helm makes the object; none for an ordinary one."""
    annotations: Mapping[str, str] = manifest.get("metadata", {}).get("annotations") or {}
    return frozenset(event.strip() for event in annotations.get(HOOK_ANNOTATION, "").split(",") if event.strip())


def describe(manifest: Manifest) -> str:
    """Kind and name: `Deployment/keda-operator`."""
    return f"{manifest['kind']}/{manifest.get('metadata', {}).get('name', '')}"


def _objects(text: str) -> Iterator[Manifest]:
    for document in yaml.load_all(text, Loader=_ManifestLoader):
        if document is None:
            continue
        if not _is_object(document):
            raise ValueError(f"a rendered document is no Kubernetes object: {str(document)[:120]!r}")
        if document["kind"].endswith("List") and isinstance(document.get("items"), list):
            for item in cast("list[object]", document["items"]):
                if not _is_object(item):
                    raise ValueError(f"an item of a rendered {document['kind']} is no Kubernetes object")
                yield item
        else:
            yield document


def _is_object(document: object) -> TypeGuard[Manifest]:
    return isinstance(document, dict) and bool(document.get("apiVersion")) and isinstance(document.get("kind"), str)
