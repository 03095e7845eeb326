"""GPUs and other accelerators are asked for whole, and as a limit."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import partial

from policies.configuration import texts
from policies.pod_security import any_matches
from policies.pods import WORKLOADS, Pod, pods_of
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.quantities import quantity
from policies.reading import Properties, Undecided
from policies.releases import RELEASES, release_of
from policies.resources import Resource


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at containers, and at blocks of resources in a chart's values."""
    patterns = configuration.texts("resources")
    if release := release_of(resource):
        yield from each(release.blocks("resources"), lambda block: _judge(block, patterns))
    else:
        yield from each(pods_of(resource), lambda pod: _in_pod(pod, patterns))


def _in_pod(pod: Pod, patterns: list[str]) -> Iterator[Violation]:
    yield from each(pod.declared(), lambda container: _judge(container.inner("resources"), patterns))


def _judge(resources: Properties, patterns: list[str]) -> Iterator[Violation]:
    limits, requests = resources.inner("limits"), resources.inner("requests")
    names = sorted({name for name in (*limits.keys(), *requests.keys()) if any_matches(patterns, name)})
    yield from each(names, lambda name: _of_one(name, limits, requests))


def _of_one(name: str, limits: Properties, requests: Properties) -> Iterator[Violation]:
    try:
        limit, request = quantity(limits, name), quantity(requests, name)
    except Undecided:
        yield from each((limits, requests), partial(_divided, name))
        return
    yield from each((limits, requests), partial(_divided, name))
    if limit is None:
        yield Violation(
            f"requests {name} without a limit", "give the limit, which is the request too", requests.at(name)
        )
    if limit is not None and request is not None and limit != request:
        fault = f"requests {_plain(request)} of {name} and has a limit of {_plain(limit)}"
        yield Violation(fault, "give the same number twice, or the limit alone", requests.at(name))


def _divided(name: str, given: Properties) -> Iterator[Violation]:
    amount = quantity(given, name)
    if amount is not None and (amount < 0 or amount != amount.to_integral_value()):
        yield Violation(f"asks for {_plain(amount)} of {name}", "give a whole number", given.at(name))


def _plain(amount: Decimal) -> str:
    return format(amount, "f")


POLICY = ResourcePolicy(
    name="gpu-requests-equal-limits",
    description="GPUs and other accelerators are asked for in whole numbers, with a request equal to the limit.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "resources": texts(
                "Extended resources that can't be divided or overcommitted; `*` for anything.",
                [
                    "nvidia.com/gpu*",
                    "nvidia.com/mig-*",
                    "aws.amazon.com/neuron*",
                    "amd.com/gpu",
                    "gpu.intel.com/*",
                    "habana.ai/gaudi",
                    "vpc.amazonaws.com/efa",
                ],
            )
        }
    ),
    types=(*WORKLOADS, *RELEASES),
    validate=validate,
)
