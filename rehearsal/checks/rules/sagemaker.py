"""What SageMaker refuses in models and endpoint configurations."""

from __future__ import annotations

import re

from rehearsal.checks.reading import is_absent, is_given, items, mappings, of, texts
from rehearsal.checks.rule import Broken, exactly_one, one_of, rule
from rehearsal.checks.world import World
from rehearsal.plan import Registration

MODEL, CONFIGURATION = (
    "aws:sagemaker/model:Model",
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
)
SERVERLESS_MEMORY = (1024, 2048, 3072, 4096, 5120, 6144)
CREATE_MODEL = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html"
_IMAGE = re.compile(
    r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/[a-z0-9._/-]+(?::[\w.-]{1,128})?(?:@sha256:[0-9a-f]{64})?"
)


@rule(MODEL, source=CREATE_MODEL)
def containers(r: Registration, world: World) -> Broken:
    """A model has one container or a list of them, each with an image in ECR or a model package."""
    yield from exactly_one(r, ("primaryContainer", "containers"), "a model")
    for path in ("primaryContainer", "containers[]"):
        for at, container in mappings(r, path):
            if not any(container.get(name) for name in ("image", "modelPackageName")):
                yield f"{at}.image", "is missing, and so is modelPackageName"
            private = isinstance(container.get("imageConfig"), dict)
            image = of(container, "image")
            if isinstance(image, str) and not private and not _IMAGE.fullmatch(image):
                yield (
                    f"{at}.image",
                    f"{image!r} is not an image in ECR: account.dkr.ecr.region.amazonaws.com/name:tag",
                )
            if isinstance(image, str) and ".dkr.ecr." in image and f".{world.region}." not in image:
                yield f"{at}.image", f"{image} is in another region than {world.region}"
    for at, url in texts(r, "primaryContainer.modelDataUrl"):
        if not url.startswith("s3://"):
            yield at, f"{url} is not an address in S3"


_LOCATIONS = (
    (MODEL, "primaryContainer.modelDataUrl"),
    (MODEL, "primaryContainer.modelDataSource.s3DataSources[].s3Uri"),
    (CONFIGURATION, "asyncInferenceConfig.outputConfig.s3OutputPath"),
    (CONFIGURATION, "asyncInferenceConfig.outputConfig.s3FailurePath"),
    (CONFIGURATION, "dataCaptureConfig.destinationS3Uri"),
)


@rule(
    MODEL,
    CONFIGURATION,
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-create-endpoint.html",
)
def locations(r: Registration, world: World) -> Broken:
    """An address in S3 is in a bucket that the program makes or that is declared external."""
    for type_, path in _LOCATIONS:
        for at, url in texts(r, path) if type_ == r.type else ():
            match = re.fullmatch(r"s3://([^/]+)(/.*)?", url)
            if match is None:
                yield at, f"{url!r} is not an address in S3: s3://bucket/path"
                continue
            bucket = match[1]
            stands = world.named("aws:s3/bucket:Bucket", bucket) is not None
            if not stands and not any(
                world.is_external(name) for name in (url, bucket, f"s3://{bucket}", f"arn:aws:s3:::{bucket}")
            ):
                yield at, f"no bucket {bucket} stands in the program, and none is declared external"


@rule(
    CONFIGURATION,
    source="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html",
)
def variants(r: Registration, _: World) -> Broken:
    """A variant is either serverless or on instances, and asynchronous inference is not serverless."""
    asynchronous = is_given(r, "asyncInferenceConfig")
    for at, variant in mappings(r, "productionVariants[]"):
        serverless = variant.get("serverlessConfig")
        on_instances = [key for key in ("instanceType", "initialInstanceCount") if variant.get(key) is not None]
        if serverless and on_instances:
            yield f"{at}.{on_instances[0]}", "a serverless variant has no instances"
        if not serverless and variant.get("instanceType") is None:
            yield f"{at}.instanceType", "is missing, and the variant is not serverless"
        if serverless and asynchronous:
            yield "asyncInferenceConfig", "asynchronous inference does not go with a serverless variant"
        count = of(variant, "initialInstanceCount")
        if isinstance(count, int) and count < 1:
            yield f"{at}.initialInstanceCount", f"{count} is not allowed; at least 1"
        if isinstance(serverless, dict):
            yield from _serverless(f"{at}.serverlessConfig", serverless)
    if items(r, "productionVariants") == []:
        yield "productionVariants", "is empty"
    if asynchronous and is_absent(r, "asyncInferenceConfig.outputConfig"):
        yield (
            "asyncInferenceConfig.outputConfig",
            "is missing; asynchronous inference writes its answers to S3",
        )


def _serverless(at: str, config: dict[str, object]) -> Broken:
    memory, most, kept = (of(config, key) for key in ("memorySizeInMb", "maxConcurrency", "provisionedConcurrency"))
    if memory is not None and memory not in SERVERLESS_MEMORY:
        yield f"{at}.memorySizeInMb", one_of(memory, SERVERLESS_MEMORY)
    if isinstance(most, int) and isinstance(kept, int) and kept > most:
        yield f"{at}.provisionedConcurrency", f"{kept} is above maxConcurrency {most}"
