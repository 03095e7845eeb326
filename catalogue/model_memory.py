"""How much GPU memory a model needs to be served, and the smallest instance type that has it.

For each GPU, in MiB, everything rounded up:

    weights    parameters x bytes each / (gpus x nodes)
    KV cache   2 x layers / nodes x KV heads / gpus x head size x bytes each x tokens
    tokens     the most of contextLength and maxSequences x meanSequenceLength
    adapters   parameters x 0.0006 x rank x 2 bytes x adapters / (gpus x nodes)
    overhead   CUDA context, graphs, buffers, activations of one step

against the GPU's memory x gpuMemoryUtilization. 2 stands for keys and values. Sources:
https://kipp.ly/transformer-inference-arithmetic/ and https://docs.vllm.ai/en/latest/configuration/conserving_memory/.
Left out: the KV cache of a draft model, state-space layers, sliding windows (which need less), mixture-of-experts
models' uneven shards. charts/model-server/templates/_memory.tpl computes the same; a test holds the two equal.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from catalogue.data_file import CatalogueError, display_name, read_yaml
from catalogue.instance_types import InstanceType, load_instance_types
from catalogue.memory_figures import load_memory_figures

ENGINES_FILE = Path(__file__).parent.parent / "charts" / "model-server" / "files" / "engines.yaml"
MIB: Final = 1024 * 1024
ADAPTER_BYTES: Final = 2  # LoRA weights are served in 16 bit


@dataclass(frozen=True, kw_only=True)
class ModelDemand:
    """What the estimate needs to know of a model: the keys of the chart's `model` with the same names."""

    parameters_billions: float
    layers: int = 0
    kv_heads: int = 0
    head_dim: int = 0
    dtype: str = "bfloat16"
    quantization: str = "none"
    kv_cache_dtype: str = "model"
    context_length: int = 1
    max_sequences: int = 1
    mean_sequence_length: int | None = None
    """Tokens that a sequence holds on average; None plans for the context length."""
    nodes: int = 1
    """The chart's pipelineParallel."""
    gpu_memory_utilization: float = 0.9
    adapters: int = 0
    max_adapter_rank: int = 16
    draft_parameters_billions: float = 0.0
    highest_capability: int | None = None
    """Highest compute capability, times ten, that the engine's image has kernels for; None for no limit."""

    @property
    def tokens(self) -> int:
        """Tokens that the KV cache is planned for; never less than one sequence of full length."""
        return max(self.context_length, self.max_sequences * (self.mean_sequence_length or self.context_length))

    @property
    def capability(self) -> int:
        """Lowest compute capability, times ten, that the model's number formats run on."""
        needs = load_memory_figures().needs
        return max(needs.dtype[self.dtype], needs.quantization[self.quantization], needs.kv_cache[self.kv_cache_dtype])


@dataclass(frozen=True)
class Estimate:
    """Memory of each GPU in MiB, by what takes it."""

    weights_mib: int
    kv_cache_mib: int
    adapters_mib: int
    overhead_mib: int

    @property
    def total_mib(self) -> int:
        """All together."""
        return self.weights_mib + self.kv_cache_mib + self.adapters_mib + self.overhead_mib


@dataclass(frozen=True)
class Fit:
    """An instance type that holds the model, and how many of its GPUs one node's pod takes."""

    instance_type: str
    gpus: int
    estimate: Estimate


def demand_of(values: Mapping[str, Any]) -> ModelDemand:
    """The demand that merged values of charts/model-server describe."""
    model = values["model"]
    size = model["size"]
    draft = (model.get("speculative") or {}).get("model") or {}
    return ModelDemand(
        parameters_billions=size["parametersBillions"],
        layers=size.get("layers") or 0,
        kv_heads=size.get("kvHeads") or 0,
        head_dim=size.get("headDim") or 0,
        dtype=model["dtype"],
        quantization=model["quantization"],
        kv_cache_dtype=model.get("kvCacheDtype") or "model",
        context_length=model["contextLength"],
        max_sequences=model["maxSequences"],
        mean_sequence_length=model.get("meanSequenceLength"),
        nodes=model.get("pipelineParallel") or 1,
        gpu_memory_utilization=model.get("gpuMemoryUtilization") or 0.9,
        adapters=len(model.get("adapters") or ()),
        max_adapter_rank=model.get("maxAdapterRank") or 16,
        draft_parameters_billions=draft.get("parametersBillions") or 0.0,
        highest_capability=highest_capability(values["engine"]),
    )


@cache
def highest_capability(engine: str) -> int | None:
    """Highest compute capability, times ten, that the engine's image runs on, as the chart knows it; None for no limit.

    Raises CatalogueError where the chart has no such engine.
    """
    content: Any = read_yaml(ENGINES_FILE)
    if engine not in content["engines"]:
        allowed = ", ".join(content["engines"])
        raise CatalogueError(f"{display_name(ENGINES_FILE)}: engines: {engine!r}: is none of {allowed}")
    return content["engines"][engine]["supports"].get("highestCapability")


def estimate(demand: ModelDemand, gpus: int) -> Estimate:
    """What each GPU needs when `gpus` of every node share a layer."""
    figures = load_memory_figures()
    parts = gpus * demand.nodes
    millions = _millions(demand.parameters_billions)
    width = figures.bytes_per_thousand_parameters[
        demand.dtype if demand.quantization == "none" else demand.quantization
    ]
    draft = _millions(demand.draft_parameters_billions) * figures.bytes_per_thousand_parameters[demand.dtype]
    kv_bytes = figures.kv_cache_bytes[demand.dtype if demand.kv_cache_dtype == "model" else demand.kv_cache_dtype]
    per_token = 2 * _up(demand.layers, demand.nodes) * _up(demand.kv_heads, gpus) * demand.head_dim * kv_bytes
    adapter = figures.adapter_parameters_per_million_and_rank * demand.max_adapter_rank * ADAPTER_BYTES
    return Estimate(
        weights_mib=_up((millions * width + draft) * 1000, parts * MIB),
        kv_cache_mib=_up(per_token * demand.tokens, MIB),
        adapters_mib=_up(millions * adapter * demand.adapters, parts * MIB),
        overhead_mib=figures.overhead_mib_per_gpu,
    )


def budget_mib(demand: ModelDemand, kind: InstanceType) -> int:
    """What an engine may take of one GPU of the type, in MiB; 0 for a type that is not planned with."""
    thousandths = int((Decimal(str(demand.gpu_memory_utilization)) * 1000).to_integral_value(ROUND_FLOOR))
    return gpu_mib(kind) * thousandths // 1000 if is_planned_with(kind) else 0


def gpu_mib(kind: InstanceType) -> int:
    """Memory of one GPU in whole MiB; 0 without NVIDIA GPUs."""
    if kind.accelerator is None or not kind.gpus:
        return 0
    return int((Decimal(str(kind.accelerator.memory_gib)) * 1024).to_integral_value(ROUND_FLOOR))


def is_planned_with(kind: InstanceType) -> bool:
    """Whether models are placed on the type: whole NVIDIA GPUs, a processor that the images are built for."""
    whole = kind.accelerator is not None and kind.gpus > 0 and kind.accelerator.fraction == 1.0
    return whole and kind.architecture in load_memory_figures().architectures


def gpus_needed(demand: ModelDemand, kind: InstanceType, gpus: int | None = None) -> int | None:
    """How many GPUs of the type hold the model: `gpus` when that is given and enough; None when it does not fit."""
    figures = load_memory_figures()
    accelerator = kind.accelerator
    capability = figures.compute_capability.get(accelerator.name, 0) if accelerator else 0
    if not demand.capability <= capability <= (demand.highest_capability or capability):
        return None
    for count in [gpus] if gpus else figures.gpu_counts:
        if count <= kind.gpus and estimate(demand, count).total_mib <= budget_mib(demand, kind):
            return count
    return None


def by_size(types: Iterable[InstanceType]) -> list[InstanceType]:
    """The types that models are placed on, the smallest first: GPU memory of the node, then price, then name."""

    def size(kind: InstanceType) -> tuple[int, float, str]:
        return kind.gpus * gpu_mib(kind), kind.on_demand_usd_per_hour or float("inf"), kind.name

    return sorted((kind for kind in types if is_planned_with(kind)), key=size)


def smallest_fitting_type(
    demand: ModelDemand, types: Iterable[str] | None = None, gpus: int | None = None
) -> Fit | None:
    """The smallest type that holds the model, of those named or of the whole catalogue; None when there is none.

    Raises KeyError for a name that is not in the catalogue.
    """
    known = load_instance_types()
    for kind in by_size(known.values() if types is None else [known[name] for name in types]):
        if count := gpus_needed(demand, kind, gpus):
            return Fit(kind.name, count, estimate(demand, count))
    return None


def _millions(billions: float) -> int:
    """Parameters in whole millions, rounded up; decimal, as 0.57 x 1000 is not 570 in binary."""
    return int((Decimal(str(billions)) * 1000).to_integral_value(ROUND_CEILING))


def _up(amount: int, divisor: int) -> int:
    """Division rounded up."""
    return -(-amount // divisor)
