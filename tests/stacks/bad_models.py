"""Models with a fault, and every line that is said about each: a part of the table of bad_inputs.py."""

from __future__ import annotations

from typing import Any

from tests.stacks.bad_inputs import PROD, BadInput
from tests.stacks.valid_sections import REMOVED

BUCKET = "s3://llm-platform-staging-models-222233334444-us-east-1/"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
QUOTA = {"gpus": 16, "cpus": 128, "memory_gib": 512, "pods": 100}
SERVED: dict[str, Any] = {
    "charts": {
        "gpu_stack_owner": "host",
        "releases": ["prometheus-operator-crds", "nvidia-device-plugin"],
    },
    "namespaces": [
        {"name": "serving", "team": "ml-platform", "workload": "inference", "quota": dict(QUOTA)},
        {"name": "training", "team": "research", "workload": "training", "quota": dict(QUOTA)},
    ],
    "node_pools": [],
    "models": [
        {
            "name": "qwen-chat",
            "namespace": "serving",
            "engine": "vllm",
            "pool": "inference",
            "source": {"hugging_face": {"id": "Qwen/Qwen2.5-7B-Instruct", "revision": COMMIT}},
            "replicas": {"min": 1, "max": 2},
            "adapters": [{"name": "sql", "version": "1", "uri": f"{BUCKET}adapters/sql/1"}],
            "values": {
                "model": {
                    "size": {"parametersBillions": 7.62, "layers": 28, "kvHeads": 4, "headDim": 128},
                    "contextLength": 8192,
                    "maxSequences": 16,
                    "meanSequenceLength": 1024,
                },
            },
        },
    ],
}
"""Sections in which one model is served without a fault."""

MODEL = "models[0]"
VALUES = f"{MODEL}.values"
SECOND: dict[str, Any] = {
    "name": "qwen-small",
    "namespace": "serving",
    "engine": "vllm",
    "replicas": {"min": 1, "max": 2},
}


def _bad(noun: str, changes: dict[str, Any], *lines: str) -> BadInput:
    return BadInput(f"a model: {noun}", SERVED | changes, lines)


BAD_MODELS = (
    _bad(
        "an unknown engine",
        {f"{MODEL}.engine": "vlm"},
        (
            "models[0].engine: 'vlm': allowed: an engine: 'vllm', 'tgi', 'triton', 'tensorflow-serving', 'bentoml',"
            " 'ray-serve' or 'fastapi'; did you mean 'vllm'?"
        ),
    ),
    _bad(
        "two with one name",
        {"models[1]": SECOND | {"name": "qwen-chat"}},
        "models[1].name: 'qwen-chat': already the name of models[0]; names are unique among models",
    ),
    _bad(
        "the name of another one's floor",
        {
            "models[1]": SECOND | {"pool": "spot"},
            "models[2]": SECOND | {"name": "qwen-small-floor"},
        },
        (
            "models[2].name: 'qwen-small-floor': models[1], on spot, makes a Deployment of this name for its on-demand"
            " floor; choose another"
        ),
    ),
    _bad(
        "a name that is no DNS label",
        {f"{MODEL}.name": "Qwen_Chat"},
        (
            "models[0].name: 'Qwen_Chat': allowed: 1 to 40 lower-case letters, digits and hyphens such as 'qwen-chat',"
            " beginning with a letter"
        ),
    ),
    _bad(
        "a name that leaves no room for its pods' names",
        {f"{MODEL}.name": "q" * 41},
        (
            f"models[0].name: '{'q' * 41}': allowed: 1 to 40 lower-case letters, digits and hyphens such as"
            " 'qwen-chat', beginning with a letter"
        ),
    ),
    _bad(
        "an unknown namespace",
        {f"{MODEL}.namespace": "servin"},
        "models[0].namespace: 'servin': not one of `namespaces`; allowed: 'serving'; did you mean 'serving'?",
    ),
    _bad(
        "a namespace for training",
        {f"{MODEL}.namespace": "training"},
        ("models[0].namespace: 'training': a namespace for training, where models are not served; allowed: 'serving'"),
    ),
    _bad(
        "no namespace at all",
        {"namespaces": []},
        (
            "models[0].namespace: 'serving': not one of `namespaces`; there is none with workload 'inference' in"
            " `namespaces`"
        ),
    ),
    _bad(
        "a pool without nodes",
        {"node_groups.spot": [], f"{MODEL}.pool": "spot"},
        ("models[0].pool: 'spot': no node group and no node pool is of this pool; allowed: 'inference' or 'training'"),
    ),
    _bad(
        "weights from two places",
        {f"{MODEL}.source.s3": f"{BUCKET}qwen/1"},
        (
            "models[0].source: {hugging_face: {id: 'Qwen/Qwen2.5-7B-Instruct', revision: "
            f"'{COMMIT}'}}, s3: 's3://llm-...: allowed: one of hugging_face, s3 and oci; it has 'hugging_face' and 's3'"
        ),
    ),
    _bad(
        "a branch instead of a commit",
        {f"{MODEL}.source.hugging_face.revision": "main"},
        (
            "models[0].source.hugging_face.revision: 'main': allowed: a commit of 40 hexadecimal digits: a branch would"
            " change under the running replicas"
        ),
    ),
    _bad(
        "weights of another environment",
        {f"{MODEL}.source": {"s3": "s3://llm-platform-prod-models-333344445555-us-east-1/qwen/1"}},
        (
            "models[0].source.s3: 's3://llm-platform-prod-models-333344445555-us-east-1/qwen/1': pods may read the"
            f" environment's own models only; allowed: a prefix of '{BUCKET}'"
        ),
    ),
    _bad(
        "more replicas at least than at most",
        {f"{MODEL}.replicas": {"min": 3, "max": 2}},
        "models[0].replicas.min: 3: greater than replicas.max, which is 2",
    ),
    _bad(
        "an adapter with the model's name",
        {f"{MODEL}.adapters[0].name": "qwen-chat"},
        ("models[0].adapters[0].name: 'qwen-chat': already the name of models[0]; clients could not ask for it"),
    ),
    _bad(
        "adapters for an engine that loads none",
        {f"{MODEL}.engine": "fastapi", f"{VALUES}.image": {"repository": "registry.example.com/app", "tag": "1"}},
        "models[0].adapters: ['sql']: 'fastapi' loads no LoRA adapters; engines that do: 'vllm' or 'tgi'",
    ),
    _bad(
        "adapters at a time when the engine loads none",
        {f"{MODEL}.engine": "tgi", f"{VALUES}.model.adapterLoading": "onDemand"},
        "models[0].values.model.adapterLoading: 'onDemand': 'tgi' loads adapters 'start' only",
    ),
    _bad(
        "a chart value that is not allowed",
        {f"{VALUES}.model.quantization": "int8"},
        "models[0].values.model.quantization: 'int8': allowed: 'none', 'awq', 'gptq' or 'fp8'",
    ),
    _bad(
        "an unknown chart key",
        {f"{VALUES}.model.quantisation": "awq"},
        (
            "models[0].values.model.quantisation: 'awq': unknown key; did you mean 'quantization'?; allowed: name,"
            " source, tokenSecret, quantization, dtype, kvCacheDtype, contextLength, maxSequences, meanSequenceLength,"
            " maxBatchTokens, size, prefixCaching, speculative, attentionBackend, gpuMemoryUtilization, tensorParallel,"
            " pipelineParallel, adapters, adapterLoading, maxAdapterRank"
        ),
    ),
    _bad(
        "a chart value of the wrong kind",
        {f"{VALUES}.model": 5},
        (
            "models[0].values.model: 5: allowed: a mapping with the keys name, source, tokenSecret, quantization,"
            " dtype, kvCacheDtype, contextLength, maxSequences, meanSequenceLength, maxBatchTokens, size,"
            " prefixCaching, speculative, attentionBackend, gpuMemoryUtilization, tensorParallel, pipelineParallel,"
            " adapters, adapterLoading, maxAdapterRank"
        ),
        (
            "models[0].values.model.size: not set: required with a source: the model's size, from its config.json; the"
            " engine's default has another"
        ),
    ),
    _bad(
        "a value that another key decides",
        {f"{VALUES}.replicas": {"min": 1, "max": 2}},
        "models[0].values.replicas: {min: 1, max: 2}: comes from this model's key `replicas`; remove it here",
    ),
    _bad(
        "a source without the model's size",
        {f"{VALUES}.model.size": REMOVED},
        (
            "models[0].values.model.size: not set: required with a source: the model's size, from its config.json; the"
            " engine's default has another"
        ),
    ),
    _bad(
        "a number format that the engine lacks",
        {
            f"{MODEL}.engine": "tgi",
            f"{VALUES}.model.dtype": "float32",
            f"{VALUES}.model.size": {"parametersBillions": 1.5},
        },
        "models[0].values.model.dtype: 'float32': 'tgi' takes 'bfloat16' or 'float16'",
    ),
    _bad(
        "a source that the engine lacks",
        {
            f"{MODEL}.engine": "tensorflow-serving",
            f"{MODEL}.adapters": [],
            f"{VALUES}.model.size": {"parametersBillions": 1.5},
        },
        "models[0].source: 'hugging_face': 'tensorflow-serving' takes 's3' or 'oci'",
    ),
    _bad(
        "several nodes for an engine that serves from one",
        {
            f"{MODEL}.engine": "tgi",
            f"{VALUES}.model.pipelineParallel": 2,
            "charts.releases[2]": "cert-manager",
            "charts.releases[3]": "lws",
        },
        "models[0].values.model.pipelineParallel: 2: 'tgi' can't do it; engines that can: 'vllm'",
    ),
    _bad(
        "several nodes without LeaderWorkerSets",
        {f"{VALUES}.model.pipelineParallel": 2},
        "models[0].values.model.pipelineParallel: 2: needs 'lws', which charts.releases lacks",
    ),
    _bad(
        "KEDA where there is none",
        {f"{VALUES}.autoscaling": {"keda": True}},
        "models[0].values.autoscaling.keda: true: needs 'keda', which charts.releases lacks",
    ),
    _bad(
        "a signal that the engine does not tell",
        {
            f"{MODEL}.engine": "tgi",
            "charts.releases[2]": "keda",
            f"{VALUES}.autoscaling": {"keda": True, "targets": {"kvCacheUse": 0.8}},
        },
        (
            "models[0].values.autoscaling.targets.kvCacheUse: 0.8: 'tgi' has no such metric; it has 'waitingRequests'"
            " or 'tokensPerSecond'; allowed: null"
        ),
    ),
    _bad(
        "scaling to zero without KEDA",
        {f"{VALUES}.autoscaling": {"scaleToZero": True, "wakeUpQuery": "sum(rate(requests[1m]))"}},
        (
            "models[0].values.autoscaling.scaleToZero: true: only KEDA scales to zero: needs 'keda' and"
            " 'monitoring' in charts.releases; allowed here: false"
        ),
    ),
    _bad(
        "scaling to zero with nothing to wake it",
        {"charts.releases[2]": "keda", f"{VALUES}.autoscaling": {"keda": True, "scaleToZero": True}},
        (
            "models[0].values.autoscaling.scaleToZero: true: needs wakeUpHosts or wakeUpQuery beside it: at zero"
            " replicas the engine has no metrics; else: false"
        ),
    ),
    _bad(
        "Mountpoint for weights from elsewhere",
        {f"{VALUES}.cache": {"kind": "mountpoint"}},
        (
            "models[0].values.cache.kind: 'mountpoint': mounts the models bucket, and the weights come from elsewhere;"
            " allowed: 'node' or 'pvc', or source.s3"
        ),
    ),
    _bad(
        "a floor without spot",
        {f"{VALUES}.onDemandFloor": 1},
        "models[0].values.onDemandFloor: 1: only with pool 'spot', here it is 'inference'; allowed: 0",
    ),
    _bad(
        "a credential in the file",
        {f"{VALUES}.environment": {"HF_TOKEN": "hf_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}},
        (
            "models[0].values.environment.HF_TOKEN: '[not shown]': looks like a credential; a Hugging Face token is"
            " named in values.model.tokenSecret: {name, key}"
        ),
    ),
    _bad(
        "an instance type of another pool",
        {f"{VALUES}.instanceType": "g5.xlarge"},
        "models[0].values.instanceType: 'g5.xlarge': not a type of pool 'inference'; its types: g6.xlarge",
    ),
    _bad(
        "one that fits no type of its pool",
        {f"{VALUES}.model.size": {"parametersBillions": 32.8, "layers": 64, "kvHeads": 8, "headDim": 128}},
        (
            "models[0].pool: 'inference': needs 67.7 GiB (weights 61.1, KV cache 4.0, adapters 0.6, overhead 2.0), and"
            " on 'g6.xlarge', the largest of the pool, a GPU has 20.1 GiB to give; the smallest type that fits is"
            " 'p5.4xlarge' with 1 GPU"
        ),
    ),
    _bad(
        "one that fits no type at all",
        {f"{VALUES}.model.size": {"parametersBillions": 2000, "layers": 61, "kvHeads": 1, "headDim": 576}},
        (
            "models[0].pool: 'inference': needs 3765.2 GiB (weights 3725.3, KV cache 2.1, adapters 35.8, overhead 2.0),"
            " and on 'g6.xlarge', the largest of the pool, a GPU has 20.1 GiB to give; no type fits"
            " (catalogue/instance-types.yaml)"
        ),
    ),
    _bad(
        "number formats that the pool's GPUs lack",
        {
            "node_groups.inference[0].instance_types": ["g5.xlarge"],
            f"{VALUES}.model.kvCacheDtype": "fp8",
        },
        (
            "models[0].pool: 'inference': its number formats need compute capability 8.9, and the best of the pool,"
            " 'g5.xlarge', has 8.6; the smallest type that fits is 'g6.xlarge' with 1 GPU"
        ),
    ),
    _bad(
        "a floor that fits no type of the inference pool",
        {
            "node_groups.spot[0].instance_types": ["g6e.xlarge", "g6e.2xlarge", "g6e.4xlarge"],
            f"{MODEL}.pool": "spot",
            f"{VALUES}.onDemandFloor": 1,
            f"{VALUES}.model.size": {"parametersBillions": 14.7, "layers": 48, "kvHeads": 8, "headDim": 128},
        },
        (
            "models[0].pool: 'spot': for its on-demand floor, on the inference pool: needs 32.6 GiB (weights 27.4, KV"
            " cache 3.0, adapters 0.3, overhead 2.0), and on 'g6.xlarge', the largest of the pool, a GPU has 20.1 GiB"
            " to give; the smallest type that fits is 'g6e.xlarge' with 1 GPU"
        ),
    ),
    _bad(
        "more GPUs than a node has",
        {f"{VALUES}.gpus": 8},
        (
            "models[0].pool: 'inference': asks for 8 GPUs, and the largest node of the pool, 'g6.xlarge', has 1; the"
            " smallest type that fits is 'g6.48xlarge' with 8 GPUs"
        ),
    ),
    _bad(
        "more than the namespace's quota",
        {"namespaces[0].quota.gpus": 1, f"{MODEL}.replicas": {"min": 2, "max": 2}},
        "namespaces[0].quota.gpus: 1: its models ask for 2 GPUs at rest (qwen-chat 2); allowed: that many or more",
    ),
    _bad(
        "an engine's default model, which another environment has",
        {"models[1]": SECOND | {"name": "images", "engine": "tensorflow-serving"}},
        (
            "models[1].source.s3: not set: the engine's default is"
            " 's3://llm-platform-dev-models-111122223333-us-east-1/efficientnet-v2-s', which pods may not read;"
            f" allowed: a prefix of '{BUCKET}'"
        ),
    ),
    _bad(
        "an image in no repository",
        {"models[1]": SECOND | {"name": "embedder", "engine": "bentoml"}},
        (
            "models[1].values.image.repository: 'serving/embedder': not one of storage.repositories; allowed: one of"
            " 'serving/vllm' or 'training/trainer', or a name with its registry"
        ),
    ),
    _bad(
        "spot without a floor in prod",
        {
            **PROD,
            "node_groups.system.min_nodes": 2,
            "models": [SECOND | {"pool": "spot"}],
        },
        (
            "models[0].values.onDemandFloor: 0: nothing would serve when spot capacity goes away; allowed in prod: 1 or"
            " more"
        ),
    ),
)
