"""One model: its service levels, where its latency comes from, its tokens and what it costs."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Dashboard

from observability.dashboards.board import Choice, Section, board
from observability.dashboards.fields import Query
from observability.dashboards.panels import bars, distribution, lines, number

MODEL = 'model="$model"'
CHOSEN = f'{MODEL}, version=~"$version"'
BURN = (
    f"max by (slo) (slo:errors:ratio_rate1h{{{MODEL}}}"
    f" / on (model, namespace, team, slo) (1 - slo:objective{{{MODEL}}}))"
)


def dashboard() -> Dashboard:
    """A model in all its versions and adapters."""
    return board(
        "llm-model",
        "Model",
        "One model: service levels, where its latency comes from, tokens, capacity and cost.",
        [
            Choice("model", "llm:replicas_ready", several=False),
            Choice("version", f"llm:replicas_ready{{{MODEL}}}"),
        ],
        [service_levels(), latency(), traffic(), replicas(), money()],
    )


def service_levels() -> Section:
    """What was promised, and what is left of it."""
    return Section(
        "Service levels",
        [
            bars(
                "Error budget left",
                "What is left of the 30 days' budget: 1 is untouched, 0 is spent.",
                Query(f"min by (slo) (slo:error_budget_remaining:ratio{{{MODEL}}})", "{{slo}}"),
                "percentunit",
                largest=1,
                first="red",
                steps=[("yellow", 0.1), ("green", 0.5)],
            ),
            lines(
                "Burn rate, 1 hour",
                "How many times faster than allowed the budget is spent. At 14.4 the whole budget is gone in two days.",
                [Query(BURN, "{{slo}}")],
                "short",
                span=8,
                limit=14.4,
            ),
            lines(
                "Error budget over time",
                "What was left of the 30 days' budget.",
                [Query(f"min by (slo) (slo:error_budget_remaining:ratio{{{MODEL}}})", "{{slo}}")],
                "percentunit",
                span=8,
                smallest=None,
                largest=1,
            ),
        ],
    )


def latency() -> Section:
    """Where the time goes."""
    return Section(
        "Latency",
        [
            lines(
                "Time to first token",
                "How long a user waits until the answer begins: queueing and reading the prompt.",
                [Query(f"max(llm:ttft_seconds:{q}_5m{{{MODEL}}})", q) for q in ("p50", "p95", "p99")],
                "s",
                span=8,
            ),
            lines(
                "Time per output token",
                "How fast the answer comes after that: the engine's decode step.",
                [Query(f"max(llm:tpot_seconds:{q}_5m{{{MODEL}}})", q) for q in ("p50", "p95", "p99")],
                "s",
                span=8,
            ),
            distribution(
                "Distribution of time to first token",
                "Requests a second by the time to their first token; two bands are two kinds of requests.",
                f"sum by (le) (llm:ttft_seconds:bucket5m{{{CHOSEN}}})",
                "s",
                span=8,
            ),
            lines(
                "Whole request, 95th percentile",
                "From the request's arrival at the engine to its last token.",
                [Query(f"max(llm:request_seconds:p95_5m{{{MODEL}}})", "p95")],
                "s",
                span=8,
            ),
            lines(
                "Running and waiting",
                "Requests in the engine's batch, and those that wait for a place in it.",
                [
                    Query(f"sum(llm:requests_running{{{CHOSEN}}})", "running"),
                    Query(f"sum(llm:requests_waiting{{{CHOSEN}}})", "waiting"),
                ],
                "none",
                span=8,
            ),
            lines(
                "KV cache used",
                "Of the replica that uses most. Near 1 requests are preempted and computed again.",
                [Query(f"max by (version) (llm:kv_cache:ratio{{{CHOSEN}}})", "version {{version}}")],
                "percentunit",
                span=8,
                largest=1,
                limit=0.9,
            ),
        ],
    )


def traffic() -> Section:
    """How much is asked of it."""
    return Section(
        "Traffic",
        [
            lines(
                "Requests",
                "Requests a second, by version.",
                [Query(f"sum by (version) (llm:requests:rate5m{{{CHOSEN}}})", "version {{version}}")],
                "reqps",
                span=8,
                stacked=True,
            ),
            lines(
                "Failed requests",
                "Share of requests that failed, by version.",
                [
                    Query(
                        f"sum by (version) (llm:requests_failed:rate5m{{{CHOSEN}}})"
                        f" / sum by (version) (llm:requests:rate5m{{{CHOSEN}}})",
                        "version {{version}}",
                    )
                ],
                "percentunit",
                span=8,
            ),
            lines(
                "Tokens",
                "Tokens a second that are read and written.",
                [
                    Query(f"sum(llm:tokens_in:rate5m{{{CHOSEN}}})", "read"),
                    Query(f"sum(llm:tokens_out:rate5m{{{CHOSEN}}})", "written"),
                ],
                "short",
                span=8,
            ),
        ],
    )


def replicas() -> Section:
    """What serves it."""
    return Section(
        "Replicas, adapters and GPUs",
        [
            lines(
                "Replicas",
                "Replicas that answer, and those that are wanted.",
                [
                    Query(f"sum(llm:replicas_ready{{{CHOSEN}}})", "ready"),
                    Query(f"sum(llm:replicas_wanted{{{MODEL}}})", "wanted"),
                ],
                "none",
                span=8,
            ),
            lines(
                "Adapters loaded",
                "LoRA adapters that run at the same time, by version; 4 stands for four and more (vLLM only).",
                [Query(f"max by (version) (llm:adapters_loaded{{{CHOSEN}}})", "version {{version}}")],
                "none",
                span=8,
            ),
            lines(
                "GPUs of its replicas",
                "Mean over the GPUs that its pods hold.",
                [
                    Query(f"avg(gpu:utilization:ratio{{{MODEL}}})", "utilization"),
                    Query(f"avg(gpu:tensor_active:ratio{{{MODEL}}})", "tensor cores active"),
                    Query(f"avg(gpu:memory_used:ratio{{{MODEL}}})", "memory used"),
                ],
                "percentunit",
                span=8,
                largest=1,
            ),
        ],
    )


def money() -> Section:
    """What it costs."""
    return Section(
        "Cost",
        [
            number(
                "Spent an hour",
                "Catalogue price of the GPUs that its replicas hold.",
                f"sum(cost:gpu_dollars:rate1h{{{MODEL}}})",
                "currencyUSD",
                decimals=2,
            ),
            number(
                "Spent in this time",
                "The same, over the time shown.",
                f"sum(avg_over_time(cost:gpu_dollars:rate1h{{{MODEL}}}[$__range])) * $__range_s / 3600",
                "currencyUSD",
                decimals=0,
                whole_range=True,
            ),
            number(
                "A million tokens written",
                "What its GPUs cost an hour, by the tokens it writes in one.",
                f"sum(cost:gpu_dollars:rate1h{{{MODEL}}}) / (sum(llm:tokens_out:rate5m{{{MODEL}}}) * 3600) * 1e6",
                "currencyUSD",
                decimals=2,
            ),
            lines(
                "Cost of a million tokens written",
                "Falls with traffic: the GPUs cost the same at night.",
                [
                    Query(
                        f"sum(cost:gpu_dollars:rate1h{{{MODEL}}})"
                        f" / (sum(llm:tokens_out:rate5m{{{MODEL}}}) * 3600) * 1e6",
                        "dollars for a million tokens",
                    )
                ],
                "currencyUSD",
                span=12,
            ),
        ],
    )
