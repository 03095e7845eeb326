"""What the platform of the day has: pools of nodes, teams, models with their replicas, and who holds which GPU."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from observability.slo import Indicator, Objective
from rehearsal.observe.story.incidents import IDLE_TEAM, SLOW_MODEL, STORM
from rehearsal.observe.story.moment import Moment, noise, wave

Engine = Literal["vllm", "tgi", "fastapi"]


@dataclass(frozen=True)
class Pool:
    """Nodes of one kind."""

    name: str
    nodes: int
    gpus: int
    """Of a node."""
    instance_type: str
    capacity: Literal["on-demand", "spot"]
    gpu_model: str
    gpu_limit: int
    """That Karpenter keeps to."""


@dataclass(frozen=True)
class Model:
    """A model that is served."""

    name: str
    engine: Engine
    team: str
    callers: tuple[str, ...]
    peak: float
    """Requests a second at noon."""
    ttft: float
    tpot: float
    objectives: tuple[tuple[Indicator, float, float | None], ...] = ()

    @property
    def namespace(self) -> str:
        """Where it runs."""
        return f"models-{self.team}"

    @property
    def owner(self) -> dict[str, str]:
        """Labels of what is told of the model as a whole."""
        return {"model": self.name, "team": self.team, "namespace": self.namespace}

    def rate(self, now: Moment) -> float:
        """Requests a second."""
        if self.team == IDLE and now.during(IDLE_TEAM):
            return 0.0
        return self.peak * wave(now.hour) * (1 + noise(self.name, now.hour, 0.08))

    def slower(self, now: Moment) -> float:
        """How many times slower than when it has nothing to do."""
        load = 1 + 0.35 * wave(now.hour)
        if self.name == SLOW and now.during(SLOW_MODEL):
            return load * 12
        return load * (2.2 if self.name in ON_SPOT and now.during(STORM) else 1)


@dataclass(frozen=True)
class Replica:
    """A pod that serves a model."""

    model: Model
    version: str
    node: str
    gpus: tuple[int, ...]
    number: int

    @property
    def pod(self) -> str:
        """Its name."""
        return f"{self.model.name}-{self.number}"

    @property
    def labels(self) -> dict[str, str]:
        """Of its scraped target, as the PodMonitor of charts/model-server makes them."""
        pool, _, _ = self.node.rpartition("-")
        engine = {"version": self.version, "engine": self.model.engine, "pool": pool, "pod": self.pod}
        return {**self.model.owner, **engine}


IDLE: Final = "vision"
SLOW: Final = "code-34b"
ON_SPOT: Final = ("summaries-8b", "rerank")
H100: Final = "NVIDIA H100 80GB HBM3"
POOLS: Final = (
    Pool("inference", 3, 8, "p5.48xlarge", "on-demand", H100, 32),
    Pool("training", 2, 8, "p5.48xlarge", "on-demand", H100, 24),
    Pool("spot", 4, 4, "g6e.12xlarge", "spot", "NVIDIA L40S", 24),
)
LEFT_BY_STORM: Final = 1
_FAST: Final[tuple[tuple[Indicator, float, float | None], ...]] = (
    ("availability", 0.995, None),
    ("ttft", 0.95, 1.0),
    ("tpot", 0.95, 0.05),
)
CHAT: Final = Model("chat-70b", "vllm", "assistants", ("assistants", "search"), 51, 0.30, 0.024, _FAST)
CODE: Final = Model(SLOW, "vllm", "developer-tools", ("developer-tools",), 18, 0.24, 0.021, _FAST)
VISION: Final = Model("vision-12b", "vllm", IDLE, (IDLE,), 4, 0.4, 0.03)
SUMMARIES: Final = Model(
    "summaries-8b", "tgi", "search", ("search", "assistants"), 24, 0.11, 0.012, (("availability", 0.99, None),)
)
RERANK: Final = Model("rerank", "fastapi", "search", ("search",), 90, 0.03, 0.0)
MODELS: Final = (CHAT, CODE, VISION, SUMMARIES, RERANK)
TRAINING: Final = {"training-1": 8, "training-2": 4}
"""GPUs of each node that the research team's jobs hold."""
TEAMS: Final = ("assistants", "developer-tools", "research", "search", IDLE)


def _replicas() -> Iterator[Replica]:
    for number, version in enumerate(("2026-10", "2026-10", "2026-10", "2026-11")):
        yield Replica(CHAT, version, "inference-1", (2 * number, 2 * number + 1), number)
    for number in range(3):
        yield Replica(CODE, "3", "inference-2", (2 * number, 2 * number + 1), number)
    for number in range(2):
        yield Replica(VISION, "1", "inference-3", tuple(range(4 * number, 4 * number + 4)), number)
    for number in range(8):
        yield Replica(SUMMARIES, "12", f"spot-{1 + number // 2}", (number % 2,), number)
    for number in range(7):
        yield Replica(RERANK, "5", f"spot-{1 + number // 2}", (2 + number % 2,), number)


REPLICAS: Final = tuple(_replicas())


def nodes(pool: Pool, now: Moment) -> list[str]:
    """Names of a pool's nodes."""
    count = LEFT_BY_STORM if pool.capacity == "spot" and now.during(STORM) else pool.nodes
    return [f"{pool.name}-{number}" for number in range(1, count + 1)]


def pods(now: Moment) -> list[Replica]:
    """Replicas that run."""
    there = {node for pool in POOLS for node in nodes(pool, now)}
    return [replica for replica in REPLICAS if replica.node in there]


def wanted(model: Model) -> int:
    """Replicas that a model is to have."""
    return sum(replica.model is model for replica in REPLICAS)


def objectives() -> list[Objective]:
    """What the models promise."""
    return [
        Objective(**model.owner, indicator=indicator, ratio=ratio, seconds=seconds)
        for model in MODELS
        for indicator, ratio, seconds in model.objectives
    ]
