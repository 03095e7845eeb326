"""The figures that the estimate of a model's GPU memory rests on: model-memory.yaml and its loader."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

from catalogue.data_file import Record, read_yaml, validate

MODEL_MEMORY_FILE = Path(__file__).parent / "model-memory.yaml"


class Needs(Record):
    """Lowest compute capability, times ten, that a choice runs on."""

    dtype: Mapping[str, int]
    quantization: Mapping[str, int]
    kv_cache: Mapping[str, int]


class MemoryFigures(Record):
    """The figures of catalogue/model-memory.yaml."""

    date: date
    sources: Mapping[str, str]
    fractions: str
    """Why shares of GPUs are not planned with."""
    bytes_per_thousand_parameters: Mapping[str, int]
    kv_cache_bytes: Mapping[str, int]
    overhead_mib_per_gpu: int
    adapter_parameters_per_million_and_rank: int
    gpu_counts: list[int]
    architectures: list[str]
    compute_capability: Mapping[str, int]
    needs: Needs


@cache
def load_memory_figures() -> MemoryFigures:
    """The figures that the project ships; raises CatalogueError with every fault of the file."""
    return validate(MODEL_MEMORY_FILE, read_yaml(MODEL_MEMORY_FILE), MemoryFigures)
