"""Drift of real vectors: the packaged MiniLM on the prose of Python's own help, then on its library's code."""

from __future__ import annotations

import argparse
import inspect
import ssl
import tarfile
from collections.abc import Sequence
from pydoc_data.topics import topics

import numpy as np
import pytest

from tests.workloads.embedding.numpy_minilm import MiniLmEmbedder
from workloads.drift.calibration import calibrate_window
from workloads.drift.methods import Method, score
from workloads.drift.windows import Sample
from workloads.embedding.records import Vector

pytestmark = pytest.mark.xdist_group("drift")

CHARACTERS = 60
"""Of a passage: short ones are embedded quickly."""


def vectors_of(lines: Sequence[str], most: int) -> Vector:
    """Vectors of some of the lines, picked at random."""
    long = [line.strip()[:CHARACTERS] for line in lines if len(line.strip()) >= CHARACTERS]
    picked = np.random.default_rng(1).permutation(len(long))[:most]
    embedder = MiniLmEmbedder()
    return np.stack([embedder.embed_query(long[number]) for number in picked])


def test_code_among_prose_is_found_and_more_prose_is_not() -> None:
    prose = vectors_of("\n".join(topics[name] for name in sorted(topics)).splitlines(), 90)
    code = vectors_of("".join(map(inspect.getsource, (argparse, tarfile, ssl))).splitlines(), 20)
    reference = Sample(prose[:70], tuple(map(str, range(70))), np.arange(70))
    found = calibrate_window(reference, 20, ("mmd",), 0.05, rank=1, power_pairs=1)
    window = reference.one(20, np.random.default_rng(2))

    def scores(current: Vector) -> dict[Method, float]:
        return {"mmd": score("mmd", window, current)}

    assert found.alarms(scores(prose[70:])) == []
    assert found.alarms(scores(code)) == ["mmd"]
