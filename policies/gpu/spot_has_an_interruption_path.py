"""Where nodes may be taken away, their notice reaches somebody, and pods know that they may be."""

from __future__ import annotations

from collections.abc import Iterator

from policies.configuration import texts
from policies.policy import EnforcementLevel, PolicyConfigSchema, Severity, StackPolicy, Violation, each
from policies.pools import Machines, machines_in
from policies.reading import Properties, Undecided
from policies.resources import Resource, Stack

RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
QUEUE = "aws:sqs/queue:Queue"


def validate(stack: Stack, configuration: Properties) -> Iterator[Violation]:
    """Look at the spot nodes, then at the notices that EC2 gives of them."""
    spot: list[Machines] = []
    for machines in machines_in(stack):
        yield from each([machines], lambda one: _marked(one, spot, configuration), machines.resource)
    rules = stack.of_type(RULE)
    for notice in configuration.texts("notices") if spot else ():
        found: list[Resource] = []
        yield from each(rules, lambda one: _of_notice(one, notice, found))  # noqa: B023 - called at once
        if not any(_reaches_a_queue(stack, rule) for rule in found):
            seen = (
                f"{', '.join(rule.name for rule in found)} feeds no queue" if found else "there is no such event rule"
            )
            yield Violation(
                f"{spot[0].resource.name} may be on spot capacity, and nobody hears of {notice!r}: {seen}",
                "add an event rule of that detail-type whose target is the interruption queue",
                resource=found[0] if found else None,
            )


def _marked(machines: Machines, spot: list[Machines], configuration: Properties) -> Iterator[Violation]:
    if not machines.spot or not machines.on_cluster:
        return
    spot.append(machines)
    key = configuration.text("interruptible") or ""
    if not any(taint.key == key and taint.keeps_off for taint in machines.taints):
        yield Violation(
            f"may be on spot capacity without the taint {key}",
            f"add the taint {key}=true:NoSchedule, or leave spot capacity out",
            machines.taints_path,
            machines.resource,
        )
    if machines.labels.entry(key) != "true":
        yield Violation(
            f"may be on spot capacity without the label {key}=true",
            f"add the label {key}=true, or leave spot capacity out",
            machines.labels.path,
            machines.resource,
        )


def _of_notice(rule: Resource, notice: str, found: list[Resource]) -> Iterator[Violation]:
    yield from ()
    state = rule.properties.text("state")
    pattern = rule.properties.document("eventPattern")
    if (
        notice in pattern.texts("detail-type")
        and state not in ("DISABLED",)
        and rule.properties.flag("isEnabled") is not False
    ):
        found.append(rule)


def _reaches_a_queue(stack: Stack, rule: Resource) -> bool:
    return any(_is_queue(stack, target) for target in stack.referring(rule, "rule", TARGET, names=("name",)))


def _is_queue(stack: Stack, target: Resource) -> bool:
    if any(referred.type == QUEUE for referred in stack.referred(target, "arn")):
        return True
    try:
        return ":sqs:" in (target.properties.text("arn") or "")
    except Undecided:
        return False


POLICY = StackPolicy(
    name="spot-has-an-interruption-path",
    description="EC2's notices about spot capacity reach a queue, and spot nodes are marked as interruptible.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "notices": texts(
                "Detail-types of the events that must reach a queue.",
                ["EC2 Spot Instance Interruption Warning", "EC2 Instance Rebalance Recommendation"],
            ),
            "interruptible": {
                "type": "string",
                "description": "Key of the taint and label of nodes that may be taken away.",
                "default": "llm-platform/interruptible",
            },
        }
    ),
    validate=validate,
)
