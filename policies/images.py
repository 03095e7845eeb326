"""Container images that a resource asks for: in pods, in objects of operators, in values of charts, in AWS services."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from operator import call
from typing import Final

from policies.mappings import Found, elements, gathered, mappings_in
from policies.pods import WORKLOADS, Pod, pods_of
from policies.reading import Properties
from policies.releases import RELEASES, release_of
from policies.resources import Resource

_KUBERNETES: Final = ("kubernetes:core/", "kubernetes:apps/", "kubernetes:batch/", "kubernetes:extensions/")
_VERSIONS: Final = ("tag", "version")
_DOCKER_HUB: Final = "docker.io"
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_OF_AWS: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:sagemaker/model:Model": ("primaryContainer", "containers"),
    "aws:lambda/function:Function": ("",),
    "aws:batch/jobDefinition:JobDefinition": ("containerProperties",),
    "aws:apprunner/service:Service": ("sourceConfiguration.imageRepository",),
}
TYPES: Final = (*WORKLOADS, *RELEASES, *_OF_AWS)
"""Types that name images, for a policy's `types`."""


@dataclass(frozen=True)
class Image:
    """An image as it is asked for."""

    path: str
    registry: str
    """`docker.io` where none is named."""
    repository: str
    """`library/busybox`; empty where only a registry is given."""
    tag: str
    digest: str
    whole: bool = True
    """False for values of a chart: what they leave out, the chart has."""

    @property
    def name(self) -> str:
        """Where it comes from: `docker.io/library/busybox`."""
        return "/".join(part for part in (self.registry, self.repository) if part)

    @property
    def has_digest(self) -> bool:
        """Say whether it is named by what it contains."""
        return _DIGEST.fullmatch(self.digest) is not None


def parse_reference(reference: str, path: str = "") -> Image:
    """Return the parts of a reference, as container runtimes read it: `busybox` is `docker.io/library/busybox`."""
    name, _, digest = reference.strip().removeprefix("docker://").partition("@")
    tag = ""
    if ":" in name.rpartition("/")[2]:
        name, _, tag = name.rpartition(":")
    registry, repository = _with_registry(name)
    return Image(path, registry, repository, tag, digest)


def _with_registry(name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return first.lower(), rest
    return _DOCKER_HUB, name if slash else f"library/{name}"


def images_of(resource: Resource) -> Iterator[Image]:
    """Give every image of a resource; what is not known yet, or of a wrong type, is raised after the others."""
    release = release_of(resource)
    if release:
        yield from gathered(release.mappings(), _in_values)
    elif resource.type in _OF_AWS:
        yield from gathered(_OF_AWS[resource.type], lambda path: _in_service(resource.properties, path))
    elif resource.type.startswith(_KUBERNETES):
        yield from gathered(pods_of(resource), _in_pod)
    else:  # operators name images outside containers too: `spec.image` of a SparkApplication
        yield from gathered(mappings_in(resource.properties), lambda found: _references(found.here))


def _in_pod(pod: Pod) -> Iterator[Image]:
    looks = (
        lambda: gathered(pod.containers(), lambda container: _reference(container, "image")),
        lambda: gathered(elements(pod.spec, "volumes"), lambda volume: _reference(volume, "image.reference")),
    )
    yield from gathered(looks, call)


def _in_service(properties: Properties, path: str) -> Iterator[Image]:
    text = path and isinstance(properties.value(path), str)
    parts = [properties.document(path)] if text else elements(properties, path) if path else [properties]
    for part in parts:
        yield from gathered(("image", "imageUri", "imageIdentifier"), lambda key, part=part: _reference(part, key))


def _reference(properties: Properties, path: str) -> Iterator[Image]:
    if reference := properties.text(path):
        yield parse_reference(reference, properties.at(path))


def _references(mapping: Properties) -> Iterator[Image]:
    """Give whole references: texts under `image`, or under a key that ends in it."""
    keys = [key for key in mapping.keys() if key == "image" or key.endswith("Image")]  # noqa: SIM118 - not a mapping
    yield from gathered(keys, lambda key: _whole(mapping, key))


def _whole(mapping: Properties, key: str) -> Iterator[Image]:
    if isinstance(value := mapping.literal(key), str) and value:
        yield parse_reference(value, mapping.at(key))


def _in_values(found: Found) -> Iterator[Image]:
    """Give images in the forms that charts have: a block with a repository and a tag, or a whole reference."""
    here = found.here
    if found.key.lower().endswith("image") or (here.has("repository") and _first(here, *_VERSIONS, "digest", "sha")):
        yield _block(here)
    else:
        yield from gathered((_tagged, _registry), lambda read: read(here))


def _tagged(here: Properties) -> Iterator[Image]:
    for image in _references(here):
        yield replace(image, tag=image.tag or _first(here, "imageTag", "tag"))


def _registry(here: Properties) -> Iterator[Image]:
    if registry := here.text("imageRegistry"):
        yield Image(here.at("imageRegistry"), registry, "", "", "", whole=False)


def _block(block: Properties) -> Image:
    repository = "/".join(part for part in (block.text("repository"), block.text("image")) if part)
    registry = block.text("registry") or ""
    if repository and not registry:
        registry, repository = _with_registry(repository)
    digest = _first(block, "digest", "sha")
    digest = f"sha256:{digest}" if digest and ":" not in digest else digest
    return Image(block.path, registry, repository, _first(block, *_VERSIONS), digest, whole=False)


def _first(mapping: Properties, *keys: str) -> str:
    return next((text for key in keys if (text := mapping.text(key))), "")
