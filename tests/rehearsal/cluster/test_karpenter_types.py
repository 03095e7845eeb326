"""What Karpenter's KWOK provider is told about instance types, against the catalogue.

Not proven: that the provider reads it so; test_karpenter.py buys machines with it.
"""

from __future__ import annotations

from typing import Any

import pytest

from catalogue.instance_types import load_instance_types
from rehearsal.cluster.amounts import amounts
from rehearsal.cluster.karpenter_types import (
    allocatable,
    instance_types_document,
    karpenter_figures,
    offers,
    usd_per_hour,
)

ZONES = ("us-east-1a", "us-east-1b")


@pytest.fixture
def document() -> dict[str, Any]:
    return {each["name"]: each for each in instance_types_document(ZONES, "us-east-1", 100)}


def values(offering: dict[str, Any]) -> dict[str, str]:
    return {each["key"]: each["values"][0] for each in offering["Requirements"]}


def test_every_priced_type_is_offered_in_every_zone(document: dict[str, Any]) -> None:
    priced = {
        name
        for name, each in load_instance_types().items()
        if each.on_demand_usd_per_hour is not None and {"on-demand", "spot"} & set(each.usage_classes)
    }
    assert set(document) == priced
    places = {
        (values(offering)["karpenter.sh/capacity-type"], values(offering)["topology.kubernetes.io/zone"])
        for offering in document["g6.xlarge"]["offerings"]
    }
    assert places == {(capacity, zone) for capacity in ("on-demand", "spot") for zone in ZONES}


def test_spot_costs_its_share(document: dict[str, Any]) -> None:
    prices = {
        values(offering)["karpenter.sh/capacity-type"]: offering["Price"]
        for offering in document["g6.xlarge"]["offerings"]
    }
    share = karpenter_figures().spot_share_of_on_demand.value
    assert prices["on-demand"] == load_instance_types()["g6.xlarge"].on_demand_usd_per_hour
    assert prices["spot"] == pytest.approx(prices["on-demand"] * share)


def test_what_the_provider_takes_off_is_added_before(document: dict[str, Any]) -> None:
    said, have = amounts(document["g6.12xlarge"]["resources"]), allocatable(load_instance_types()["g6.12xlarge"], 100)
    assert said["cpu"] - have["cpu"] == 100
    assert said["memory"] - have["memory"] == 10 * 2**20
    assert said["nvidia.com/gpu"] == have["nvidia.com/gpu"] == 4


def test_the_aws_providers_labels_can_be_required(document: dict[str, Any]) -> None:
    labels = values(document["g6e.12xlarge"]["offerings"][0])
    expected = {
        "karpenter.k8s.aws/instance-family": "g6e",
        "karpenter.k8s.aws/instance-size": "12xlarge",
        "karpenter.k8s.aws/instance-category": "g",
        "karpenter.k8s.aws/instance-generation": "6",
        "karpenter.k8s.aws/instance-gpu-count": "4",
        "karpenter.k8s.aws/instance-gpu-name": "l40s",
        "karpenter.k8s.aws/instance-gpu-manufacturer": "nvidia",
    }
    assert expected.items() <= labels.items()
    assert "karpenter.k8s.aws/instance-gpu-count" not in values(document["m7i.large"]["offerings"][0])


def test_a_type_without_a_price_is_not_offered() -> None:
    unpriced = [name for name, each in load_instance_types().items() if each.on_demand_usd_per_hour is None]
    assert unpriced, "the catalogue has prices for all types: this test has lost its object"
    assert not set(unpriced) & {offer.type.name for offer in offers()}
    assert usd_per_hour(unpriced[0], "on-demand") is None
    assert usd_per_hour("no-such.type", "spot") is None
