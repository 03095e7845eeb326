"""Plans, runs and cleanings as text, for a terminal or a log."""

from __future__ import annotations

from collections.abc import Sequence

from workloads.embedding.reindex.cleanup import Kept
from workloads.embedding.reindex.comparison import Comparison
from workloads.embedding.reindex.plan import Plan, PoolPlan
from workloads.embedding.reindex.run import Outcome

_GIB = 1024**3
_MIB = 1024**2


def told_plan(plan: Plan) -> str:
    """Return a plan as text: what changes, how much there is, what it costs where."""
    scan = plan.scan
    if plan.changes:
        lines = [f"{plan.index}: {plan.live or 'nothing'} -> {plan.target}", *(f"  {one}" for one in plan.changes)]
    else:
        lines = [
            f"{plan.index}: the settings name the live collection {plan.live}; the figures are of building it anew"
        ]
    counted = "" if scan.looked_at == scan.objects else f", scaled from {scan.looked_at} of them"
    lines += [
        f"  {scan.objects} objects of {_size(scan.bytes)}: {scan.documents} documents, {scan.chunks} chunks, "
        f"{scan.tokens} tokens{counted}",
        f"  shadow index: {_size(plan.disk_bytes)} of disk, {_size(plan.memory_bytes)} of memory, beside the live one",
    ]
    lines += [_told_pool(pool) for pool in plan.pools]
    return "\n".join(lines)


def told_outcome(outcome: Outcome) -> str:
    """Return how a run ended as text."""
    if outcome.before is None:
        return f"readers are served from {outcome.live} already: nothing to do"
    measured = "" if outcome.comparison is None else f"\n{told_comparison(outcome.comparison)}"
    return f"readers are served from {outcome.live} now; {outcome.before} is kept for `reindex rollback`{measured}"


def told_comparison(seen: Comparison) -> str:
    """Return what was measured as text."""
    figures = {
        f"recall@{seen.k} live": seen.live_recall,
        f"recall@{seen.k} shadow": seen.shadow_recall,
        f"overlap@{seen.k}": seen.overlap,
        "index recall": seen.index_recall,
    }
    told = ", ".join(f"{name} {value:.3f}" for name, value in figures.items() if value is not None)
    return (
        f"  {seen.questions} questions: {told}\n"
        f"  documents: {seen.live_documents} live, {seen.shadow_documents} in the shadow, {len(seen.lost)} lost, "
        f"{seen.vanished} no longer in the source"
    )


def told_cleaning(found: Sequence[Kept], *, dry_run: bool) -> str:
    """Return what became of each collection as text."""
    goes = "would be deleted" if dry_run else "deleted"
    return "\n".join(f"{one.collection}: {goes if one.gone else 'kept'} ({one.reason})" for one in found)


def _told_pool(pool: PoolPlan) -> str:
    where = f"  {pool.pool} ({pool.instance_type}): "
    if pool.hours is None:
        return where + "speed not known; give --tokens-per-second"
    gpus = f", {pool.gpu_hours:.2f} GPU-hours" if pool.gpu_hours else ""
    price = "price not known" if pool.usd is None else f"at most {pool.usd:.2f} USD (on demand)"
    return where + f"{pool.hours:.2f} h on one{gpus}, {price}, at {pool.tokens_per_second:,.0f} tokens/s"


def _size(size: int) -> str:
    return f"{size / _GIB:.2f} GiB" if size >= _GIB else f"{size / _MIB:.1f} MiB"
