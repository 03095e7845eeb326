"""Rules of each watch of the section `quality`, against the rest of the stack file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from stacks.closeness import listed
from stacks.sections.observability_rules import RULES_RELEASE
from stacks.sections.quality import QualityWatchSettings
from stacks.sections.section import Broken
from stacks.sections.thresholds import QUALITY_HOURS

if TYPE_CHECKING:
    from stacks.settings import Settings


def _at(index: int, *keys: str | int) -> tuple[str | int, ...]:
    return ("quality", index, *keys)


def unique(settings: Settings, index: int, entry: QualityWatchSettings) -> Iterator[Broken]:
    """Two watches of one name would write over each other's results."""
    for earlier, other in enumerate(settings.quality[:index]):
        if other.name == entry.name:
            yield Broken(_at(index, "name"), entry.name, f"already the name of quality[{earlier}]")
            return


def release_is_free(settings: Settings, index: int, entry: QualityWatchSettings) -> Iterator[Broken]:
    """A model of this name would be a release of the same name."""
    for number, model in enumerate(settings.models):
        if model.namespace == entry.namespace and model.name == entry.release:
            message = f"its release '{entry.release}' would be that of models[{number}]"
            yield Broken(_at(index, "name"), entry.name, message)


def namespace_is_for_inference(settings: Settings, index: int, entry: QualityWatchSettings) -> Iterator[Broken]:
    """It watches beside the models, in a namespace that is declared."""
    fit = [namespace.name for namespace in settings.namespaces if namespace.workload == "inference"]
    if entry.namespace not in fit:
        message = f"allowed: a namespace with workload 'inference': {listed(fit) if fit else 'there is none'}"
        yield Broken(_at(index, "namespace"), entry.namespace, message)


def model_is_served(settings: Settings, index: int, entry: QualityWatchSettings) -> Iterator[Broken]:
    """Quality beside latency and cost: with another name the dashboards would not find one beside the other."""
    served = [model.name for model in settings.models]
    if entry.model not in served:
        message = f"allowed: the name of one of models: {listed(served) if served else 'there is none'}"
        yield Broken(_at(index, "model"), entry.model, message)


def one_watch_of_a_model(settings: Settings, index: int, entry: QualityWatchSettings) -> Iterator[Broken]:
    """Of two watches of one model the metrics have the same labels: the fresh one would hide the stale one."""
    for earlier, other in enumerate(settings.quality[:index]):
        if other.model == entry.model and other.name != entry.name:
            message = f"quality[{earlier}] watches it already: alerts could not tell the two apart"
            yield Broken(_at(index, "model"), entry.model, message)
            return


def looks_before_it_is_stale(settings: Settings, index: int, entry: QualityWatchSettings) -> Iterator[Broken]:
    """A watch that looks more rarely than QualityCheckStale allows would be stale between any two looks."""
    if RULES_RELEASE not in settings.charts.releases:
        return
    hours = settings.observability.thresholds.quality_hours or QUALITY_HOURS
    if entry.every_minutes > hours * 60:
        message = (
            f"allowed: up to {hours * 60:.0f}, the {hours:g} hours after which QualityCheckStale alerts"
            " (observability.thresholds.quality_hours)"
        )
        yield Broken(_at(index, "every_minutes"), entry.every_minutes, message)


def groups_have_labels(settings: Settings, index: int, entry: QualityWatchSettings) -> Iterator[Broken]:  # noqa: ARG001 - the signature of every rule
    """A group's quality is that of its labelled answers."""
    if entry.groups is not None and entry.feedback is None:
        columns = ", ".join(entry.groups.columns)
        yield Broken(_at(index, "groups", "columns"), columns, "needs feedback, which the watch lacks")


def columns_are_told_apart(settings: Settings, index: int, entry: QualityWatchSettings) -> Iterator[Broken]:  # noqa: ARG001 - the signature of every rule
    """A column is a feature, the answer or something else, never two of them."""
    answers = entry.predictions
    seen = {answers.id or "id", answers.time or "time", answers.version or "version"}
    seen |= {answers.prediction or "prediction"} | ({answers.score} if answers.score is not None else set())
    for key in ("numerical", "categorical"):
        for place, column in enumerate(getattr(answers, key)):
            if column in seen:
                yield Broken(_at(index, "predictions", key, place), column, "is already named for something else")
            seen.add(column)


def thresholds_are_of_columns(settings: Settings, index: int, entry: QualityWatchSettings) -> Iterator[Broken]:  # noqa: ARG001 - the signature of every rule
    """A threshold for a column that is not watched would be a typing error that nobody sees."""
    answers = entry.predictions
    known = [*answers.numerical, *answers.categorical, answers.prediction or "prediction"]
    known += [answers.score] if answers.score is not None else []
    for column, threshold in entry.drift.thresholds.items():
        if column not in known:
            message = f"'{column}' is not watched; allowed: {listed(sorted(known))}"
            yield Broken(_at(index, "drift", "thresholds", column), threshold, message)


def vectors_have_thresholds(settings: Settings, index: int, entry: QualityWatchSettings) -> Iterator[Broken]:  # noqa: ARG001 - the signature of every rule
    """Calibrating takes minutes for each reference, so that one has to stay."""
    vectors = entry.embedding
    if vectors is None:
        return
    path = _at(index, "embedding", "thresholds")
    if not vectors.thresholds and entry.reference.prefix is None:
        yield Broken(path, "", "needed where reference.prefix is left out: there is nothing to calibrate on")
    elif vectors.thresholds and set(vectors.thresholds) != set(vectors.methods):
        message = f"allowed: for all of methods ({', '.join(vectors.methods)}), or none"
        yield Broken(path, ", ".join(sorted(vectors.thresholds)), message)


RULES = (
    unique,
    release_is_free,
    namespace_is_for_inference,
    model_is_served,
    one_watch_of_a_model,
    looks_before_it_is_stale,
    groups_have_labels,
    columns_are_told_apart,
    thresholds_are_of_columns,
    vectors_have_thresholds,
)
