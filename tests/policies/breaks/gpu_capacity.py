"""What breaks the policies of spot capacity, reservations and EFA."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from policies import clock
from tests.policies.breaking import ABSENT, Break, Instead, Mutation, Only, With, Without
from tests.policies.sample import TAGS, UNKNOWN, Sample
from tests.policies.samples.gpu import KEY, METADATA_OPTIONS, SAMPLES, SPOT

LABEL = "labels.[llm-platform/{}]"

RESERVING = "capacityReservationSpecification"

GROUP_ARN = "capacityReservationResourceGroupArn"

REQUIREMENTS = "spec.template.spec.requirements"
TODAY, LAST = clock.today().isoformat(), (clock.today() + timedelta(days=400)).isoformat()

FLOOR_ON_SPOT = {"llm-platform/pool": "spot", "llm-platform/on-demand-floor": "group-spot-2", **SPOT}


def _named(name: str) -> Sample:
    return next(sample for sample in SAMPLES if sample.name == name)


def _in_group(name: str, more: Mapping[str, Any]) -> Sample:
    """Return a further node group like one of the samples."""
    like = _named(name)
    return like.changed(name=f"{name}-2", inputs={**like.inputs, **more})


def _in_subnets(name: str, *subnets: str) -> Instead:
    """Put a group in subnets that are not known before the update."""
    return Instead(
        name,
        lambda each: each.changed(
            inputs={**each.inputs, "subnetIds": [UNKNOWN for _ in subnets]},
            refers={**each.refers, "subnetIds": subnets},
        ),
        f"in {subnets}, whose ids are not known yet",
    )


TWO_TYPES = [{"key": "node.kubernetes.io/instance-type", "operator": "In", "values": ["g6.2xlarge", "g5.2xlarge"]}]

ONLY_SPOT = {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot"]}

EITHER = {"key": "karpenter.sh/capacity-type", "operator": "NotIn", "values": ["reserved"]}

FAMILIES = {"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": ["g6"]}

FEW_TYPES = ["spot-groups-have-several-types"]
"""Machines that are on demand elsewhere have fewer types than spot capacity needs."""


def _like(name: str, other: str, outputs: Mapping[str, Any], more: Mapping[str, Any] | None = None) -> Sample:
    """Return a further sample like one of the samples, which nothing refers to."""
    like = _named(name)
    return like.changed(name=other, inputs={**like.inputs, **(more or {})}, outputs={**outputs})


OTHER_TYPES = [{"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": ["m99"]}]
RESERVED = {"capacity_label": "llm-platform/pool", "reserved": "inference"}
OF_TEMPLATE = ["imdsv2-only", "volumes-use-customer-keys"]
"""What a launch template says of the machines."""


def _at_unknown(name: str, of: str) -> Instead:
    """Let a target be what another resource makes, which is not known before the update."""
    return Instead(
        name,
        lambda each: each.changed(inputs={**each.inputs, "arn": UNKNOWN}, refers={**each.refers, "arn": [of]}),
        f"at {of}",
    )


def _without_references(name: str, **inputs: Any) -> Instead:
    """Leave out what the engine knows of references, so that values alone say them."""
    return Instead(
        name,
        lambda each: each.changed(inputs={**each.inputs, **inputs}, refers={}),
        f"without dependencies, with {inputs}",
    )


BREAKS: Mapping[str, Sequence[Mutation]] = {
    "spot-groups-have-several-types": [
        Break("group-spot", "instanceTypes", [ABSENT, None, [], ["g6e.12xlarge"], ["g6e.12xlarge", "g5.12xlarge"]]),
        Break("group-spot", "instanceTypes.1", ["g6e.12xlarge"]),
        Break(
            "nodes-spot", "spec.template.spec.requirements.2.values", [["g6e.2xlarge"], ["g6.2xlarge", "g5.2xlarge"]]
        ),
        Break(
            "nodes-spot", "spec.template.spec.requirements", [[*TWO_TYPES, ONLY_SPOT], TWO_TYPES, [*TWO_TYPES, EITHER]]
        ),
    ],
    "spot-has-an-interruption-path": [
        Without("rule-of-interruption"),
        Without("rule-of-rebalance"),
        Without("target-of-interruption"),
        Without("target-of-rebalance"),
        Break(
            "rule-of-interruption",
            "eventPattern.json!.detail-type",
            [["EC2 Instance State-change Notification"], ABSENT, []],
        ),
        Break("rule-of-rebalance", "eventPattern", [ABSENT, "{}"]),
        Break("rule-of-interruption", "isEnabled", [False]),
        Instead(
            "rule-of-rebalance", lambda rule: rule.changed(outputs={**rule.outputs, "state": "DISABLED"}), "disabled"
        ),
        Instead(
            "target-of-interruption",
            lambda target: target.changed(
                inputs={**target.inputs, "arn": "arn:aws:lambda:us-east-1:333344445555:function:notice"},
                refers={"rule": ["rule-of-interruption"]},
            ),
            "that is no queue",
        ),
        _at_unknown("target-of-interruption", "topic-alerts"),
        Break(
            "group-spot", "taints.1", [ABSENT, {"effect": "PREFER_NO_SCHEDULE", "key": "llm-platform/interruptible"}]
        ),
        Break("group-spot", LABEL.format("interruptible"), [ABSENT, None, "false"]),
        Break("nodes-spot", "spec.template.spec.taints.1", [ABSENT]),
        Break("nodes-spot", "spec.template.metadata.labels.[llm-platform/interruptible]", [ABSENT, "false"]),
        Break("nodes-system", "spec.template.spec.requirements.0.values", [["spot", "on-demand"]], also=FEW_TYPES),
        Break(
            "nodes-system",
            "spec.template.spec.requirements.0",
            [{"key": "kubernetes.io/os", "operator": "Exists"}],
            also=FEW_TYPES,
        ),
    ],
    "served-models-have-an-on-demand-floor": [
        With(_in_group("group-spot", {"labels": FLOOR_ON_SPOT, "scalingConfig": {"minSize": 1, "maxSize": 1}})),
        Break("release-model-on-spot", "values.onDemandFloor", [ABSENT, None, 0]),
        Break(
            "group-spot", LABEL.format("on-demand-floor"), [ABSENT, None, "", "nobody", "group-spot", "group-training"]
        ),
        Break("group-inference", "scalingConfig.minSize", [ABSENT, 0]),
        Without("group-inference"),
    ],
    "efa-stays-in-one-zone-and-group": [
        Break("template-reserved", "monitoring", [{}], configuration={"reservation_suffices": False}),
        Break("template-training", "placement", [ABSENT, None, {}, {"tenancy": "default"}]),
        Break("placement-of-training", "strategy", [ABSENT, "spread", "partition"]),
        Break("group-training", "subnetIds", [["subnet-private-a", "subnet-private-b"]]),
        Break("group-reserved", "subnetIds", [["subnet-private-a", "subnet-private-b"]]),
        Break("group-training", "subnetIds", [["subnet-private", "subnet-private-b"]]),
        Break("group-training", "subnetIds", [["subnet-private", "subnet-of-another-stack"]]),
        _in_subnets("group-training", "subnet-private", "subnet-private-b"),
        Break(
            "template-inference", "networkInterfaces", [[{"interfaceType": "efa"}], [{}, {"interfaceType": "efa-only"}]]
        ),
    ],
    "capacity-reservations-are-used": [
        Break("nodes-reserved", f"{REQUIREMENTS}.0.values", [["on-demand"]]),
        Break("nodes-reserved", "spec.template.spec.nodeClassRef.name", ["machines"]),
        Break("class-reserved", "spec.capacityReservationSelectorTerms.0.id", ["cr-other"]),
        Break("class-reserved", "spec.capacityReservationSelectorTerms", [ABSENT, []]),
        Break(
            "template-reserved",
            RESERVING,
            [{"capacityReservationPreference": "open", "capacityReservationTarget": {GROUP_ARN: "arn"}}],
        ),
        Break("reservation-of-training", "instanceMatchCriteria", [ABSENT, None, "open"]),
        Without("template-reserved"),
        With(_like("reservation-of-training", "reservation-of-nobody", {"id": "cr-nobody"})),
        With(
            Sample(
                "aws:ec2/capacityBlockReservation:CapacityBlockReservation", "block-of-nobody", {}, {"id": "cr-block"}
            )
        ),
        Break("template-system", "instanceMarketOptions", [{"marketType": "capacity-block"}]),
        Break(
            "template-reserved",
            "capacityReservationSpecification.capacityReservationPreference",
            ["open", "none"],
        ),
        With(_like("template-reserved", "template-of-nobody", {"id": "lt-of-nobody"}, {"networkInterfaces": []})),
        Break(
            "class-machines", "spec.capacityReservationSelectorTerms", [[{"id": "cr-training"}], [{"tags": {"a": "b"}}]]
        ),
        Break("group-inference", "capacityType", ["CAPACITY_BLOCK"]),
        Break("group-inference", LABEL.format("capacity"), ["reserved"]),
        replace(_without_references("group-inference", launchTemplate=None), also=OF_TEMPLATE, configuration=RESERVED),
        Break(
            "group-inference",
            "launchTemplate",
            [ABSENT],
            also=["imdsv2-only", "volumes-use-customer-keys"],  # which stand in the template
            configuration={"capacity_label": "llm-platform/pool", "reserved": "inference"},
        ),
    ],
}

ALLOWED: Mapping[str, Sequence[Mutation]] = {
    "spot-groups-have-several-types": [
        Break("nodes-spot", "spec.template.spec.requirements", [[FAMILIES, ONLY_SPOT]]),
        Break(
            "nodes-spot",
            "spec.template.spec.requirements",
            [[*OTHER_TYPES, ONLY_SPOT]],
            also=["expensive-types-are-approved"],  # there are no facts of them
        ),
    ],
    "spot-has-an-interruption-path": [
        _at_unknown("target-of-interruption", "queue-batch"),
        Only("subnet-private"),
        _without_references("target-of-interruption"),
        With(
            Sample(
                "aws:ec2/instance:Instance",
                "instance-on-spot",
                {
                    "instanceType": "m7i.large",
                    "subnetId": "subnet-private",
                    "tags": TAGS,
                    "instanceMarketOptions": {"marketType": "spot"},
                    "metadataOptions": METADATA_OPTIONS,
                    "rootBlockDevice": {"encrypted": True, "kmsKeyId": KEY},
                },
            )
        ),
    ],
    "served-models-have-an-on-demand-floor": [
        Break("group-inference", "scalingConfig.minSize", [1]),
        Break("group-inference", LABEL.format("pool"), ["spot"]),
        Break("group-spot", LABEL.format("on-demand-floor"), ["group"], configuration={"suffix": "-inference"}),
        Break("release-model-on-spot", "values.onDemandFloor", [1]),
        Break("release-experiments", "values.pool", ["spot"]),
        With(_in_group("group-spot", {"labels": {"llm-platform/pool": "batch", **SPOT}})),
    ],
    "efa-stays-in-one-zone-and-group": [
        With(Sample("aws:ec2/placementGroup:PlacementGroup", "placement-of-others", {"strategy": "spread"})),
        Break("template-training", "placement", [{"groupId": "pg-training"}]),
        Break("template-inference", "networkInterfaces", [[{"interfaceType": "interface"}], []]),
        Break("group-training", "subnetIds", [["subnet-private", "subnet-database-a"]]),  # of one zone
        _in_subnets("group-training", "subnet-private", "subnet-database-a"),
        _in_subnets("group-training", "subnet-private", "subnet-database-a", "vpc"),
    ],
    "capacity-reservations-are-used": [
        Break(
            "template-reserved", f"{RESERVING}.capacityReservationTarget", [{GROUP_ARN: "arn:aws:resource-groups:any"}]
        ),
        Break("template-reserved", f"{RESERVING}.capacityReservationPreference", ["capacity-reservations-only"]),
        Break("template-reserved", "instanceMarketOptions", [{"marketType": "capacity-block"}]),
        Break("template-inference", RESERVING, [{"capacityReservationPreference": "open"}]),
        Break("nodes-reserved", f"{REQUIREMENTS}.0.values", [["reserved", "on-demand"]]),
        _without_references("template-reserved"),
        With(
            Sample(
                "aws:ec2/capacityBlockReservation:CapacityBlockReservation",
                "block-of-training",
                {},
                {"id": "cr-other", "capacityReservationId": "cr-training"},
            )
        ),
        replace(
            _without_references("group-inference", launchTemplate={"id": "lt-of-another-stack", "version": "1"}),
            configuration=RESERVED,
        ),
    ],
}
