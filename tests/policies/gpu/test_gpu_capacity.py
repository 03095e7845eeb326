"""What mutants don't say of the policies on machines: messages, configuration, what passes, what is not known yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from policies import clock
from policies.gpu.capacity_reservations_are_used import POLICY as RESERVATIONS
from policies.gpu.efa_stays_in_one_zone_and_group import POLICY as EFA
from policies.gpu.expensive_types_are_approved import POLICY as APPROVED
from policies.gpu.served_models_have_an_on_demand_floor import POLICY as FLOOR
from policies.gpu.spot_groups_have_several_types import POLICY as SEVERAL
from policies.gpu.spot_has_an_interruption_path import POLICY as PATH
from policies.policy import Judgement, StackPolicy
from tests.policies.sample import UNKNOWN, Sample, stack_of
from tests.policies.samples.gpu import SAMPLES

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
NAMED = {sample.name: sample for sample in SAMPLES}


def changed(name: str, refers: Mapping[str, Any] | None = None, **inputs: Any) -> Sample:
    sample = NAMED[name]
    return sample.changed(inputs={**sample.inputs, **inputs}, refers={**sample.refers, **(refers or {})})


def judged(policy: StackPolicy, *samples: Sample, **configuration: Any) -> Judgement:
    return policy.judge(stack_of(samples), policy.configuration(configuration))


def faults(policy: StackPolicy, *samples: Sample, **configuration: Any) -> list[str]:
    return [violation.fault for violation in judged(policy, *samples, **configuration).violations]


def subnet(name: str, zone: str) -> Sample:
    return Sample("aws:ec2/subnet:Subnet", name, {"availabilityZone": zone}, {"id": name})


@pytest.mark.parametrize("ids", [["one", "two"], [UNKNOWN, UNKNOWN]])
@pytest.mark.parametrize(
    ("zone", "fault"), [("us-east-1a", []), ("us-east-1b", ["has machines with EFA in 2 subnets"])]
)
def test_subnets_of_one_zone_will_do(ids: list[str], zone: str, fault: list[str]) -> None:
    group = changed("group-reserved", subnetIds=ids, refers={"subnetIds": ["one", "two"]})
    subnets = [subnet("one", "us-east-1a"), subnet("two", zone), subnet("three", "us-east-1c")]

    assert faults(EFA, NAMED["template-reserved"], group, *subnets) == fault
    if UNKNOWN not in ids:
        by_id = changed("group-reserved", subnetIds=ids)
        assert faults(EFA, NAMED["template-reserved"], by_id, *subnets) == fault


def test_one_subnet_need_not_be_known() -> None:
    group = changed("group-reserved", subnetIds=[UNKNOWN])

    assert judged(EFA, NAMED["template-reserved"], group) == Judgement()


def test_group_whose_launch_template_stands_elsewhere_is_let_pass() -> None:
    group = NAMED["group-reserved"].changed(refers={})

    assert faults(RESERVATIONS, group) == []
    without = {key: value for key, value in group.inputs.items() if key != "launchTemplate"}
    assert faults(RESERVATIONS, group.changed(inputs=without)) == [
        "is of llm-platform/capacity=reserved and targets no reservation"
    ]


def test_new_reservation_is_found_by_reference() -> None:
    reservation = NAMED["reservation-of-training"].changed(outputs={"id": UNKNOWN})
    target = {"capacityReservationTarget": {"capacityReservationId": UNKNOWN}}
    template = changed("template-reserved", capacityReservationSpecification=target)

    assert judged(RESERVATIONS, reservation, template, NAMED["group-reserved"]) == Judgement()


def test_message_names_types_prices_and_what_to_do() -> None:
    (by, until) = judged(APPROVED, changed("group-training", tags={})).violations

    assert by.fault == "may start p5.48xlarge (55.04 USD an hour) and nobody approved it"
    assert by.remedy == "name in llm-platform:approved-by who did"
    assert until.fault == "may start p5.48xlarge (55.04 USD an hour) and its approval has no end"


def test_no_more_than_three_types_are_named() -> None:
    types = ["p5.48xlarge", "p5e.48xlarge", "x99.large", "p4d.24xlarge", "m7i.large"]
    first, _ = judged(APPROVED, changed("group-training", tags={}, instanceTypes=types)).violations
    assert first.fault == (
        "may start p5.48xlarge (55.04 USD an hour), p5e.48xlarge (has no price on demand), "
        "x99.large (there are no facts of it) and 1 more and nobody approved it"
    )
    three, _ = judged(APPROVED, changed("group-training", tags={}, instanceTypes=types[:3])).violations
    assert "more" not in three.fault


def test_approval_that_is_not_known_yet_is_undecided() -> None:
    tags = {"llm-platform:approved-by": UNKNOWN, "other": UNKNOWN}

    assert judged(APPROVED, changed("group-training", tags=tags)).undecided == ("tags.llm-platform:approved-by",)
    known = {
        "llm-platform:approved-by": "us",
        "llm-platform:approved-until": clock.today().isoformat(),
        "other": UNKNOWN,
    }
    assert judged(APPROVED, changed("group-training", tags=known)) == Judgement()


def test_default_tags_of_the_provider_count() -> None:
    tags = NAMED["group-training"].inputs["tags"]
    group = changed("group-training", tags=None).changed(provider={"defaultTags": {"tags": tags}})

    assert judged(APPROVED, group) == Judgement()


def test_instance_on_a_host_is_paid_with_the_host() -> None:
    instance = Sample("aws:ec2/instance:Instance", "instance", {"instanceType": "p5.48xlarge", "hostId": "h-1"})

    assert faults(APPROVED, instance) == []
    alone = instance.changed(inputs={"instanceType": "p5.48xlarge"})
    assert len(faults(APPROVED, alone)) == 2


def test_prices_can_be_added() -> None:
    group = changed("group-system", instanceTypes=["c6a.large"])

    assert len(faults(APPROVED, group)) == 2
    assert faults(APPROVED, group, prices={"c6a.large": 0.08}) == []


def test_unknown_family_may_have_types_enough() -> None:
    requirement = {"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": ["g99"]}
    spec = {"template": {"spec": {"requirements": [requirement]}}}
    resource = Sample("kubernetes:karpenter.sh/v1:NodePool", "pool", {"spec": spec}).resource()

    assert SEVERAL.judge(resource, SEVERAL.configuration()) == Judgement()


def test_minimum_of_types_is_configured_and_the_place_is_named() -> None:
    (violation,) = SEVERAL.judge(NAMED["nodes-spot"].resource(), SEVERAL.configuration({"minimum": 4})).violations

    assert violation.path == "spec.template.spec.requirements"
    assert violation.fault == ("may be on spot capacity and has 3 instance types (g6e.2xlarge, g6.2xlarge, g5.2xlarge)")
    (violation,) = SEVERAL.judge(NAMED["group-spot"].resource(), SEVERAL.configuration({"minimum": 4})).violations
    assert violation.path == "instanceTypes"


def test_notice_reaches_a_queue_that_is_not_known_yet() -> None:
    queue = Sample("aws:sqs/queue:Queue", "queue-of-interruptions", {})
    unknown = [changed(f"target-of-{name}", arn=UNKNOWN) for name in ("interruption", "rebalance")]
    rules = [NAMED["rule-of-interruption"], NAMED["rule-of-rebalance"]]

    assert judged(PATH, NAMED["group-spot"], *rules, *unknown, queue) == Judgement()
    assert len(faults(PATH, NAMED["group-spot"], *rules, *unknown)) == 2


def test_without_spot_capacity_nobody_needs_to_hear_of_it() -> None:
    instance = Sample("aws:ec2/instance:Instance", "i", {"instanceMarketOptions": {"marketType": "spot"}})

    assert faults(PATH, NAMED["group-inference"], instance) == []
    assert faults(PATH, NAMED["group-spot"]) == [
        "group-spot may be on spot capacity, and nobody hears of 'EC2 Spot Instance Interruption Warning': "
        "there is no such event rule",
        "group-spot may be on spot capacity, and nobody hears of 'EC2 Instance Rebalance Recommendation': "
        "there is no such event rule",
    ]
    assert faults(
        PATH, NAMED["group-spot"], NAMED["rule-of-interruption"], notices=["EC2 Spot Instance Interruption Warning"]
    ) == [
        "group-spot may be on spot capacity, and nobody hears of 'EC2 Spot Instance Interruption Warning': "
        "rule-of-interruption feeds no queue"
    ]


def test_models_of_relaxed_environments_may_be_away() -> None:
    model = changed("release-model-on-spot", values={"pool": "spot"}).changed(environment="dev")

    assert faults(FLOOR, model) == []
    assert faults(FLOOR, model, relaxed_environments=[]) == [
        "serves a model on the pool 'spot' with 0 replicas on demand"
    ]


def test_floor_that_is_no_group_and_floor_without_nodes_are_told_apart() -> None:
    assert faults(FLOOR, NAMED["group-spot"]) == [
        "names 'group-inference' as its on-demand floor, which is no node group of the stack"
    ]
    empty = changed("group-inference", scalingConfig={"minSize": 0})
    assert faults(FLOOR, NAMED["group-spot"], empty) == [
        "names 'group-inference' as its on-demand floor, which keeps no node on demand: group-inference"
    ]
    unlabelled = changed("group-spot", labels={"llm-platform/pool": "spot"})
    assert faults(FLOOR, unlabelled) == ["is on spot capacity and has no label llm-platform/on-demand-floor"]
