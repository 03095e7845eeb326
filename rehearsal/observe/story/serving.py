"""What the models' engines tell: vLLM, TGI, and an app with FastAPI."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from rehearsal.observe.story.fleet import SLOW, Replica, pods
from rehearsal.observe.story.incidents import SLOW_MODEL, STORM
from rehearsal.observe.story.moment import Moment, noise, wave
from rehearsal.observe.story.sample import Sample, histogram, rising

TTFT: Final = ("0.04", "0.1", "0.25", "0.5", "0.75", "1.0", "2.5", "5.0", "7.5", "10.0", "20.0", "40.0")
"""What the PodMonitor of charts/model-server leaves of vLLM's buckets; likewise the others."""
TPOT: Final = ("0.01", "0.025", "0.05", "0.075", "0.1", "0.15", "0.2", "0.3", "0.4", "0.5", "1.0")
WHOLE: Final = ("0.5", "1.0", "2.5", "5.0", "10.0", "20.0", "30.0", "60.0", "120.0", "240.0", "960.0")
QUICK: Final = ("0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0")
TOKENS_IN: Final = 640.0
TOKENS_OUT: Final = 210.0
BUSY: Final = 0.5
"""Traffic above which a second adapter is asked for."""
FAILING: Final = 0.0004
"""Share of the requests, on every day."""


def serving(now: Moment) -> Iterator[Sample]:
    """All engines."""
    running = pods(now)
    for replica in running:
        same = [other for other in running if other.model is replica.model]
        yield Sample("up", replica.labels, 1)
        yield from {"vllm": _vllm, "tgi": _tgi, "fastapi": _fastapi}[replica.model.engine](now, replica, len(same))


def whole_request(replica: Replica, now: Moment) -> float:
    """Seconds of a request."""
    return (replica.model.ttft + TOKENS_OUT * replica.model.tpot) * replica.model.slower(now)


def share(limit: float, scale: float, shape: float = 1.6) -> float:
    """Share of times up to a limit; most are near the scale."""
    return 1 - math.exp(-((limit / scale) ** shape))


def _vllm(now: Moment, replica: Replica, replicas: int) -> Iterator[Sample]:
    labels, model = replica.labels, replica.model
    named = {**labels, "model_name": model.name, "exported_engine": "0"}
    rate, slow = model.rate(now) / replicas, model.name == SLOW and now.during(SLOW_MODEL)
    first = model.ttft * model.slower(now)
    each = model.tpot * (1 + 0.35 * wave(now.hour))
    busy = rate * (model.ttft + TOKENS_OUT * model.tpot)
    yield Sample("vllm:num_requests_running", named, 9 if slow else round(busy))
    yield Sample("vllm:num_requests_waiting", named, round(30 + noise(replica.pod, now.hour, 6)) if slow else 0)
    cache = 0.15 + 0.55 * wave(now.hour) * (rate > 0) + noise(replica.pod, now.hour, 0.04)
    yield Sample("vllm:kv_cache_usage_perc", named, 0.985 if slow else max(0.01, cache))
    for reason, part in (("stop", 0.9), ("length", 0.08), ("abort", 0.02), ("error", FAILING)):
        yield rising("vllm:request_success_total", {**named, "finished_reason": reason}, rate * part)
    yield rising("vllm:prompt_tokens_total", named, rate * TOKENS_IN * (6 if slow else 1))
    yield rising("vllm:generation_tokens_total", named, rate * TOKENS_OUT)
    yield from histogram(
        "vllm:time_to_first_token_seconds", named, TTFT, rate, first, lambda limit: share(limit, first)
    )
    yield from histogram(
        "vllm:request_time_per_output_token_seconds", named, TPOT, rate, each, lambda limit: share(limit, each, 4)
    )
    seconds = first + TOKENS_OUT * each
    yield from histogram(
        "vllm:e2e_request_latency_seconds", named, WHOLE, rate, seconds, lambda limit: share(limit, seconds)
    )
    adapters = "sql,summaries" if wave(now.hour) > BUSY else "sql"
    loaded = {**labels, "max_lora": "4", "running_lora_adapters": adapters, "waiting_lora_adapters": ""}
    yield Sample("vllm:lora_requests_info", loaded, now.time)


def _tgi(now: Moment, replica: Replica, replicas: int) -> Iterator[Sample]:
    labels, model = replica.labels, replica.model
    # The fewer are left, the less they take: the rest waits and is told to come again.
    rate, stormy = min(model.rate(now) / replicas, 4.5), now.during(STORM)
    each, seconds = model.tpot * model.slower(now), whole_request(replica, now)
    yield Sample("tgi_batch_current_size", labels, 16 if stormy else round(rate * seconds * 0.6))
    yield Sample("tgi_queue_size", labels, round(40 + noise(replica.pod, now.hour, 8)) if stormy else 0)
    yield rising("tgi_request_count", labels, rate)
    for reason in ("generation", "overloaded", "validation"):
        yield rising("tgi_request_failure", {**labels, "err": reason}, rate * FAILING / 3)
    yield from histogram("tgi_request_duration", labels, WHOLE, rate, seconds, lambda limit: share(limit, seconds))
    yield from histogram(
        "tgi_request_mean_time_per_token_duration", labels, TPOT, rate, each, lambda limit: share(limit, each, 4)
    )
    yield rising("tgi_request_generated_tokens_sum", labels, rate * TOKENS_OUT)
    yield rising("tgi_request_input_length_sum", labels, rate * TOKENS_IN)


def _fastapi(now: Moment, replica: Replica, replicas: int) -> Iterator[Sample]:
    asked, model = {**replica.labels, "handler": "/rerank", "method": "POST"}, replica.model
    rate, seconds = model.rate(now) / replicas, model.ttft * model.slower(now)
    yield Sample("http_requests_in_progress", asked, round(rate * seconds))
    yield rising("http_requests_total", {**asked, "status": "200"}, rate * (1 - FAILING))
    yield rising("http_requests_total", {**asked, "status": "500"}, rate * FAILING)
    yield from histogram(
        "http_request_duration_seconds", asked, QUICK, rate, seconds, lambda limit: share(limit, seconds)
    )
