"""What the bound is asked about. That Karpenter keeps near it is proven where it runs, in test_scale_out.py."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.drills.bill import least_usd_per_hour
from rehearsal.drills.drill import Ground
from rehearsal.drills.timeline import Clock
from tests.rehearsal.cluster.recorded_api import RecordedApi
from tests.rehearsal.drills.manifests import model_pod, node_pool

POOLS = (node_pool("serve", ["g6.xlarge"]), node_pool("spot", ["g6.xlarge"], pool="spot"))


def least(*pods: dict[str, Any]) -> float:
    ground = Ground(RecordedApi().as_api(), "test", POOLS, Clock())
    return least_usd_per_hour(ground, [{"spec": pod} for pod in pods], []).usd_per_hour


def test_pods_that_ask_for_the_same_are_still_held_by_their_own_machines() -> None:
    on_demand, spot = least(model_pod("inference")), least(model_pod("spot"))
    assert spot < on_demand
    both = pytest.approx(on_demand + spot)
    assert least(model_pod("inference"), model_pod("spot")) == both
    assert least(model_pod("spot"), model_pod("inference")) == both
