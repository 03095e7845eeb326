"""Autoscaling as it is rendered: signals, floor and ceiling, zero, and the fallback without KEDA.

That the queries' series are recorded is proven by tests/observability; that an engine exports what they are made of is
not.
"""

import re
from typing import Any

import pytest

from catalogue.model_server_chart import engine_facts
from observability.slo import bucket_label
from tests.charts.rendering import ENGINES, Chart

SELECTOR = '{namespace="serving",model="qwen2.5-7b-instruct"}'


def triggers(chart: Chart, engine: str, **scaling: Any) -> dict[str, dict[str, Any]]:
    """The triggers of the ScaledObject by name."""
    spec = chart.render(engine, {"autoscaling": scaling}).one("ScaledObject")["spec"]
    return {trigger["name"]: trigger for trigger in spec["triggers"]}


def test_each_signal_asks_for_this_release_only(chart: Chart) -> None:
    targets = {"waitingRequests": 4, "kvCacheUse": 0.8, "tokensPerSecond": 900, "timeToFirstTokenSeconds": 1.5}
    found = triggers(chart, "vllm", targets=targets)
    assert {name: trigger["metadata"]["threshold"] for name, trigger in found.items()} == {
        "waitingrequests": "4",
        "kvcacheuse": "0.8",
        "tokenspersecond": "900",
        "timetofirsttokenseconds": "1.5",
    }
    assert found["waitingrequests"]["metadata"]["query"] == f"sum(llm:requests_waiting{SELECTOR})"
    assert all(SELECTOR in trigger["metadata"]["query"] for trigger in found.values())


def test_shares_and_times_are_compared_as_they_are(chart: Chart) -> None:
    targets = {"waitingRequests": 4, "kvCacheUse": 0.8, "tokensPerSecond": 900, "timeToFirstTokenSeconds": 1.5}
    kinds = {name: trigger["metricType"] for name, trigger in triggers(chart, "vllm", targets=targets).items()}
    assert kinds == {
        "waitingrequests": "AverageValue",
        "kvcacheuse": "Value",
        "tokenspersecond": "AverageValue",
        "timetofirsttokenseconds": "Value",
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_scraped_pods_carry_the_labels_of_the_vocabulary(chart: Chart, engine: str) -> None:
    rendered = chart.render(engine)
    (endpoint,) = rendered.one("PodMonitor")["spec"]["podMetricsEndpoints"]
    sources = {rule["targetLabel"]: rule["sourceLabels"] for rule in endpoint["relabelings"]}
    assert set(sources) == {"model", "version", "engine", "team", "pool"}
    labels = rendered.pod()["metadata"]["labels"]
    known = {"__meta_kubernetes_pod_label_" + re.sub(r"[^a-zA-Z0-9]", "_", label): label for label in labels}
    assert {name: known.get(source) for name, (source,) in sources.items() if name != "version"} == {
        name: f"llm-platform/{name}" for name in ("model", "engine", "team", "pool")
    }


def test_limits_that_an_objective_can_name_are_kept(chart: Chart) -> None:
    (endpoint,) = chart.render("vllm").one("PodMonitor")["spec"]["podMetricsEndpoints"]
    dropped = [re.compile(rule["regex"]) for rule in endpoint["metricRelabelings"]]
    names = {"ttft": "time_to_first_token_seconds_bucket", "tpot": "request_time_per_output_token_seconds_bucket"}
    assert any(pattern.fullmatch(f"vllm:{names['ttft']};2560.0") for pattern in dropped)
    for facts in engine_facts().values():
        for key, limits in facts["metrics"].get("buckets", {}).items():
            series = {f"vllm:{names[key]};{bucket_label(limit)}" for limit in limits}
            assert not [name for name in series for pattern in dropped if pattern.fullmatch(name)]


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_is_asked_for_the_same_series(chart: Chart, engine: str) -> None:
    trigger = triggers(chart, engine, keda=True, targets={"waitingRequests": 4})["waitingrequests"]
    assert trigger["metadata"]["query"].startswith("sum(llm:requests_waiting{")


def test_missing_data_is_not_zero_load(chart: Chart) -> None:
    assert all(trigger["metadata"]["ignoreNullValues"] == "false" for trigger in triggers(chart, "vllm").values())


@pytest.mark.parametrize("engine", ENGINES)
def test_autoscaled_workload_leaves_its_replicas_to_the_scaler(chart: Chart, engine: str) -> None:
    rendered = chart.render(engine, {"replicas": {"min": 2, "max": 5}})
    assert "replicas" not in rendered.one("Deployment")["spec"]
    fixed = chart.render(engine, {"replicas": {"min": 2, "max": 5}, "autoscaling": {"enabled": False}})
    assert fixed.one("Deployment")["spec"]["replicas"] == 2
    assert not {"ScaledObject", "HorizontalPodAutoscaler"} & set(fixed.kinds())


def test_zero_needs_something_that_wakes(chart: Chart) -> None:
    query = 'sum(rate(envoy_cluster_upstream_rq_total{cluster="qwen"}[1m]))'
    scaling = {"scaleToZero": True, "wakeUpQuery": query}
    spec = chart.render("vllm", {"autoscaling": scaling}).one("ScaledObject")["spec"]
    assert (spec["idleReplicaCount"], spec["minReplicaCount"]) == (0, 1)
    wake = next(trigger for trigger in spec["triggers"] if trigger["name"] == "wakeup")
    assert wake["metadata"]["query"] == query
    assert wake["metadata"]["activationThreshold"] == "0"


def test_held_requests_wake_through_the_http_add_on(chart: Chart) -> None:
    scaling = {"scaleToZero": True, "wakeUpHosts": ["qwen.example.com"]}
    rendered = chart.render("vllm", {"autoscaling": scaling})
    route = rendered.one("InterceptorRoute")
    assert route["spec"]["target"] == {"service": "qwen", "port": 8000}
    trigger = rendered.one("ScaledObject")["spec"]["triggers"][-1]
    assert trigger["type"] == "external-push"
    assert trigger["metadata"]["interceptorRoute"] == route["metadata"]["name"]
    # As long as a cold start may take, by the same figures as the Deployment's deadline.
    deadline = rendered.one("Deployment")["spec"]["progressDeadlineSeconds"]
    assert route["spec"]["timeouts"] == {"readiness": f"{deadline}s", "responseHeader": "300s"}
    sources = rendered.one("NetworkPolicy")["spec"]["ingress"][0]["from"]
    assert {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "keda"}}} in sources


def test_without_keda_a_pod_autoscaler_has_the_same_floor_and_ceiling(chart: Chart) -> None:
    values = {"replicas": {"min": 2, "max": 5}, "autoscaling": {"keda": False}}
    scaler = chart.render("vllm", values).one("HorizontalPodAutoscaler")["spec"]
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (2, 5)
    assert scaler["metrics"][0]["resource"]["name"] == "cpu"
    pods = chart.render("vllm", values | {"autoscaling": {"keda": False, "hpa": {"metric": "pods"}}})
    assert pods.one("HorizontalPodAutoscaler")["spec"]["metrics"][0]["pods"]["target"]["averageValue"] == "4"


def test_group_of_nodes_is_scaled_as_a_whole(chart: Chart) -> None:
    size = {"parametersBillions": 405, "layers": 126, "kvHeads": 8, "headDim": 128}
    rendered = chart.render("vllm", {"gpus": 8, "model": {"pipelineParallel": 2, "size": size}})
    assert rendered.one("ScaledObject")["spec"]["scaleTargetRef"]["kind"] == "LeaderWorkerSet"


def test_ray_scales_its_own_replicas(chart: Chart) -> None:
    rendered = chart.render("ray-serve", {"kuberay": True, "replicas": {"min": 2, "max": 5}})
    assert not {"ScaledObject", "HorizontalPodAutoscaler", "Deployment", "Service"} & set(rendered.kinds())
    spec = rendered.one("RayService")["spec"]
    workers = spec["rayClusterConfig"]["workerGroupSpecs"][0]
    assert (workers["minReplicas"], workers["maxReplicas"]) == (2, 5)
    assert spec["rayClusterConfig"]["enableInTreeAutoscaling"] is True
    assert "min_replicas: 2" in spec["serveConfigV2"]
