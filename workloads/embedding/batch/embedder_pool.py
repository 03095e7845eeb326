"""A pool of actors with the embedding model, on the machines that have the GPUs, behind the port of one embedder.

Whoever reads and chunks asks the pool over the network and needs no model of its own. What is asked changes nothing,
so Ray may ask again on another machine when one goes, as spot machines do.
"""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import ray
from ray.exceptions import RayError
from tokenizers import Tokenizer

from workloads.embedding.embedders.embedder import Embedder, RefusedWindowsError, Window
from workloads.embedding.faults import EmbedderError
from workloads.embedding.records import Vector
from workloads.faults import ProgramError

OpenEmbedder = Callable[[], Embedder]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the pipeline needs to know of a model without having it."""

    model: str
    revision: str
    dimension: int
    reads: int
    tokenizer: str
    """As the JSON document of the tokenizers library"""


@dataclass(frozen=True, slots=True)
class Words:
    """A window, as it goes over the network."""

    text: str
    token_ids: Sequence[int]


@dataclass(frozen=True, slots=True)
class Embedded:
    """An answer; faults travel as values, for Ray would wrap what is raised."""

    vectors: Vector | None
    refused: dict[int, str]
    fault: ProgramError | None = None


class ModelActor:
    """The model, in a process of its own."""

    def __init__(self, open_embedder: OpenEmbedder) -> None:
        self._embedder: Embedder | None = None
        self._fault: ProgramError | None = None
        try:
            self._embedder = open_embedder()
        except ProgramError as error:
            self._fault = error

    def facts(self) -> Facts | ProgramError:
        """Return what the model is, or why it could not be opened."""
        if self._embedder is None:
            return self._fault or EmbedderError("the model could not be opened")
        embedder = self._embedder
        return Facts(embedder.model, embedder.revision, embedder.dimension, embedder.reads, embedder.tokenizer.to_str())

    def embed(self, windows: Sequence[Words]) -> Embedded:
        """Return the vectors of windows."""
        if self._embedder is None:
            return Embedded(None, {}, self._fault)
        try:
            return Embedded(self._embedder.embed(windows), {})
        except RefusedWindowsError as error:
            return Embedded(error.vectors, dict(error.reasons))
        except ProgramError as error:
            return Embedded(None, {}, error)


class PooledEmbedder:
    """The `Embedder` protocol, answered by the actors in turn. Goes to other processes with what knows it."""

    def __init__(self, actors: Sequence[Any], facts: Facts, kept: object = None) -> None:
        """`kept` is what the actors need for as long as this pool is there."""
        self._kept = kept
        self._actors = list(actors)
        self._facts = facts
        self._take_up()

    def embed(self, windows: Sequence[Window]) -> Vector:
        """Return an array (windows, dimension); raises as the model itself does."""
        if not windows:
            return np.zeros((0, self.dimension), np.float32)
        words = [Words(window.text, tuple(window.token_ids)) for window in windows]
        answer = cast("Embedded", _asked(next(self._turn).embed.remote(words)))
        if answer.fault is not None:
            raise answer.fault
        if answer.vectors is None:
            raise EmbedderError(f"{self.model}: an actor answered nothing")
        if answer.refused:
            raise RefusedWindowsError(answer.refused, answer.vectors)
        return answer.vectors

    def embed_query(self, text: str) -> Vector:  # noqa: ARG002 - the protocol's
        """Return the vector of a query, which batches have no use for."""
        raise EmbedderError(f"{self.model}: the pool embeds documents only")

    def close(self) -> None:
        """Nothing is held here: whoever opened the pool ends its actors."""

    def __getstate__(self) -> tuple[list[Any], Facts]:
        return self._actors, self._facts

    def __setstate__(self, state: tuple[list[Any], Facts]) -> None:
        self._actors, self._facts = state
        self._take_up()

    def _take_up(self) -> None:
        self.model = self._facts.model
        self.revision = self._facts.revision
        self.dimension = self._facts.dimension
        self.reads = self._facts.reads
        self.tokenizer = Tokenizer.from_str(self._facts.tokenizer)
        # Each process starts elsewhere, or all would ask the first actor first.
        start = random.Random(os.getpid()).randrange(len(self._actors))  # noqa: S311 - spreads load, hides nothing
        self._turn = itertools.cycle(self._actors[start:] + self._actors[:start])


def open_pool(open_embedder: OpenEmbedder, size: int, cpus: float, gpus: float, restarts: int = 20) -> PooledEmbedder:
    """Return a pool of `size` actors, each with that many CPUs and GPUs of the cluster.

    Waits until the first one has its model; the others may still be waiting for machines. An actor whose machine goes
    is started elsewhere, `restarts` times in all: one that always dies, for want of memory say, must not for ever.
    Raises what opening the model raised, `EmbedderError` where the process died of it.
    """
    made = cast("Any", ray.remote(ModelActor)).options(
        num_cpus=cpus, num_gpus=gpus, max_restarts=restarts, max_task_retries=-1
    )
    # An actor that is started again is given this again, so that it must outlive the first start.
    opening = ray.put(open_embedder)
    actors = [made.remote(opening) for _ in range(size)]
    first, _ = ray.wait([actor.facts.remote() for actor in actors], num_returns=1)
    facts = cast("Facts | ProgramError", _asked(first[0]))
    if isinstance(facts, ProgramError):
        raise facts
    return PooledEmbedder(actors, facts, opening)


def _asked(answer: Any) -> object:
    try:
        return ray.get(answer)
    except RayError as error:
        raise EmbedderError(f"an actor with the model: {first_line(error)}") from error


def first_line(error: Exception) -> str:
    """Return what Ray says happened; its messages are pages long, and the log has them."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
