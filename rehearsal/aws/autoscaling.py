"""Application Auto Scaling: scalable targets and scaling policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rehearsal.aws.account import Account, CloudError, NotEmulatedError
from rehearsal.aws.shapes import capitalised, shaped_like, uncapitalised
from rehearsal.aws.translation import Created, Emulated, Inputs, given, translates
from rehearsal.plan import Resource

_SERVICE: Final = "application-autoscaling"


@translates("aws:appautoscaling/target:Target")
class Target(Emulated):
    """The range within which something may be scaled; its id is the resource's."""

    loses = {"tagsAll": "moto drops the tags of a scalable target"}

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Register the target."""
        request = given(
            inputs,
            MinCapacity="minCapacity",
            MaxCapacity="maxCapacity",
            RoleARN="roleArn",
            Tags="tagsAll",
        )
        if inputs.get("suspendedState"):
            request["SuspendedState"] = capitalised(inputs["suspendedState"])
        try:
            answer = aws.call(_SERVICE, "register_scalable_target", **_scaled(inputs), **request)
        except CloudError as error:
            if error.code in ("ClusterNotFoundException", "ServiceNotFoundException"):
                raise NotEmulatedError(f"{inputs['resourceId']} stands outside the program") from error
            raise
        seen = _target(aws, inputs) or {}
        arn = answer.get("ScalableTargetARN") or seen.get("ScalableTargetARN") or _invented_arn(aws, inputs)
        outputs = {"arn": arn, "roleArn": inputs.get("roleArn") or seen.get("RoleARN"), "region": aws.region}
        return Created(inputs["resourceId"], outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the target."""
        inputs = resource.registration.inputs
        seen = _target(aws, inputs)
        return seen and {
            "resourceId": seen["ResourceId"],
            "serviceNamespace": seen["ServiceNamespace"],
            "scalableDimension": seen["ScalableDimension"],
            "minCapacity": seen["MinCapacity"],
            "maxCapacity": seen["MaxCapacity"],
            "roleArn": seen.get("RoleARN"),
            "suspendedState": shaped_like(inputs.get("suspendedState"), uncapitalised(seen.get("SuspendedState"))),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Deregister the target."""
        aws.call(_SERVICE, "deregister_scalable_target", **_scaled(resource.registration.inputs))


def _scaled(inputs: Inputs) -> dict[str, Any]:
    """Return what is scaled, and in which dimension."""
    return given(
        inputs,
        ServiceNamespace="serviceNamespace",
        ResourceId="resourceId",
        ScalableDimension="scalableDimension",
    )


def _target(aws: Account, inputs: Inputs) -> dict[str, Any] | None:
    found = aws.call(
        _SERVICE,
        "describe_scalable_targets",
        ServiceNamespace=inputs["serviceNamespace"],
        ResourceIds=[inputs["resourceId"]],
        ScalableDimension=inputs["scalableDimension"],
    )["ScalableTargets"]
    return found[0] if found else None


def _invented_arn(aws: Account, inputs: Inputs) -> str:
    place = f"{aws.region}:{aws.account_id}"
    return f"arn:aws:application-autoscaling:{place}:scalable-target/{inputs['resourceId'].replace('/', '-')}"


@translates("aws:appautoscaling/policy:Policy")
class Policy(Emulated):
    """When and how far a target is scaled; its id is its name."""

    _configurations: Final = {
        "targetTrackingScalingPolicyConfiguration": "TargetTrackingScalingPolicyConfiguration",
        "stepScalingPolicyConfiguration": "StepScalingPolicyConfiguration",
        "predictiveScalingPolicyConfiguration": "PredictiveScalingPolicyConfiguration",
    }

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Put the policy on its target."""
        request = {
            theirs: _configuration(inputs[ours]) for ours, theirs in self._configurations.items() if inputs.get(ours)
        }
        answer = aws.call(
            _SERVICE,
            "put_scaling_policy",
            PolicyName=inputs["name"],
            PolicyType=inputs.get("policyType") or "StepScaling",
            **_scaled(inputs),
            **request,
        )
        alarms = [alarm["AlarmARN"] for alarm in answer.get("Alarms", [])]
        outputs = {"arn": answer["PolicyARN"], "alarmArns": alarms, "region": aws.region}
        return Created(inputs["name"], outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the policy."""
        inputs = resource.registration.inputs
        found = aws.call(_SERVICE, "describe_scaling_policies", **_scaled(inputs), PolicyNames=[resource.id])[
            "ScalingPolicies"
        ]
        found = [policy for policy in found if policy["PolicyName"] == resource.id]
        if not found:
            return None
        seen = found[0]
        return {
            "name": seen["PolicyName"],
            "policyType": seen["PolicyType"],
            "resourceId": seen["ResourceId"],
            "serviceNamespace": seen["ServiceNamespace"],
            "scalableDimension": seen["ScalableDimension"],
            **{
                ours: shaped_like(inputs[ours], _seen_configuration(seen.get(theirs)))
                for ours, theirs in self._configurations.items()
                if inputs.get(ours)
            },
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the policy."""
        scaled = _scaled(resource.registration.inputs)
        aws.call(_SERVICE, "delete_scaling_policy", PolicyName=resource.id, **scaled)


_BOUNDS: Final = ("metricIntervalLowerBound", "metricIntervalUpperBound")


def _configuration(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return a policy's configuration as the API wants it: the provider has the bounds of steps as text."""
    steps = [
        {key: float(value) if key in _BOUNDS else value for key, value in step.items()}
        for step in asked.get("stepAdjustments") or []
    ]
    return capitalised({**asked, **({"stepAdjustments": steps} if steps else {})})


def _seen_configuration(seen: Mapping[str, Any] | None) -> dict[str, Any]:
    described = uncapitalised(seen or {})
    for step in described.get("stepAdjustments") or []:
        for bound in _BOUNDS:
            if step.get(bound) is not None:
                step[bound] = f"{step[bound]:g}"
    return described
