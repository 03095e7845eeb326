"""What a model asks of its engine is what the engine can do: `supports` and `metrics` of the chart's engines.yaml."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from catalogue.model_server_chart import engine_facts
from stacks.closeness import listed
from stacks.model_value_faults import sound_values
from stacks.model_values import scales_with_keda, value_at
from stacks.sections.models import ModelSettings
from stacks.sections.section import Broken, Path

if TYPE_CHECKING:
    from stacks.settings import Settings

CHOICES = {
    "sources": ("model", "source"),
    "quantization": ("model", "quantization"),
    "dtypes": ("model", "dtype"),
    "kvCacheDtypes": ("model", "kvCacheDtype"),
    "attention": ("model", "attentionBackend"),
    "speculative": ("model", "speculative", "method"),
}
"""What an engine supports of each, and the value that chooses one."""

SWITCHES: dict[str, tuple[tuple[str, ...], Callable[[Any], bool]]] = {
    "pipelineParallel": (("model", "pipelineParallel"), lambda nodes: isinstance(nodes, int) and nodes > 1),
    "kuberay": (("kuberay",), bool),
}
"""What an engine can do or not, the value that asks for it, and whether it does."""


def _supports(engine: str) -> Mapping[str, Any]:
    return engine_facts()[engine]["supports"]


SOURCE_KEYS = {"huggingFace": "hugging_face"}
"""Words of the chart that are others in the stack file."""


def _at(index: int, path: tuple[str, ...]) -> Path:
    return ("models", index, "source") if path == ("model", "source") else ("models", index, "values", *path)


def choices(settings: Settings, index: int, model: ModelSettings) -> Iterator[Broken]:
    """The engine knows the source, the number formats and the methods that are chosen."""
    values = sound_values(settings, model)
    for fact, path in CHOICES.items():
        chosen = value_at(values, *path)
        if isinstance(chosen, Mapping):  # the source: its one key says which it is
            chosen = next(iter(chosen), None)
        supported = list(_supports(model.engine).get(fact, ()))
        if isinstance(chosen, str) and chosen not in supported:
            allowed = listed(SOURCE_KEYS.get(name, name) for name in supported)
            message = f"'{model.engine}' takes {allowed}" if supported else f"'{model.engine}' can't do it"
            yield Broken(_at(index, path), SOURCE_KEYS.get(chosen, chosen), message)


def switches(settings: Settings, index: int, model: ModelSettings) -> Iterator[Broken]:
    """The engine can serve over several nodes, or as a RayService, where that is asked for."""
    values = sound_values(settings, model)
    for fact, (path, asked) in SWITCHES.items():
        value = value_at(values, *path)
        if asked(value) and not _supports(model.engine).get(fact):
            able = listed(engine for engine in engine_facts() if _supports(engine).get(fact))
            yield Broken(_at(index, path), value, f"'{model.engine}' can't do it; engines that can: {able}")


def adapters(settings: Settings, index: int, model: ModelSettings) -> Iterator[Broken]:
    """The engine loads adapters, at the time when it is asked to."""
    if not model.adapters:
        return
    loading = _supports(model.engine).get("adapters", ())
    if not loading:
        able = listed(engine for engine in engine_facts() if _supports(engine).get("adapters"))
        names = [adapter.name for adapter in model.adapters]
        message = f"'{model.engine}' loads no LoRA adapters; engines that do: {able}"
        yield Broken(("models", index, "adapters"), names, message)
        return
    when = value_at(sound_values(settings, model), "model", "adapterLoading")
    if when not in loading:
        message = f"'{model.engine}' loads adapters {listed(loading)} only"
        yield Broken(_at(index, ("model", "adapterLoading")), when, message)


def signals(settings: Settings, index: int, model: ModelSettings) -> Iterator[Broken]:
    """The engine measures what KEDA scales it on."""
    values = sound_values(settings, model)
    if not scales_with_keda(values):
        return
    measured = engine_facts()[model.engine]["metrics"]["signals"]
    for signal, target in (value_at(values, "autoscaling", "targets") or {}).items():
        if target is not None and signal not in measured:
            known = listed(measured)
            message = f"'{model.engine}' has no such metric; it has {known}; allowed: null"
            yield Broken(_at(index, ("autoscaling", "targets", str(signal))), target, message)


RULES = (choices, switches, adapters, signals)
