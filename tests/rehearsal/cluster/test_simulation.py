"""A small environment on a real control plane: real scheduler and helm; nodes and the life of pods are KWOK's.

Karpenter is test_karpenter.py's; that the program's own environments are placed is proven by `rehearse up --cluster`.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import pytest

from rehearsal.aws.account import Account
from rehearsal.cluster.charts import ChartSources
from rehearsal.cluster.cluster_report import ClusterReport
from rehearsal.cluster.options import ClusterOptions
from rehearsal.cluster.placement import Workload
from rehearsal.cluster.simulation import simulate
from rehearsal.cluster.toolchain import Toolchain
from rehearsal.plan import Check, Fault, Outcome
from tests.rehearsal.cluster import small_environment as small

pytestmark = pytest.mark.timeout(900)

TOLERANT = {**small.gpu_pod(), "nodeSelector": {}, "tolerations": [{"operator": "Exists"}]}


@pytest.fixture(scope="module")
def account() -> Generator[Account]:
    with Account("111122223333", "us-east-1") as account:
        small.make_node_groups(account)
        yield account


@dataclass
class Seen:
    report: ClusterReport
    faults: list[Fault]

    def workload(self, name: str) -> Workload:
        (found,) = (each for each in self.report.workloads if each.name == name)
        return found

    def messages(self, check: Check) -> list[str]:
        return [fault.message for fault in self.faults if fault.check is check]


@pytest.fixture(scope="module")
def seen(tools: Toolchain, account: Account, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    folder = tmp_path_factory.mktemp("program")
    resources = [
        small.workload("llama", small.gpu_pod()),
        small.workload("too-many", small.gpu_pod(gpus=8)),
        small.workload("tolerant", {**TOLERANT, "containers": [{"name": "c", "image": "x"}]}),
        small.with_volume("qdrant"),
        small.ray_service("ray"),
        small.release("tiny", small.chart(folder)),
        small.release("far-away", "nowhere-1.0.0.tgz"),
        small.resource("lost", {"apiVersion": "v1", "kind": "Secret", "metadata": {}}, outcome=Outcome.SKIPPED),
        small.workload("broken", {"containers": []}),
        small.storage_class(),
        small.namespace(),
    ]
    charts = ChartSources(folder, folder / "cache", None)
    options = ClusterOptions(tools, tools.helm, charts, speed=600)
    with simulate(resources, account, options) as simulation:
        simulation.settle()
        report = simulation.placement()
        faults = simulation.faults(report)
    assert not simulation.plane.processes
    return Seen(report, faults)


def test_a_model_lands_on_the_gpu_node_of_its_pool(seen: Seen) -> None:
    llama = seen.workload("llama")
    assert (llama.ready, llama.wanted, llama.pools, llama.node_types) == (1, 1, {"inference": 1}, {"g6.xlarge": 1})
    assert (llama.accelerators, llama.workload) == (1, "inference")


def test_what_cannot_run_has_the_schedulers_reason_and_is_a_fault(seen: Seen) -> None:
    (reason,) = seen.workload("too-many").reasons
    assert "Insufficient nvidia.com/gpu" in reason
    (message,) = (m for m in seen.messages(Check.PLACEMENT) if "too-many" in m)
    assert message.startswith(
        "Deployment serving/too-many: 1 of 1 pods that should run do not: 0/2 nodes are available"
    )


def test_what_may_land_on_nodes_that_do_not_stand_yet_is_a_fault(seen: Seen) -> None:
    (fault,) = (f for f in seen.faults if "can land on" in f.message)
    assert "tolerant: its inference pods can land on training nodes (training: g6.12xlarge)" in fault.message
    assert fault.urn.endswith("::tolerant")


def test_a_claim_gets_its_volume_and_the_pod_its_node(seen: Seen) -> None:
    assert (seen.workload("qdrant").ready, seen.workload("qdrant").pools) == (1, {"system": 1})


def test_an_operators_pods_are_stood_in_for_and_their_resource_is_said_to_be_unchecked(seen: Seen) -> None:
    assert (seen.workload("ray-head").ready, seen.workload("ray-head").stand_in) == (1, "RayService")
    assert [(kind.kind, kind.checked_by) for kind in seen.report.custom_kinds] == [("RayService", "")]


def test_a_release_is_rendered_and_its_objects_land_in_its_namespace(seen: Seen) -> None:
    (tiny,) = (release for release in seen.report.releases if release.name == "tiny")
    assert tiny.rendered
    assert tiny.left_out == ("MutatingWebhookConfiguration tiny (nothing answers it here)",)
    assert (seen.workload("tiny").namespace, seen.workload("tiny").ready) == ("serving", 1)
    assert seen.workload("tiny").workload == "platform"


def test_a_chart_that_is_not_there_is_listed_and_is_a_fault_where_the_program_names_a_file(seen: Seen) -> None:
    (away,) = (release for release in seen.report.releases if release.name == "far-away")
    assert not away.rendered
    assert "there is no such chart" in away.reason
    assert any("there is no such chart" in message for message in seen.messages(Check.CLUSTER))


def test_what_the_api_server_refuses_is_a_fault_of_its_resource(seen: Seen) -> None:
    (fault,) = (f for f in seen.faults if "broken" in f.message and f.check is Check.CLUSTER)
    assert "spec.template.spec.containers: Required value" in fault.message
    assert fault.urn.endswith("::broken")


def test_what_failed_before_is_counted_and_not_applied(seen: Seen) -> None:
    assert [urn.split("::")[-1] for urn in seen.report.skipped] == ["lost"]


def test_packing_counts_the_gpus_that_are_held(seen: Seen) -> None:
    assert (seen.report.accelerators_used, seen.report.accelerators) == (1, 1)
    assert {pool.pool: pool.nodes for pool in seen.report.pools} == {"inference": 1, "system": 1}
    assert seen.report.usd_per_hour > 0
