"""The section `burst_endpoint`: SageMaker inference that costs nothing at rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from catalogue.instance_types import load_instance_types
from components.naming import bucket_name, platform_name
from stacks.aws_choices import steps
from stacks.closeness import did_you_mean
from stacks.sections.section import Broken, Section
from stacks.value_types import LogRetentionDays, OneOf, Text, Whole, known_instance_types

if TYPE_CHECKING:
    from stacks.settings import Settings

BurstMode = Literal["asynchronous", "serverless"]

ModelName = Annotated[
    str,
    Text(
        "1 to 48 letters, digits and hyphens such as 'whisper-large-v3'",
        "[A-Za-z0-9](?:[A-Za-z0-9-]{0,46}[A-Za-z0-9])?",
    ),
]
ImageUri = Annotated[
    str,
    Text(
        "an ECR image with a tag or digest such as '111122223333.dkr.ecr.us-east-1.amazonaws.com/serving/vllm:1.0'",
        r"[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/[a-z0-9][a-z0-9._/-]*"
        r"(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|@sha256:[0-9a-f]{64})",
    ),
]
ModelDataUri = Annotated[
    str,
    Text(
        "an S3 object such as 's3://models/whisper/model.tar.gz'",
        r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/\S*[^\s/]",
    ),
]
MlInstanceType = Annotated[str, Text("a SageMaker instance type such as 'ml.g5.2xlarge'", r"ml\.[a-z0-9-]+\.[a-z0-9]+")]

_MODE_KEYS: dict[BurstMode, tuple[str, str]] = {
    "asynchronous": ("instance_type", "max_instances"),
    "serverless": ("memory_mib", "max_concurrency"),
}


class BurstEndpointSettings(Section):
    """A SageMaker endpoint for bursty work: asynchronous on a GPU type, or serverless on CPU."""

    model_name: ModelName
    """Name of the model"""

    image_uri: ImageUri
    """Container that serves it, from ECR in the environment's region"""

    model_data_s3_uri: ModelDataUri
    """The model's files, as SageMaker unpacks them"""

    mode: BurstMode
    """Asynchronous: a queue before GPU instances that scale to zero; serverless: CPU only, no instances"""

    instance_type: MlInstanceType | None = None
    """GPU type of an asynchronous endpoint"""

    max_instances: Annotated[int, Whole(1, 100, "instances")] | None = None
    """Instances that an asynchronous endpoint may go up to"""

    memory_mib: Annotated[int, OneOf(lambda: steps("serverless_memory"), "MiB of memory")] | None = None
    """Memory of a serverless endpoint"""

    max_concurrency: Annotated[int, Whole(1, 200, "requests at a time")] | None = None
    """Requests that a serverless endpoint takes at a time"""

    log_retention_days: LogRetentionDays = 30
    """How long what its containers log is kept"""


def mode(settings: Settings) -> Iterator[Broken]:
    """Each mode has its own two sizes, and no others."""
    endpoint = settings.burst_endpoint
    if endpoint is None:
        return
    for owner, keys in _MODE_KEYS.items():
        for key in keys:
            value = getattr(endpoint, key)
            if owner == endpoint.mode and value is None:
                yield Broken(("burst_endpoint", key), None, f"required with burst_endpoint.mode '{owner}'")
            if owner != endpoint.mode and value is not None:
                message = f"only with burst_endpoint.mode '{owner}', here it is '{endpoint.mode}'; remove this key"
                yield Broken(("burst_endpoint", key), value, message)


def burst_type(settings: Settings) -> Iterator[Broken]:
    """An asynchronous endpoint runs on a GPU type that the catalogue knows."""
    endpoint = settings.burst_endpoint
    if endpoint is None or endpoint.instance_type is None:
        return
    path, name = ("burst_endpoint", "instance_type"), endpoint.instance_type.removeprefix("ml.")
    known = load_instance_types().get(name)
    if known is None:
        guess = did_you_mean(endpoint.instance_type, [f"ml.{known}" for known in known_instance_types()])
        yield Broken(path, endpoint.instance_type, f"allowed: 'ml.' and a type of catalogue/instance-types.yaml{guess}")
    elif known.accelerator is None:
        yield Broken(
            path,
            endpoint.instance_type,
            "has no accelerator; CPU models take burst_endpoint.mode 'serverless'",
        )


def image_region(settings: Settings) -> Iterator[Broken]:
    """SageMaker pulls images from its own region only."""
    endpoint = settings.burst_endpoint
    if endpoint is not None and f".ecr.{settings.aws.region}." not in endpoint.image_uri:
        message = f"SageMaker pulls only from its own region; allowed: a repository of '{settings.aws.region}'"
        yield Broken(("burst_endpoint", "image_uri"), endpoint.image_uri, message)


def model_bucket(settings: Settings) -> Iterator[Broken]:
    """The endpoint's role reads the environment's own models, and nothing else."""
    endpoint = settings.burst_endpoint
    if endpoint is None:
        return
    platform = platform_name(settings.ownership.environment)
    models = bucket_name(platform, "models", settings.aws.account_id, settings.aws.region)
    if not endpoint.model_data_s3_uri.startswith(f"s3://{models}/"):
        message = f"the endpoint may read the environment's own models only; allowed: a key of 's3://{models}/'"
        yield Broken(("burst_endpoint", "model_data_s3_uri"), endpoint.model_data_s3_uri, message)


RULES = (mode, burst_type, image_region, model_bucket)
