"""The chart's memory estimate is the catalogue's: same type, same GPUs, same MiB, for any model.

That the estimate is what an engine really takes is not proven here: no engine runs. Its figures have their sources in
catalogue/model-memory.yaml.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue.instance_types import load_instance_types
from catalogue.model_memory import demand_of, estimate, gpus_needed, smallest_fitting_type
from tests.charts.rendering import Chart, RenderRefusedError

ADAPTERS = [{"name": f"a{i}", "version": "1", "uri": f"s3://models/a{i}"} for i in range(3)]
DRAFT = {"method": "draft", "tokens": 3, "model": {"id": "a/b", "revision": "0" * 40, "parametersBillions": 0.57}}
SIZES = st.fixed_dictionaries(
    {
        "parametersBillions": st.integers(1, 700_000).map(lambda thousandths: thousandths / 1000),
        "layers": st.integers(0, 130),
        "kvHeads": st.sampled_from([0, 1, 2, 4, 8, 16]),
        "headDim": st.sampled_from([0, 64, 128]),
    }
)
MODELS = st.fixed_dictionaries(
    {
        "size": SIZES,
        "dtype": st.sampled_from(["float32", "bfloat16", "float16"]),
        "quantization": st.sampled_from(["none", "awq", "gptq", "fp8"]),
        "kvCacheDtype": st.sampled_from(["model", "fp8"]),
        "contextLength": st.integers(1, 131_072),
        "maxSequences": st.integers(1, 64),
        "meanSequenceLength": st.none() | st.integers(1, 8192),
        "gpuMemoryUtilization": st.sampled_from([0.5, 0.85, 0.9, 0.95]),
        "pipelineParallel": st.sampled_from([1, 1, 2]),
        "maxAdapterRank": st.sampled_from([8, 64]),
        "adapters": st.sampled_from([[], ADAPTERS]),
        "speculative": st.none() | st.just(DRAFT),
    }
)


def plan_of(chart: Chart, values: dict[str, Any]) -> dict[str, Any]:
    """What the chart planned, from the render."""
    rendered = chart.render("vllm", values)
    kind = "LeaderWorkerSet" if values["model"]["pipelineParallel"] > 1 else "Deployment"
    workload = rendered.one(kind)
    group = workload["spec"].get("leaderWorkerTemplate")
    pod = (group["leaderTemplate"] if group else workload["spec"]["template"])["spec"]
    terms = pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    return {
        "type": workload["metadata"]["annotations"]["llm-platform/planned-on"],
        "mib": int(workload["metadata"]["annotations"]["llm-platform/memory-mib"]),
        "gpus": pod["containers"][0]["resources"]["limits"]["nvidia.com/gpu"],
        "types": terms[0]["matchExpressions"][0]["values"],
    }


# The chart fixture only holds a path: it may serve all examples.
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(model=MODELS, gpus=st.none() | st.sampled_from([1, 2, 4, 8]))
def test_chart_and_catalogue_plan_the_same(chart: Chart, model: dict[str, Any], gpus: int | None) -> None:
    values = {"engine": "vllm", "gpus": gpus, "model": model}
    demand = demand_of(values)
    fit = smallest_fitting_type(demand, gpus=gpus)
    if fit is None:
        with pytest.raises(RenderRefusedError, match=r"does not fit: .* no type of the catalogue has that"):
            chart.render("vllm", values)
        return
    assert plan_of(chart, values) == {
        "type": fit.instance_type,
        "mib": estimate(demand, fit.gpus).total_mib,
        "gpus": fit.gpus,
        "types": sorted(
            name
            for name, kind in load_instance_types().items()
            if kind.gpus >= fit.gpus and gpus_needed(demand, kind, fit.gpus)
        ),
    }


def test_misfit_names_the_numbers_and_the_smallest_type_that_fits(chart: Chart) -> None:
    size = {"parametersBillions": 70.6, "layers": 80, "kvHeads": 8, "headDim": 128}
    with pytest.raises(RenderRefusedError) as refused:
        chart.render("vllm", {"instanceType": "g6.xlarge", "model": {"size": size}})
    message = str(refused.value)
    assert "every GPU needs 152067 MiB (weights 134659, KV cache 15360, adapters 0, overhead 2048)" in message
    assert "instanceType g6.xlarge has 1 x L4 with 22886 MiB each, of which the engine may take 20597" in message
    assert "the smallest type that fits is g6e.12xlarge with 4 of its GPUs" in message


def test_chosen_type_is_planned_on_when_it_fits(chart: Chart) -> None:
    workload = chart.render("vllm", {"instanceType": "g6e.xlarge"}).one("Deployment")
    assert workload["metadata"]["annotations"]["llm-platform/planned-on"] == "g6e.xlarge"


def test_engine_without_kernels_for_new_gpus_is_not_planned_there(chart: Chart) -> None:
    size = {"parametersBillions": 12.0, "layers": 40, "kvHeads": 8, "headDim": 128}
    over = {"model": {"size": size, "maxSequences": 8}}
    assert chart.render("vllm", over).one("Deployment")["metadata"]["annotations"]["llm-platform/planned-on"] == (
        "g7.2xlarge"
    )
    planned = chart.render("tgi", over).one("Deployment")["metadata"]["annotations"]["llm-platform/planned-on"]
    assert planned == "g6e.xlarge"


def test_model_without_a_gpu_must_fit_its_memory(chart: Chart) -> None:
    size = {"parametersBillions": 7.0, "layers": 0, "kvHeads": 0, "headDim": 0}
    with pytest.raises(RenderRefusedError, match=r"resources.memory: 2Gi: without a GPU the model needs 27727 MiB"):
        chart.render("fastapi", {"model": {"size": size}})
