"""The estimate of embedding throughput: its formula against what is known, its file against nonsense.

The utilisation of GPUs is an assumption that nothing here can measure.
"""

from pathlib import Path

import pytest

from catalogue.data_file import CatalogueError
from catalogue.embedding_throughput import THROUGHPUT_FILE, load_throughput, read_throughput, tokens_per_second
from catalogue.instance_types import load_instance_types

MINILM = "sentence-transformers/all-MiniLM-L6-v2"


@pytest.mark.parametrize(
    ("model", "millions"),
    # Parameters without embeddings: 303 million for the E5-large and BGE-M3 shapes by NVIDIA's support matrix.
    [("intfloat/e5-large-v2", 303), ("BAAI/bge-m3", 303), ("BAAI/bge-base-en-v1.5", 85.6), (MINILM, 10.7)],
)
def test_a_token_costs_two_operations_for_each_weight(model: str, millions: float) -> None:
    assert load_throughput().models[model].operations(0) == pytest.approx(2e6 * millions, rel=0.02)


def test_the_measured_rate_of_a_core_comes_out_again() -> None:
    machine = load_instance_types()["m7i.large"]
    assert machine.vcpus == 2
    assert tokens_per_second(MINILM, machine, 252) == pytest.approx(32 * 252 / 3.05, rel=0.02)


def test_more_and_faster_accelerators_embed_more() -> None:
    types = load_instance_types()
    one, four, faster = (
        tokens_per_second("BAAI/bge-base-en-v1.5", types[name], 512)
        for name in ("g6.xlarge", "g6.12xlarge", "g6e.xlarge")
    )
    assert one is not None
    assert four == pytest.approx(4 * one)
    assert faster is not None
    assert faster > 2 * one
    assert (tokens_per_second("BAAI/bge-base-en-v1.5", types["g6.xlarge"], 4096) or 0) < one


def test_what_is_not_known_is_not_guessed() -> None:
    types = load_instance_types()
    assert tokens_per_second("somebody/unheard-of", types["g6.xlarge"], 512) is None
    assert tokens_per_second(MINILM, types["inf2.xlarge"], 512) is None


def test_a_bad_figure_is_named(tmp_path: Path) -> None:
    file = tmp_path / "embedding-throughput.yaml"
    file.write_text(THROUGHPUT_FILE.read_text().replace("T4: 65", "T4: -1"))
    with pytest.raises(CatalogueError, match=r"accelerator_teraflops\.T4: -1"):
        read_throughput(file)
