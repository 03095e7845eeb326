"""Every VPC keeps flow logs."""

from __future__ import annotations

from collections.abc import Iterator

from policies.policy import EnforcementLevel, PolicyConfigSchema, Severity, StackPolicy, Violation, each
from policies.reading import Properties
from policies.resources import Resource, Stack

FLOW_LOG = "aws:ec2/flowLog:FlowLog"


def validate(stack: Stack, configuration: Properties) -> Iterator[Violation]:
    """Look for the flow log of each VPC."""
    yield from each(stack.of_type("aws:ec2/vpc:Vpc"), lambda vpc: _unlogged(stack, vpc, configuration))


def _unlogged(stack: Stack, vpc: Resource, configuration: Properties) -> Iterator[Violation]:
    wanted = configuration.texts("traffic_types")
    logs = stack.referring(vpc, "vpcId", FLOW_LOG, names=("id",))
    if not logs:
        yield Violation("keeps no flow logs", "give it a FlowLog", resource=vpc)
    elif not any(log.properties.text("trafficType") in wanted for log in logs):
        fault = f"keeps flow logs of {logs[0].properties.text('trafficType') or 'no traffic'} alone"
        yield Violation(fault, f"set trafficType to {' or '.join(wanted)}", "trafficType", logs[0])


POLICY = StackPolicy(
    name="networks-keep-flow-logs",
    description="Every VPC keeps flow logs.",
    severity=Severity.MEDIUM,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "traffic_types": {
                "type": "array",
                "items": {"type": "string", "enum": ["ACCEPT", "REJECT", "ALL"]},
                "description": "Kinds of traffic of which logs may be kept.",
                "default": ["ALL"],
            }
        }
    ),
    validate=validate,
)
