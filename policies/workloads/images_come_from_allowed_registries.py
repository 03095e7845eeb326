"""Images come from registries, and from publishers in them, that are trusted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from policies.configuration import texts
from policies.images import TYPES, Image, images_of
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.resources import Resource


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at each image; values of a chart that name no place keep the chart's own."""
    allowed = configuration.texts("registries")
    yield from each(images_of(resource), lambda image: _judge(image, allowed))


def _judge(image: Image, allowed: list[str]) -> Iterator[Violation]:
    if image.registry and not any(_covers(entry, image) for entry in allowed):
        yield Violation(
            f"{image.name} comes from a place that is not trusted",
            "use an image of the registries that are configured, or a copy in the account's own",
            image.path,
        )


def _covers(entry: str, image: Image) -> bool:
    """Say whether an entry `registry` or `registry/repository` is about an image; the registry is matched by itself."""
    registry, _, repository = entry.partition("/")
    return fnmatchcase(image.registry, registry) and (
        not image.repository or fnmatchcase(image.repository, repository or "*")
    )


def _of_publishers(registry: str, publishers: Sequence[str]) -> list[str]:
    return [f"{registry}/{publisher}/*" for publisher in publishers]


DOCKER_HUB = (
    "burakince",  # mlflow
    "envoyproxy",
    "grafana",
    "kserve",
    "library",
    "milvusdb",
    "prom",
    "qdrant",
    "rayproject",
    "tensorflow",
    "vllm",
)
GITHUB = ("external-secrets", "huggingface", "kedacore", "kubeflow", "open-telemetry", "spegel-org")
QUAY = ("jetstack", "kiwigrid", "kuberay", "prometheus", "prometheus-operator")

POLICY = ResourcePolicy(
    name="images-come-from-allowed-registries",
    description="Every container image comes from a registry and a publisher that are trusted.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "registries": texts(
                "Registries, or `registry/repository`, that images may come from; `*` for anything. Name the "
                "account in the pattern of ECR to allow no other account's.",
                [
                    "*.dkr.ecr.*.amazonaws.com",
                    "cr.weaviate.io/semitechnologies/*",
                    *_of_publishers("docker.io", DOCKER_HUB),
                    *_of_publishers("ghcr.io", GITHUB),
                    "nvcr.io/nvidia/*",
                    *_of_publishers("public.ecr.aws", ("eks", "karpenter")),
                    *_of_publishers("quay.io", QUAY),
                    "registry.k8s.io",
                ],
            )
        }
    ),
    types=TYPES,
    validate=validate,
)
