"""Starting, ending and replacing pods: probes, drain, rollout, disruption budget.

Asserted on renders. That an engine drains as its documentation says is not proven here.
"""

from typing import Any

import pytest

from tests.charts.rendering import ENGINES, Chart


def seconds_of(pod: dict[str, Any]) -> tuple[int, int]:
    """The preStop sleep and the grace period."""
    spec = pod["spec"]
    sleep = spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    return sleep, spec["terminationGracePeriodSeconds"]


@pytest.mark.parametrize("engine", ENGINES)
def test_pod_may_drain_for_longer_than_the_longest_stream(chart: Chart, engine: str) -> None:
    values = {"longestStreamSeconds": 200, "drainSeconds": 240}
    sleep, grace = seconds_of(chart.render(engine, values).pod())
    assert grace > 240
    # Long enough for endpoints to be withdrawn, and where the engine does not drain by itself for all of the drain.
    assert sleep == (15 if engine in {"vllm", "triton", "fastapi"} else 240)
    assert grace >= (sleep + 240 if sleep == 15 else sleep) + 15


@pytest.mark.parametrize(
    ("engine", "argument"),
    [
        ("vllm", "--shutdown-timeout=240"),
        ("triton", "--exit-timeout-secs=240"),
        ("fastapi", "--timeout-graceful-shutdown=240"),
    ],
)
def test_engine_that_drains_is_told_how_long(chart: Chart, engine: str, argument: str) -> None:
    values = {"longestStreamSeconds": 200, "drainSeconds": 240}
    assert argument in chart.render(engine, values).container()["args"]


@pytest.mark.parametrize(
    ("values", "strategy"),
    [
        ({"spareGpus": 0}, {"maxSurge": 0, "maxUnavailable": 1}),
        ({"spareGpus": 1}, {"maxSurge": 1, "maxUnavailable": 0}),
        ({"spareGpus": 3, "gpus": 4}, {"maxSurge": 0, "maxUnavailable": 1}),
        ({"spareGpus": 4, "gpus": 4}, {"maxSurge": 1, "maxUnavailable": 0}),
    ],
)
def test_rollout_waits_for_no_gpu_that_is_not_there(chart: Chart, values: dict[str, Any], strategy: Any) -> None:
    deployment = chart.render("vllm", values).one("Deployment")
    assert deployment["spec"]["strategy"] == {"type": "RollingUpdate", "rollingUpdate": strategy}


def test_volume_of_one_node_is_let_go_before_the_successor_comes(chart: Chart) -> None:
    cache = {"kind": "pvc", "pvc": {"accessMode": "ReadWriteOnce"}}
    over = {"cache": cache, "spareGpus": 1, "replicas": {"min": 1, "max": 1}}
    strategy = chart.render("vllm", over).one("Deployment")["spec"]["strategy"]["rollingUpdate"]
    assert strategy == {"maxSurge": 0, "maxUnavailable": 1}


def test_model_without_gpus_always_has_room_for_a_successor(chart: Chart) -> None:
    strategy = chart.render("fastapi").one("Deployment")["spec"]["strategy"]["rollingUpdate"]
    assert strategy == {"maxSurge": 1, "maxUnavailable": 0}


def test_groups_of_nodes_count_all_their_gpus(chart: Chart) -> None:
    size = {"parametersBillions": 405, "layers": 126, "kvHeads": 8, "headDim": 128}
    for spare, surge in ((8, 0), (16, 1)):
        values = {"spareGpus": spare, "gpus": 8, "model": {"pipelineParallel": 2, "size": size}}
        group = chart.render("vllm", values).one("LeaderWorkerSet")
        assert group["spec"]["rolloutStrategy"]["rollingUpdateConfiguration"]["maxSurge"] == surge


def startup_seconds(chart: Chart, values: dict[str, Any]) -> int:
    """How long the startup probe waits."""
    probe = chart.render("vllm", values).container()["startupProbe"]
    return probe["periodSeconds"] * probe["failureThreshold"]


def test_startup_probe_waits_for_the_weights(chart: Chart) -> None:
    small = startup_seconds(chart, {})
    assert small == 420  # 2 x (150 s to compile + 14,534 MiB at 250 MiB/s), in steps of ten
    assert startup_seconds(chart, {"startup": {"loadMibPerSecond": 50}}) == 880
    size = {"parametersBillions": 70.6, "layers": 80, "kvHeads": 8, "headDim": 128}
    assert startup_seconds(chart, {"model": {"size": size}}) > 2 * small


def test_rollout_is_not_given_up_while_weights_are_fetched(chart: Chart) -> None:
    slow = {"startup": {"downloadMibPerSecond": 10}}
    deadline = chart.render("vllm", slow).one("Deployment")["spec"]["progressDeadlineSeconds"]
    assert deadline == 900 + 2 * 1453 + 416  # a node and its image, the download, the start


@pytest.mark.parametrize("engine", ENGINES)
def test_one_replica_does_not_keep_its_node(chart: Chart, engine: str) -> None:
    budget = chart.render(engine, {"replicas": {"min": 1}}).one("PodDisruptionBudget")["spec"]
    assert budget["maxUnavailable"] == 1
    assert "minAvailable" not in budget


def test_ray_cluster_has_a_budget_that_leaves_one_pod_to_go(chart: Chart) -> None:
    alone = chart.render("ray-serve", {"kuberay": True})
    assert "PodDisruptionBudget" not in alone.kinds()
    several = chart.render("ray-serve", {"kuberay": True, "replicas": {"min": 3, "max": 4}})
    assert several.one("PodDisruptionBudget")["spec"]["minAvailable"] == 2


def test_budget_does_not_hold_pods_on_nodes_that_end_anyway(chart: Chart) -> None:
    assert "PodDisruptionBudget" not in chart.render("vllm", {"pool": "spot"}).kinds()
    floored = chart.render("vllm", {"pool": "spot", "onDemandFloor": 2})
    selector = floored.one("PodDisruptionBudget")["spec"]["selector"]["matchLabels"].items()
    assert selector <= floored.pod("qwen-floor")["metadata"]["labels"].items()
    assert not selector <= floored.pod("qwen")["metadata"]["labels"].items()


def test_changed_config_file_starts_a_rollout(chart: Chart) -> None:
    def digest(sequences: int) -> str:
        pod = chart.render("triton", {"model": {"maxSequences": sequences}}).pod()
        return pod["metadata"]["annotations"]["llm-platform/config"]

    assert digest(16) != digest(32)
