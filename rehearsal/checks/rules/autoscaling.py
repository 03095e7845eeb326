"""What Application Auto Scaling refuses in targets and policies."""

from __future__ import annotations

import re

from rehearsal.checks.reading import is_absent, is_given, items, mappings, number, of, text, texts
from rehearsal.checks.rule import Broken, rule
from rehearsal.checks.world import World
from rehearsal.plan import UNKNOWN, Registration, Resource

TARGET, POLICY = "aws:appautoscaling/target:Target", "aws:appautoscaling/policy:Policy"
REGISTER = "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html"
PUT_POLICY = "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
_RESOURCE = re.compile(r"endpoint/([^/]+)/variant/([^/]+)|inference-component/[^/]+")
_CONFIGURATIONS = {
    "StepScaling": "stepScalingPolicyConfiguration",
    "TargetTrackingScaling": "targetTrackingScalingPolicyConfiguration",
    "PredictiveScaling": "predictiveScalingPolicyConfiguration",
}


@rule(TARGET, source=REGISTER)
def capacity(r: Registration, _: World) -> Broken:
    """0 <= minimum <= maximum; only some dimensions, SageMaker variants among them, go to zero."""
    low, high = number(r, "minCapacity"), number(r, "maxCapacity")
    if low is not None and low < 0:
        yield "minCapacity", f"{low} is negative"
    if low is not None and high is not None and low > high:
        yield "minCapacity", f"{low} is above maxCapacity {high}"


@rule(TARGET, POLICY, source=REGISTER)
def dimension(r: Registration, world: World) -> Broken:
    """The dimension is of the namespace, and the resource id of its form and of an endpoint that stands."""
    namespace = text(r, "serviceNamespace")
    for at, value in texts(r, "scalableDimension"):
        if namespace and value.partition(":")[0] != namespace:
            yield at, f"{value} is not a dimension of {namespace}"
    for at, value in texts(r, "resourceId") if namespace == "sagemaker" else ():
        match = _RESOURCE.fullmatch(value)
        if match is None:
            yield at, f"{value!r} is not of the form endpoint/name/variant/name"
        elif match[1] and not world.is_external(match[1]):
            endpoint = world.named(ENDPOINT, match[1])
            variants = _variants(endpoint, world) if endpoint else None
            if endpoint is None:
                yield at, f"no endpoint {match[1]} stands in the program"
            elif variants and match[2] not in variants:
                yield at, f"endpoint {match[1]} has no variant {match[2]}; it has {', '.join(sorted(variants))}"


def _variants(endpoint: Resource, world: World) -> set[str] | None:
    """Return the names of an endpoint's variants, or None where one of them is not known."""
    configuration = world.named(CONFIGURATION, str(of(endpoint.outputs, "endpointConfigName")))
    listed = of(configuration.registration.inputs, "productionVariants") if configuration else None
    if not isinstance(listed, list):
        return None
    names = {of(variant, "variantName") if isinstance(variant, dict) else None for variant in listed}
    return {name for name in names if isinstance(name, str)} if None not in names else None


@rule(POLICY, source=PUT_POLICY)
def registered(r: Registration, world: World) -> Broken:
    """A policy is for a target that is registered."""
    value = text(r, "resourceId")
    targets = [of(target.outputs, "resourceId") for target in world.of_type(TARGET)]
    if value and value not in targets and None not in targets:
        yield "resourceId", f"{value} is no registered target"


@rule(POLICY, source=PUT_POLICY)
def configuration(r: Registration, _: World) -> Broken:
    """A policy has the configuration of its type, with one metric or with steps."""
    kind = text(r, "policyType") or ("StepScaling" if is_absent(r, "policyType") else "")
    needed = _CONFIGURATIONS.get(kind)
    for name in _CONFIGURATIONS.values():
        if needed == name and is_absent(r, name):
            yield name, f"is missing; the policy is of type {kind}"
        if needed is not None and needed != name and is_given(r, name):
            yield name, f"does not go with type {kind}"
    for at, tracking in mappings(r, "targetTrackingScalingPolicyConfiguration"):
        if tracking.get("targetValue") is None:
            yield f"{at}.targetValue", "is missing"
        metrics = [
            key for key in ("customizedMetricSpecification", "predefinedMetricSpecification") if tracking.get(key)
        ]
        if len(metrics) != 1:
            yield at, "a policy tracks exactly one of a customized and a predefined metric"
    if items(r, "stepScalingPolicyConfiguration.stepAdjustments") == []:
        yield "stepScalingPolicyConfiguration.stepAdjustments", "is empty"
    for at, step in mappings(r, "stepScalingPolicyConfiguration.stepAdjustments[]"):
        low, high = (_bound(step.get(f"metricInterval{end}Bound")) for end in ("Lower", "Upper"))
        if low is not None and high is not None and low >= high:
            yield f"{at}.metricIntervalLowerBound", f"{low} is not below the upper bound {high}"


def _bound(value: object) -> float | None:
    if value is UNKNOWN or not isinstance(value, str | int | float):
        return None
    try:
        return float(value)
    except ValueError:
        return None
