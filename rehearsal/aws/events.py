"""EventBridge: rules and their targets."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Final

from rehearsal.aws.account import Account, CloudError, NotEmulatedError
from rehearsal.aws.shapes import capitalised, existing, tag_map, uncapitalised
from rehearsal.aws.translation import Created, Emulated, Inputs, given, tag_list, translates
from rehearsal.plan import Resource

_DEFAULT_BUS: Final = "default"


def _bus(inputs: Inputs) -> dict[str, str]:
    return {"EventBusName": inputs.get("eventBusName") or _DEFAULT_BUS}


@translates("aws:cloudwatch/eventRule:EventRule")
class EventRule(Emulated):
    """A rule that matches events or ticks on a schedule."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Put the rule."""
        state = inputs.get("state") or ("DISABLED" if inputs.get("isEnabled") is False else "ENABLED")
        answer = aws.call(
            "events",
            "put_rule",
            State=state,
            Tags=tag_list(inputs),
            **_bus(inputs),
            **given(
                inputs,
                Name="name",
                Description="description",
                EventPattern="eventPattern",
                ScheduleExpression="scheduleExpression",
                RoleArn="roleArn",
            ),
        )
        bus, name = inputs.get("eventBusName") or _DEFAULT_BUS, inputs["name"]
        outputs = {
            "arn": answer["RuleArn"],
            "name": name,
            "region": aws.region,
            "state": state,
            "eventBusName": bus,
        }
        return Created(name if bus == _DEFAULT_BUS else f"{bus}/{name}", outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the rule."""
        inputs = resource.registration.inputs
        rule = existing(aws, "events", "describe_rule", Name=resource.outputs["name"], **_bus(inputs))
        if rule is None:
            return None
        tags = aws.call("events", "list_tags_for_resource", ResourceARN=rule["Arn"])["Tags"]
        return {
            "name": rule["Name"],
            "description": rule.get("Description"),
            "eventPattern": rule.get("EventPattern"),
            "scheduleExpression": rule.get("ScheduleExpression"),
            "roleArn": rule.get("RoleArn"),
            "state": rule["State"],
            "eventBusName": rule.get("EventBusName"),
            "tagsAll": tag_map(tags),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the rule, which must have no targets left."""
        bus = _bus(resource.registration.inputs)
        aws.call("events", "delete_rule", Name=resource.outputs["name"], **bus)


@translates("aws:cloudwatch/eventTarget:EventTarget")
class EventTarget(Emulated):
    """What a rule sends its events to."""

    _parameters: Final = {
        "arn": "Arn",
        "roleArn": "RoleArn",
        "input": "Input",
        "inputPath": "InputPath",
        "sqsTarget": "SqsParameters",
        "retryPolicy": "RetryPolicy",
        "deadLetterConfig": "DeadLetterConfig",
        "inputTransformer": "InputTransformer",
        "kinesisTarget": "KinesisParameters",
    }
    _spelling: Final = {"inputPaths": "InputPathsMap", "maximumEventAgeInSeconds": "MaximumEventAgeInSeconds"}

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Put the one target."""
        own = {"rule", "eventBusName", "targetId", "forceDestroy", "region"}
        unknown = sorted(set(inputs) - set(self._parameters) - own)
        if unknown:
            raise NotEmulatedError(f"a target's {', '.join(unknown)} are not translated")
        target_id = inputs.get("targetId") or f"terraform-{random.getrandbits(104):026x}"
        target = {"Id": target_id}
        for key, parameter in self._parameters.items():
            if inputs.get(key) is not None:
                target[parameter] = capitalised(inputs[key], frozenset({"inputPaths"}), **self._spelling)
        answer = aws.call("events", "put_targets", Rule=inputs["rule"], Targets=[target], **_bus(inputs))
        for refused in answer["FailedEntries"]:
            raise CloudError("events", "put_targets", refused["ErrorCode"], refused["ErrorMessage"])
        bus = inputs.get("eventBusName") or _DEFAULT_BUS
        id_ = f"{inputs['rule']}-{target_id}"
        outputs = {"targetId": target_id, "eventBusName": bus, "region": aws.region}
        return Created(id_ if bus == _DEFAULT_BUS else f"{bus}-{id_}", outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Find the target among those of its rule."""
        inputs = resource.registration.inputs
        found = existing(aws, "events", "list_targets_by_rule", Rule=inputs["rule"], **_bus(inputs))
        for target in found["Targets"] if found else []:
            if target["Id"] == resource.outputs["targetId"]:
                seen = {
                    key: uncapitalised(target.get(parameter), frozenset({"inputPaths"}), **self._spelling)
                    for key, parameter in self._parameters.items()
                }
                return {"rule": inputs["rule"], "targetId": target["Id"], **seen}
        return None

    def delete(self, aws: Account, resource: Resource) -> None:
        """Remove the target."""
        inputs = resource.registration.inputs
        ids = [resource.outputs["targetId"]]
        aws.call("events", "remove_targets", Rule=inputs["rule"], Ids=ids, **_bus(inputs))
