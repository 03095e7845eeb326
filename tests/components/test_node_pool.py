"""One NodePool with its EC2NodeClass. Does not prove what Karpenter buys: the drills run it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pulumi_aws import sqs

from components.naming import Taint
from components.node_pool import Disruption, NodePool, NodePoolArgs, Quiet
from tests.components.node_pool_fixtures import NODES, node_class
from tests.components.recorder import Recording, record

CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
POOL = "kubernetes:karpenter.sh/v1:NodePool"


def build(*, preview: bool = False, **changes: Any) -> Recording:
    def program() -> None:
        karpenter = sqs.Queue("karpenter-release")  # in the place of the release
        wanted: dict[str, Any] = {
            "node_class": node_class(nodes=replace(NODES, after=[karpenter])),
            "instance_types": ["g6.xlarge", "g6.2xlarge"],
            "zones": ["us-east-1a", "us-east-1b"],
            "architecture": "amd64",
            "capacity": "on-demand",
            "labels": {"llm-platform/pool": "inference"},
            "taints": [Taint("nvidia.com/gpu", "inference")],
            "limits": {"nvidia.com/gpu": 8},
            "disruption": Disruption(),
            "weight": 99,
        }
        NodePool("serve", NodePoolArgs(**wanted | changes))

    return record(program, preview=preview)


def spec(**changes: Any) -> dict[str, Any]:
    return build(**changes).one("serve-machines").inputs["spec"]


@pytest.mark.parametrize("preview", [False, True])
def test_children(preview: bool):
    assert build(preview=preview).children() == {
        ("aws:sqs/queue:Queue", "karpenter-release"),
        ("llm-platform:node_pool:NodePool", "serve"),
        (CLASS, "serve-class"),
        (POOL, "serve-machines"),
    }


def test_pool_and_class_have_the_components_name():
    recording = build()
    for child in ("serve-class", "serve-machines"):
        assert recording.one(child).inputs["metadata"] == {"name": "serve"}


def test_karpenter_comes_first_and_the_class_before_its_pool():
    recording = build()
    assert recording.one("serve-class").dependencies == ("karpenter-release",)
    assert recording.one("serve-machines").dependencies == ("serve-class",)


def test_the_pool():
    assert spec() == {
        "template": {
            "metadata": {"labels": {"llm-platform/pool": "inference"}},
            "spec": {
                "expireAfter": "Never",
                "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "serve"},
                "requirements": [
                    {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["on-demand"]},
                    {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]},
                    {"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]},
                    {
                        "key": "node.kubernetes.io/instance-type",
                        "operator": "In",
                        "values": ["g6.xlarge", "g6.2xlarge"],
                    },
                    {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["us-east-1a", "us-east-1b"]},
                ],
                "taints": [{"effect": "NoSchedule", "key": "nvidia.com/gpu", "value": "inference"}],
            },
        },
        "limits": {"nvidia.com/gpu": "8"},
        "weight": 99,
        "disruption": {
            "budgets": [{"nodes": "10%"}],
            "consolidateAfter": "10m",
            "consolidationPolicy": "WhenEmpty",
        },
    }


def test_quiet_hours_stop_replacements_and_let_empty_machines_go():
    budgets = spec(disruption=Disruption(quiet=Quiet("0 12 * * mon-fri", 12)))["disruption"]["budgets"]
    assert budgets == [
        {"nodes": "10%"},
        {"nodes": "0", "reasons": ["Drifted", "Underutilized"], "schedule": "0 12 * * mon-fri", "duration": "12h"},
    ]


def test_a_job_runs_to_its_end_on_an_outdated_machine():
    budgets = spec(disruption=Disruption(jobs_run_to_their_end=True))["disruption"]["budgets"]
    assert budgets == [{"nodes": "100%", "reasons": ["Empty"]}, {"nodes": "0", "reasons": ["Drifted", "Underutilized"]}]


def test_an_age_is_given_in_hours():
    assert spec(disruption=Disruption(expire_after_days=14))["template"]["spec"]["expireAfter"] == "336h"


def test_badly_used_machines_go_where_the_pool_says_so():
    disruption = spec(disruption=Disruption(policy="when-underutilized", after_minutes=0))["disruption"]
    assert disruption["consolidationPolicy"] == "WhenEmptyOrUnderutilized"
    assert disruption["consolidateAfter"] == "0m"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weight": 0}, "weight 0: Karpenter takes 1 to 100"),
        ({"weight": 101}, "weight 101: Karpenter takes 1 to 100"),
        ({"limits": {}}, "needs instance types, zones and limits"),
        ({"instance_types": []}, "needs instance types, zones and limits"),
        ({"labels": {"pool": "a b"}}, "label pool: value 'a b'"),
    ],
)
def test_what_karpenter_would_refuse_is_refused(changes: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message):
        build(**changes)
