"""What a pod may do and where it may run: pod security, placement, network, labels, weights.

Pod security is asserted field by field as the restricted standard asks it; the admission plugin itself judges the pods
in the rehearsal's cluster, not here.
"""

import json
from typing import Any

import pytest

from components.naming import (
    ALSO_ON_ANNOTATION,
    ENGINE_LABEL,
    INTERRUPTIBLE,
    MODEL_LABEL,
    POOL_LABEL,
    TEAM_LABEL,
    WORKLOAD_LABEL,
)
from tests.charts.golden import ADAPTER, BUCKET, CASES
from tests.charts.rendering import ENGINES, Chart, Manifest

GPU = "nvidia.com/gpu"


def templates_of(manifest: Manifest) -> list[Manifest]:
    """The pod templates of any workload."""
    spec = manifest.get("spec", {})
    if manifest["kind"] == "Deployment":
        return [spec["template"]]
    if manifest["kind"] == "LeaderWorkerSet":
        return [spec["leaderWorkerTemplate"][key] for key in ("leaderTemplate", "workerTemplate")]
    if manifest["kind"] == "RayService":
        groups = [spec["rayClusterConfig"]["headGroupSpec"], *spec["rayClusterConfig"]["workerGroupSpecs"]]
        return [group["template"] for group in groups]
    return []


@pytest.mark.parametrize("case", CASES)
def test_every_pod_keeps_to_restricted_pod_security(chart: Chart, case: str) -> None:
    engine, values = CASES[case]
    pods = [pod for manifest in chart.render(engine, values).manifests for pod in templates_of(manifest)]
    assert pods
    for pod in pods:
        spec = pod["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] > 0
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
        for volume in spec["volumes"]:
            assert set(volume) & {"emptyDir", "configMap", "persistentVolumeClaim", "image"}, volume
        for container in [*spec.get("initContainers", []), *spec["containers"]]:
            security = container["securityContext"]
            assert security["allowPrivilegeEscalation"] is False
            assert security["readOnlyRootFilesystem"] is True
            assert security["capabilities"] == {"drop": ["ALL"]}
            assert not container["image"].endswith(":latest")
            assert "memory" in container["resources"]["limits"]


@pytest.mark.parametrize("autoscaled", [True, False])
def test_head_of_a_ray_cluster_has_a_token_for_its_autoscaler_alone(chart: Chart, autoscaled: bool) -> None:
    values = {"kuberay": True, "autoscaling": {"enabled": autoscaled}, "replicas": {"min": 2, "max": 2}}
    cluster = chart.render("ray-serve", values).one("RayService")["spec"]["rayClusterConfig"]
    (worker,) = cluster["workerGroupSpecs"]
    assert cluster["enableInTreeAutoscaling"] is autoscaled
    assert cluster["headGroupSpec"]["template"]["spec"]["automountServiceAccountToken"] is autoscaled
    assert worker["template"]["spec"]["automountServiceAccountToken"] is False


@pytest.mark.parametrize("engine", ENGINES)
def test_pod_carries_the_labels_of_the_platform(chart: Chart, engine: str) -> None:
    rendered = chart.render(engine)
    labels = rendered.pod()["metadata"]["labels"]
    assert labels[WORKLOAD_LABEL] == "inference"
    assert labels[ENGINE_LABEL] == engine
    assert labels[TEAM_LABEL] == "ml-platform"
    assert labels[POOL_LABEL] == "inference"
    assert labels[MODEL_LABEL]
    # An InferencePool and the Service find the same pods, on the same port whatever the engine.
    service = rendered.one("Service")["spec"]
    assert service["selector"].items() <= labels.items()
    assert {"name": "http", "port": 8000, "targetPort": "http", "protocol": "TCP"} in service["ports"]
    assert {"name": "http", "containerPort": 8000, "protocol": "TCP"} in rendered.container()["ports"]


def test_gpus_are_requested_as_limits(chart: Chart) -> None:
    resources = chart.render("vllm").container()["resources"]
    assert resources["requests"][GPU] == resources["limits"][GPU] == 1
    assert GPU not in str(chart.render("fastapi").container()["resources"])


def test_spot_model_says_so_and_keeps_a_floor_elsewhere(chart: Chart) -> None:
    rendered = chart.render("vllm", {"pool": "spot", "onDemandFloor": 2})
    spot, floor = rendered.pod("qwen"), rendered.pod("qwen-floor")
    assert spot["metadata"]["annotations"][ALSO_ON_ANNOTATION] == "spot"
    assert spot["spec"]["nodeSelector"] == {POOL_LABEL: "spot"}
    assert {(t["key"], t["value"]) for t in spot["spec"]["tolerations"]} == {(GPU, "spot"), (INTERRUPTIBLE, "true")}
    assert ALSO_ON_ANNOTATION not in floor["metadata"]["annotations"]
    assert floor["spec"]["nodeSelector"] == {POOL_LABEL: "inference"}
    assert {(t["key"], t["value"]) for t in floor["spec"]["tolerations"]} == {(GPU, "inference")}
    assert rendered.one("Deployment", "qwen-floor")["spec"]["replicas"] == 2
    # Neither Deployment may take the other's pods for its own.
    for name, pod in (("qwen", floor), ("qwen-floor", spot)):
        selector = rendered.one("Deployment", name)["spec"]["selector"]["matchLabels"]
        assert not selector.items() <= pod["metadata"]["labels"].items()


def test_model_without_gpus_stays_off_gpu_nodes(chart: Chart) -> None:
    spec = chart.render("fastapi").pod()["spec"]
    assert spec["nodeSelector"] == {POOL_LABEL: "system"}
    assert "tolerations" not in spec


def test_pods_spread_but_never_wait_for_it(chart: Chart) -> None:
    spread = chart.render("vllm").pod()["spec"]["topologySpreadConstraints"]
    assert [rule["topologyKey"] for rule in spread] == ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]
    assert {rule["whenUnsatisfiable"] for rule in spread} == {"ScheduleAnyway"}


def test_only_the_init_container_has_the_token_and_the_way_out(chart: Chart) -> None:
    spec = chart.render("vllm", {"model": {"tokenSecret": {"name": "hub", "key": "token"}}}).pod()["spec"]
    fetch = {item["name"]: item for item in spec["initContainers"][0]["env"]}
    engine = {item["name"]: item.get("value") for item in spec["containers"][0]["env"]}
    assert fetch["HF_TOKEN"]["valueFrom"]["secretKeyRef"] == {"name": "hub", "key": "token"}
    assert "HF_TOKEN" not in engine
    assert engine["HF_HUB_OFFLINE"] == "1"


def test_adapters_are_fetched_loaded_and_labelled(chart: Chart) -> None:
    rendered = chart.render("vllm", {"model": {"adapters": [ADAPTER]}})
    sources = json.loads(rendered.one("ConfigMap")["data"]["sources.json"])
    folder = next(source["folder"] for source in sources if source["uri"] == ADAPTER["uri"])
    args = rendered.container()["args"]
    assert args[args.index("--lora-modules") + 1] == f"sql=/cache/{folder}"
    assert rendered.pod()["metadata"]["labels"]["adapter.llm-platform/sql"] == "1.2.0"
    late = chart.render("vllm", {"model": {"adapters": [ADAPTER], "adapterLoading": "onDemand"}})
    assert "--lora-modules" not in late.container()["args"]
    assert {"name": "VLLM_ALLOW_RUNTIME_LORA_UPDATING", "value": "True"} in late.container()["env"]


def test_two_versions_of_an_adapter_never_share_a_folder(chart: Chart) -> None:
    def folder(uri: str) -> str:
        adapters = [ADAPTER | {"uri": uri}]
        data = chart.render("vllm", {"model": {"adapters": adapters}}).one("ConfigMap")["data"]
        return json.loads(data["sources.json"])[1]["folder"]

    assert folder(f"{BUCKET}/adapters/a/latest") != folder(f"{BUCKET}/adapters/b/latest")


def test_mounted_bucket_is_not_downloaded(chart: Chart) -> None:
    source = {"huggingFace": None, "s3": {"uri": f"{BUCKET}/qwen"}}
    rendered = chart.render("vllm", {"model": {"source": source}, "cache": {"kind": "mountpoint"}})
    assert "initContainers" not in rendered.pod()["spec"]
    assert rendered.container()["args"][0] == "/model"
    volume = rendered.one("PersistentVolume")
    assert volume["spec"]["csi"]["volumeAttributes"]["bucketName"] == BUCKET.removeprefix("s3://")
    assert {"read-only", "prefix qwen/"} <= set(volume["spec"]["mountOptions"])
    assert rendered.one("PersistentVolumeClaim")["spec"]["volumeName"] == volume["metadata"]["name"]


def test_network_lets_in_gateways_and_monitoring_and_out_the_fetch(chart: Chart) -> None:
    policy = chart.render("triton").one("NetworkPolicy")["spec"]
    named = [
        (
            source["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"],
            sorted(p["port"] for p in rule["ports"]),
        )
        for rule in policy["ingress"]
        for source in rule["from"]
        if "namespaceSelector" in source
    ]
    assert named == [
        ("envoy-gateway-system", [8000, 8001]),
        ("envoy-ai-gateway-system", [8000, 8001]),
        ("monitoring", [8002]),
    ]
    assert sorted({port["port"] for rule in policy["egress"] for port in rule["ports"]}) == [53, 80, 443]


def test_nodes_of_a_group_reach_each_other_and_only_the_leader_serves(chart: Chart) -> None:
    engine, values = CASES["vllm-two-nodes"]
    rendered = chart.render(engine, values)
    group = rendered.one("LeaderWorkerSet")["spec"]["leaderWorkerTemplate"]
    assert group["size"] == 2
    leader, worker = templates_of(rendered.one("LeaderWorkerSet"))
    assert rendered.one("Service")["spec"]["selector"].items() <= leader["metadata"]["labels"].items()
    assert not rendered.one("Service")["spec"]["selector"].items() <= worker["metadata"]["labels"].items()
    assert "--headless" in worker["spec"]["containers"][0]["args"]
    assert "--headless" not in leader["spec"]["containers"][0]["args"]
    assert "readinessProbe" not in worker["spec"]["containers"][0]
    # Together in a zone, on different nodes; a node of any of them is drained as one of a leader would be.
    spread = worker["spec"]["topologySpreadConstraints"]
    assert [rule["topologyKey"] for rule in spread] == ["kubernetes.io/hostname"]
    near = worker["spec"]["affinity"]["podAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"][0]
    assert near["podAffinityTerm"]["topologyKey"] == "topology.kubernetes.io/zone"
    budget = rendered.one("PodDisruptionBudget")["spec"]["selector"]["matchLabels"]
    assert budget.items() <= worker["metadata"]["labels"].items()
    own = {"podSelector": {"matchLabels": rendered.one("NetworkPolicy")["spec"]["podSelector"]["matchLabels"]}}
    assert {"from": [own]} in rendered.one("NetworkPolicy")["spec"]["ingress"]


@pytest.mark.parametrize(
    ("values", "argument"),
    [
        ({"model": {"contextLength": 1_000_000, "maxSequences": 1, "kvCacheDtype": "fp8"}}, "--max-model-len=1000000"),
        ({"model": {"quantization": "fp8"}, "extraArgs": ["--quantization=fp8"]}, "--quantization=fp8"),
        ({"model": {"prefixCaching": False}}, "--no-enable-prefix-caching"),
        ({"model": {"attentionBackend": "flashinfer"}}, "--attention-backend=FLASHINFER"),
        ({"gpus": 4}, "--tensor-parallel-size=4"),
        ({"extraArgs": ["--seed=7"]}, "--seed=7"),
        (
            {"model": {"speculative": {"method": "ngram", "tokens": 5}}},
            '--speculative-config={"method":"ngram","num_speculative_tokens":5,"prompt_lookup_max":4}',
        ),
    ],
)
def test_choices_reach_the_engine(chart: Chart, values: dict[str, Any], argument: str) -> None:
    assert argument in chart.render("vllm", values).container()["args"]


@pytest.mark.parametrize("engine", ["vllm", "tgi", "triton", "ray-serve"])
def test_format_of_a_checkpoint_is_left_to_its_config(chart: Chart, engine: str) -> None:
    # vLLM refuses a name that is not the config's own: compressed-tensors and modelopt are FP8 too.
    rendered = chart.render(engine, {"model": {"quantization": "fp8"}})
    files = {key: text for key, text in rendered.one("ConfigMap")["data"].items() if key != "fetch_weights.py"}
    assert "quantiz" not in f"{rendered.container()['args']}{files}"


def test_triton_has_the_backends_of_its_source(chart: Chart) -> None:
    # The image with vLLM has that and Python only: no TensorRT, no ONNX.
    assert chart.render("triton").container()["image"].endswith("-vllm-python-py3")
    source = {"huggingFace": None, "s3": {"uri": f"{BUCKET}/repository"}}
    tag = chart.render("triton", {"model": {"source": source}}).container()["image"].partition(":")[2]
    assert "vllm" not in tag
    assert tag.endswith("-py3")


def test_tgi_decides_itself_where_prefix_caching_works(chart: Chart) -> None:
    def asked(*, caching: bool) -> list[str]:
        env = chart.render("tgi", {"model": {"prefixCaching": caching}}).container()["env"]
        return [item["value"] for item in env if item["name"] == "PREFIX_CACHING"]

    # On a T4 it does not start when it is asked for; unset, it is on wherever it can be.
    assert asked(caching=True) == []
    assert asked(caching=False) == ["0"]


def test_mirror_stands_before_the_name_without_its_host(chart: Chart) -> None:
    image = {"registry": "111122223333.dkr.ecr.us-east-1.amazonaws.com/mirror", "tag": "v0.26.0"}
    container = chart.render("vllm", {"image": image}).container()
    assert container["image"] == f"{image['registry']}/vllm/vllm-openai:v0.26.0"
    digest = "sha256:" + "a" * 64
    assert chart.render("vllm", {"image": {"digest": digest}}).container()["image"].endswith(f"@{digest}")
