"""The figures of vector-databases.yaml. Does not prove that AWS or Pinecone still sell what they name."""

from pathlib import Path

import pytest

from catalogue.data_file import CatalogueError
from catalogue.vector_databases import VECTOR_DATABASES_FILE, load_vector_databases, read_vector_databases
from catalogue.vector_sizing import ENGINES


def test_parameter_family_is_the_versions() -> None:
    aurora = load_vector_databases().aurora
    assert aurora.parameter_family == f"aurora-postgresql{aurora.version.partition('.')[0]}"


def test_larger_classes_have_more_of_everything() -> None:
    classes = load_vector_databases().aurora.instance_classes.values()
    sizes = [(known.memory_gib, known.nvme_gb, known.vcpus) for known in classes]
    assert sorted(sizes) == sorted(sizes, key=lambda size: size[2])
    assert {memory // vcpus for memory, _, vcpus in sizes} == {8}  # the memory-optimised families


def test_every_engine_has_a_longest_vector() -> None:
    assert set(load_vector_databases().longest_vectors.dimensions) == set(ENGINES)


def test_private_links_are_in_their_own_region() -> None:
    for region, link in load_vector_databases().pinecone.private_links.items():
        assert f".{region}." in link.service


def test_a_mistyped_figure_is_named_with_its_file(tmp_path: Path) -> None:
    broken = tmp_path / "vector-databases.yaml"
    text = VECTOR_DATABASES_FILE.read_text(encoding="utf-8")
    broken.write_text(text.replace("acu_memory_gib: 2", "acu_memory_gib: two"), encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"vector-databases.yaml: aurora.acu_memory_gib: 'two'"):
        read_vector_databases(broken)
