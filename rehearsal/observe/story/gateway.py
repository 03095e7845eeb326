"""What the gateway tells: who asked which model for what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rehearsal.observe.story.fleet import MODELS
from rehearsal.observe.story.moment import Moment, wave
from rehearsal.observe.story.sample import Sample, histogram, rising
from rehearsal.observe.story.serving import FAILING, TOKENS_IN, TOKENS_OUT, share

SECONDS: Final = (
    "0.01", "0.02", "0.04", "0.08", "0.16", "0.32", "0.64", "1.28", "2.56", "5.12", "10.24", "20.48", "40.96",
    "81.92",
)  # fmt: skip


def gateway(now: Moment) -> Iterator[Sample]:
    """Requests, tokens and refusals."""
    for model in MODELS:
        seconds = (model.ttft + TOKENS_OUT * model.tpot) * model.slower(now) * 1.05
        for place, team in enumerate(model.callers):
            part = 1.0 if len(model.callers) == 1 else (0.7, 0.3)[place]
            rate = model.rate(now) * part
            asked = {
                "gen_ai_request_model": model.name, "gen_ai_original_model": model.name,
                "gen_ai_operation_name": "chat", "gen_ai_provider_name": "openai", "team": team,
            }  # fmt: skip
            for labels, share_of in ((asked, 1 - FAILING), ({**asked, "error_type": "_OTHER"}, FAILING)):
                yield from histogram(
                    "gen_ai_server_request_duration_seconds", labels, SECONDS, rate * share_of, seconds,
                    lambda limit, seconds=seconds: share(limit, seconds),
                )  # fmt: skip
            for kind, tokens in (("input", TOKENS_IN), ("output", TOKENS_OUT)):
                labels = {**asked, "gen_ai_token_type": kind}
                yield rising("gen_ai_client_token_usage_sum", labels, rate * tokens)
                yield rising("gen_ai_client_token_usage_count", labels, rate)
        route = {"envoy_cluster_name": f"httproute/models/{model.name}/rule/0"}
        refused = model.rate(now) * max(0.0, wave(now.hour) - 0.85) * 0.8
        yield rising("envoy_cluster_ratelimit_over_limit", route, refused)
        yield rising("envoy_cluster_ratelimit_ok", route, model.rate(now))
