"""The estimate of a model's GPU memory, and the chart's copies of the figures.

Sizes of weights are compared with published checkpoints, and the KV cache with the arithmetic of its definition. What
an engine takes beside them (`overhead`) is a planning figure that nothing here can measure.
"""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue import chart_data
from catalogue.data_file import CatalogueError
from catalogue.instance_types import load_instance_types
from catalogue.memory_figures import load_memory_figures
from catalogue.model_memory import (
    ModelDemand,
    budget_mib,
    by_size,
    demand_of,
    estimate,
    gpus_needed,
    is_planned_with,
    smallest_fitting_type,
)

QWEN_7B = ModelDemand(
    parameters_billions=7.62, layers=28, kv_heads=4, head_dim=128, context_length=8192, max_sequences=16,
    mean_sequence_length=1024,
)  # fmt: skip
LLAMA_70B = ModelDemand(
    parameters_billions=70.6, layers=80, kv_heads=8, head_dim=128, context_length=8192, max_sequences=8,
    mean_sequence_length=1024,
)  # fmt: skip


@pytest.mark.parametrize(
    ("quantization", "parameters_billions", "published_gb"),
    # Llama-3.1-8B: 16.1 GB as published, 5.7 GB as AWQ and GPTQ in 4 bit, 9.1 GB as FP8.
    [("none", 8.03, 16.1), ("awq", 8.03, 5.7), ("gptq", 8.03, 5.7), ("fp8", 8.03, 9.1)],
)
def test_weights_are_as_large_as_published_checkpoints(
    quantization: str, parameters_billions: float, published_gb: float
) -> None:
    demand = ModelDemand(parameters_billions=parameters_billions, quantization=quantization)
    gigabytes = estimate(demand, 1).weights_mib * 1024 * 1024 / 1e9
    assert published_gb * 0.98 <= gigabytes <= published_gb * 1.08


def test_kv_cache_holds_keys_and_values_of_every_layer() -> None:
    # 2 x 28 layers x 4 heads x 128 x 2 bytes = 56 KiB a token, 16 sequences of 1,024 tokens.
    assert estimate(QWEN_7B, 1).kv_cache_mib == 56 * 16 * 1024 // 1024


def test_kv_cache_holds_at_least_one_sequence_of_full_length() -> None:
    alone = dataclasses.replace(QWEN_7B, max_sequences=1, mean_sequence_length=16)
    assert alone.tokens == 8192
    assert dataclasses.replace(QWEN_7B, mean_sequence_length=None).tokens == 16 * 8192


def test_gpus_share_weights_and_heads_but_each_has_the_overhead() -> None:
    one, four = estimate(LLAMA_70B, 1), estimate(LLAMA_70B, 4)
    assert four.weights_mib == pytest.approx(one.weights_mib / 4, abs=1)
    assert four.kv_cache_mib == one.kv_cache_mib // 4
    assert four.overhead_mib == one.overhead_mib
    # More GPUs than KV heads: each keeps a copy.
    assert estimate(LLAMA_70B, 16).kv_cache_mib == estimate(LLAMA_70B, 8).kv_cache_mib


def test_nodes_share_the_layers() -> None:
    two = estimate(dataclasses.replace(LLAMA_70B, nodes=2), 8)
    assert two.weights_mib == pytest.approx(estimate(LLAMA_70B, 8).weights_mib / 2, abs=1)


@pytest.mark.parametrize(
    ("demand", "instance_type", "gpus"),
    [
        (QWEN_7B, "g6.xlarge", 1),
        (LLAMA_70B, "g6e.12xlarge", 4),
        # 64 GiB in two GPUs are less than 96 in one, though they cost more.
        (dataclasses.replace(LLAMA_70B, quantization="awq"), "g7.12xlarge", 2),
    ],
)
def test_smallest_type_is_the_one_with_the_least_gpu_memory(demand: ModelDemand, instance_type: str, gpus: int) -> None:
    fit = smallest_fitting_type(demand)
    assert fit is not None
    assert (fit.instance_type, fit.gpus) == (instance_type, gpus)


def test_only_the_named_types_are_looked_at() -> None:
    fit = smallest_fitting_type(QWEN_7B, ["g6e.xlarge", "p5.48xlarge", "g4dn.xlarge"])
    assert fit is not None
    assert fit.instance_type == "g6e.xlarge"
    assert smallest_fitting_type(LLAMA_70B, ["g6e.xlarge"]) is None


def test_bfloat16_keeps_off_turing_and_fp8_cache_off_ampere() -> None:
    types = load_instance_types()
    small = ModelDemand(parameters_billions=0.5)
    assert gpus_needed(small, types["g4dn.xlarge"]) is None
    assert gpus_needed(dataclasses.replace(small, dtype="float16"), types["g4dn.xlarge"]) == 1
    assert gpus_needed(dataclasses.replace(small, kv_cache_dtype="fp8"), types["g5.xlarge"]) is None


def test_image_without_kernels_keeps_off_newer_gpus() -> None:
    old = ModelDemand(parameters_billions=0.5, highest_capability=90)
    assert gpus_needed(old, load_instance_types()["g7.2xlarge"]) is None


def test_shares_of_gpus_other_processors_and_other_accelerators_are_not_planned_with() -> None:
    types = load_instance_types()
    assert not [
        name for name in ("g6f.large", "g5g.xlarge", "trn2.48xlarge", "m7i.large") if is_planned_with(types[name])
    ]
    assert budget_mib(QWEN_7B, types["g6f.large"]) == 0


def test_unknown_engine_is_named_with_those_that_there_are() -> None:
    size = {"parametersBillions": 1}
    model = {"size": size, "dtype": "bfloat16", "quantization": "none", "contextLength": 1, "maxSequences": 1}
    with pytest.raises(CatalogueError, match=r"files/engines.yaml: engines: 'sglang': is none of vllm, tgi"):
        demand_of({"engine": "sglang", "model": model})


def test_every_planned_gpu_has_its_compute_capability() -> None:
    known = load_memory_figures().compute_capability
    named = {kind.accelerator.name for kind in by_size(load_instance_types().values()) if kind.accelerator}
    assert named <= set(known)


@given(
    billions=st.floats(0.001, 700, allow_nan=False).map(lambda number: round(number, 3)),
    tokens=st.integers(1, 100_000),
    gpus=st.sampled_from([1, 2, 4, 8]),
)
def test_more_of_anything_never_needs_less(billions: float, tokens: int, gpus: int) -> None:
    demand = dataclasses.replace(LLAMA_70B, parameters_billions=billions, context_length=tokens)
    total = estimate(demand, gpus).total_mib
    assert estimate(dataclasses.replace(demand, parameters_billions=billions + 1), gpus).total_mib > total
    assert estimate(dataclasses.replace(demand, context_length=tokens + 50_000), gpus).total_mib >= total
    assert estimate(demand, gpus * 2).total_mib <= total


def test_chart_has_the_catalogue_of_today() -> None:
    stale = [path.name for path in chart_data.stale_files()]
    assert not stale, "run `python -m catalogue.chart_data`"
