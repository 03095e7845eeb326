"""Properties of models over many inputs: garbage anywhere is refused in lines, never with a traceback.

Does not prove the messages: tests/stacks/bad_models.py has them word for word.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from stacks.model_values import model_values
from tests.stacks.bad_models import SERVED
from tests.stacks.test_settings_properties import GARBAGE, every_path, read
from tests.stacks.valid_sections import changed_sections

EXAMPLES = hypothesis_settings(max_examples=80, deadline=None, derandomize=True)
PATHS = [path for path in every_path(SERVED) if path.startswith(("models", "namespaces[0]"))]
CHART_KEYS = [
    "model.quantization", "model.size.layers", "model.speculative", "model.tensorParallel", "model.pipelineParallel",
    "model.adapters", "autoscaling", "autoscaling.targets", "autoscaling.targets.kvCacheUse", "cache", "cache.kind",
    "replicas", "gpus", "instanceType", "onDemandFloor", "image", "image.repository", "environment", "kuberay",
    "podMonitor",
]  # fmt: skip


@EXAMPLES
@given(path=st.sampled_from(PATHS), garbage=GARBAGE)
def test_garbage_in_a_model_is_settings_or_a_settings_error(path: str, garbage: object) -> None:
    read(changed_sections({**SERVED, path: garbage}))


@EXAMPLES
@given(path=st.sampled_from(CHART_KEYS), garbage=GARBAGE)
def test_garbage_in_the_values_is_settings_or_a_settings_error(path: str, garbage: object) -> None:
    values: dict[str, object] = {}
    place = values
    *above, last = path.split(".")
    for key in above:
        place[key] = place = {}
    place[last] = garbage
    settings = read(changed_sections({**SERVED, "models[0].source": {}, "models[0].values": values}))
    assert isinstance(settings, str)
    named = read(changed_sections({**SERVED, "models[0].adapters": [], "models[0].values": values}))
    if not isinstance(named, str):
        model_values(named, named.models[0])
