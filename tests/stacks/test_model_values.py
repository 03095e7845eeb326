"""The values of a model's release. Does not prove that the chart renders them: tests/charts/test_stack_models.py."""

from __future__ import annotations

from typing import Any

import pytest

from catalogue.model_server_chart import effective_values
from stacks.model_values import DECIDED, model_values, needed_releases, planned_fit, value_at, wanted_values
from stacks.pool_types import pool_instance_types
from stacks.settings import Settings, parse_settings
from tests.stacks.bad_models import MODEL, SECOND, SERVED, VALUES
from tests.stacks.valid_sections import changed_sections


def read(changes: dict[str, Any] | None = None) -> Settings:
    return parse_settings(changed_sections(SERVED | (changes or {})), "stacks/Pulumi.staging.yaml")


def values(changes: dict[str, Any] | None = None, index: int = 0) -> dict[str, Any]:
    settings = read(changes)
    return model_values(settings, settings.models[index])


def test_the_keys_of_the_stack_file_decide() -> None:
    given = values()
    assert (given["engine"], given["pool"], given["team"]) == ("vllm", "inference", "ml-platform")
    assert given["replicas"] == {"min": 1, "max": 2}
    assert (given["model"]["name"], given["serviceAccountName"]) == ("qwen-chat", "qwen-chat")
    assert [adapter["name"] for adapter in given["model"]["adapters"]] == ["sql"]


@pytest.mark.parametrize("path", DECIDED)
def test_what_a_key_decides_is_among_the_values(path: tuple[str, ...]) -> None:
    assert value_at(values(), *path) is not None


def test_a_value_of_the_stack_file_stands_over_the_engines() -> None:
    assert values()["model"]["maxSequences"] == 16
    assert values({f"{VALUES}.resources": {"cpu": "6"}})["resources"]["cpu"] == "6"
    assert values({f"{VALUES}.resources": {"cpu": "6"}})["resources"]["memory"] == values()["resources"]["memory"]


def test_a_source_takes_the_place_of_the_engines_default() -> None:
    bucket = "s3://llm-platform-staging-models-222233334444-us-east-1/qwen/1"
    given = values({f"{MODEL}.source": {"s3": bucket}})
    assert effective_values(given)["model"]["source"] == {"s3": {"uri": bucket}}


def test_an_engines_own_model_without_a_source() -> None:
    source = values({"models[1]": SECOND}, 1)["model"]["source"]
    assert source["huggingFace"]["id"] == "Qwen/Qwen2.5-7B-Instruct"


@pytest.mark.parametrize(
    ("releases", "keda"),
    [
        (["keda", "prometheus-operator-crds", "kube-prometheus-stack", "monitoring"], True),
        (["keda", "prometheus-operator-crds", "kube-prometheus-stack"], False),
        (["keda", "prometheus-operator-crds"], False),
        (["prometheus-operator-crds"], False),
    ],
)
def test_keda_scales_where_it_and_the_recording_rules_run(releases: list[str], keda: bool) -> None:
    given = values({"charts.releases": [*releases, "cert-manager", "nvidia-device-plugin"]})
    assert given["autoscaling"]["keda"] is keda


def test_an_engine_that_scales_on_its_processors_keeps_doing_so() -> None:
    model = SECOND | {"engine": "fastapi", "values": {"image": {"repository": "serving/vllm"}}}
    on = [
        "keda",
        "prometheus-operator-crds",
        "kube-prometheus-stack",
        "monitoring",
        "nvidia-device-plugin",
        "cert-manager",
    ]
    assert values({"models[1]": model, "charts.releases": on}, 1)["autoscaling"]["keda"] is False


@pytest.mark.parametrize("on", [True, False])
def test_ray_serve_is_a_ray_service_where_kuberay_runs(on: bool) -> None:
    releases = ["prometheus-operator-crds", "nvidia-device-plugin", *(["kuberay-operator"] if on else [])]
    changes = {"models[1]": SECOND | {"engine": "ray-serve"}, "charts.releases": releases}
    assert values(changes, 1)["kuberay"] is on
    assert "kuberay" not in values(changes, 0)


def test_without_prometheus_nothing_is_monitored() -> None:
    assert values({"charts.releases": ["nvidia-device-plugin"]})["podMonitor"]["enabled"] is False


@pytest.mark.parametrize(
    ("pool", "floor", "priority"),
    [("inference", 0, "inference"), ("spot", 0, "interruptible"), ("spot", 1, "inference")],
)
def test_only_replicas_that_may_go_give_way(pool: str, floor: int, priority: str) -> None:
    given = values({f"{MODEL}.pool": pool, f"{VALUES}.onDemandFloor": floor})
    assert given["priorityClassName"] == priority


def test_a_model_without_a_kv_cache_is_not_scaled_on_it() -> None:
    size = {"parametersBillions": 0.5, "layers": 0, "kvHeads": 0, "headDim": 0}
    assert values({f"{VALUES}.model.size": size})["autoscaling"]["targets"]["kvCacheUse"] is None
    assert values()["autoscaling"]["targets"]["kvCacheUse"] is not None


def test_an_image_of_our_own_is_in_the_environments_registry() -> None:
    model = SECOND | {"engine": "bentoml", "values": {"image": {"repository": "serving/vllm"}}}
    assert values({"models[1]": model}, 1)["image"]["repository"] == (
        "222233334444.dkr.ecr.us-east-1.amazonaws.com/llm-platform-staging/serving/vllm"
    )
    model["values"] = {"image": {"repository": "registry.example.com/embedder"}}
    assert values({"models[1]": model}, 1)["image"]["repository"] == "registry.example.com/embedder"


def test_the_planned_type_is_the_smallest_of_the_pool_that_fits() -> None:
    group = {"node_groups.inference[0].instance_types": ["g6e.2xlarge"]}
    assert values()["instanceType"] == "g6.xlarge"
    assert values(group)["instanceType"] == "g6e.2xlarge"
    named = {"node_pools": [], "node_groups.inference[0].instance_types": ["g6.xlarge", "g6.2xlarge"]}
    assert values({**named, f"{VALUES}.instanceType": "g6.2xlarge"})["instanceType"] == "g6.2xlarge"


def test_no_type_is_planned_for_a_model_without_gpus() -> None:
    given = values({f"{VALUES}.gpus": 0})
    assert "instanceType" not in given


@pytest.mark.parametrize("key", ["gpus", "model.tensorParallel"])
def test_as_many_gpus_as_asked_for(key: str) -> None:
    changes = {"node_groups.inference[0].instance_types": ["g6.12xlarge"], f"{VALUES}.{key}": 4}
    settings = read(changes)
    wanted = effective_values(wanted_values(settings, settings.models[0]))
    fit = planned_fit(settings, "inference", wanted)
    assert fit is not None
    assert (fit.instance_type, fit.gpus) == ("g6.12xlarge", 4)


def test_releases_that_a_model_needs() -> None:
    keda: dict[str, Any] = {"enabled": True, "keda": True}
    assert list(needed_releases({"autoscaling": keda})) == ["keda"]
    assert list(needed_releases({"autoscaling": keda | {"enabled": False}})) == []
    assert list(needed_releases({"autoscaling": keda, "kuberay": True})) == ["kuberay-operator"]
    assert list(needed_releases({"autoscaling": keda | {"wakeUpHosts": ["a"]}})) == ["keda", "keda-add-ons-http"]
    assert list(needed_releases({"podMonitor": {"enabled": True}})) == ["prometheus-operator-crds"]
    assert list(needed_releases({"model": {"pipelineParallel": 2}})) == ["lws"]


def test_a_pools_types_are_those_of_its_groups_and_of_its_karpenter_pools() -> None:
    pool = {
        "name": "serve-4gpu",
        "pool": "inference",
        "instance_types": ["g6.12xlarge"],
        "zones": ["us-east-1a"],
        "max_gpus": 4,
        "disk_gib": 200,
    }
    releases = ["karpenter", "karpenter-crd", "prometheus-operator-crds", "nvidia-device-plugin"]
    settings = read({"node_pools": [pool], "charts.releases": releases})
    assert pool_instance_types(settings, "inference") == ("g6.xlarge", "g6.12xlarge")
    assert pool_instance_types(settings, "training") == ("g5.48xlarge", "p4d.24xlarge")  # the first on a host
    assert pool_instance_types(settings, "spot") == ("g6.xlarge", "g5.xlarge", "g6e.xlarge")
    assert pool_instance_types(settings, "system") == ("m7i.large",)


def test_spans_go_to_the_collector_where_there_is_one() -> None:
    on = ["nvidia-device-plugin", "prometheus-operator-crds", "opentelemetry-collector"]
    host = "opentelemetry-collector.monitoring.svc.cluster.local"
    assert values({"charts.releases": on})["tracing"] == {"collector": host}
    assert values({"charts.releases": on[:2]})["tracing"] == {"collector": None}


def test_prompts_are_logged_where_the_stack_file_says_so_alone() -> None:
    assert values({})["logPrompts"] is False
    assert values({"models[0].log_prompts": True})["logPrompts"] is True
