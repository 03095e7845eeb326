"""Properties of the settings over many inputs: what is valid survives, what is not never gives a traceback.

Does not prove the messages: tests/stacks/test_bad_inputs.py has them word for word.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from stacks.settings import Settings, SettingsError, parse_settings
from tests.stacks.valid_sections import changed_sections, valid_sections

FILE = "stacks/Pulumi.staging.yaml"
EXAMPLES = hypothesis_settings(max_examples=150, deadline=None, derandomize=True)

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates()
GARBAGE = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | st.integers(), inner, max_size=4),
    max_leaves=12,
)


def every_path(value: object, path: str = "") -> list[str]:
    paths = [path] if path else []
    if isinstance(value, dict):
        return paths + [found for key, item in value.items() for found in every_path(item, f"{path}.{key}".lstrip("."))]
    if isinstance(value, list):
        return paths + [found for index, item in enumerate(value) for found in every_path(item, f"{path}[{index}]")]
    return paths


PATHS = [path for path in every_path(valid_sections()) if not path.startswith("ownership.tags.")]
MAPPINGS = [
    "aws", "ownership", "network", "cluster", "cluster.access[0]", "node_groups", "node_groups.system",
    "node_groups.training[0]", "node_groups.training[0].capacity", "node_groups.spot[0].on_demand_floor",
    "dedicated_hosts[0]", "hybrid_nodes", "hybrid_nodes.groups[0]", "gpu_hosts", "storage", "storage.scratch",
    "storage.pull_through[0]", "burst_endpoint",
]  # fmt: skip


def read(sections: Any) -> Settings | str:
    """The settings, or the error's text; anything else that is raised fails the test."""
    try:
        return parse_settings(sections, FILE)
    except SettingsError as raised:
        error = raised
    lines = str(error).splitlines()
    assert len(lines) == len(error.faults) > 0
    assert all(line.startswith(f"{FILE}: ") for line in lines)
    return str(error)


@EXAMPLES
@given(path=st.sampled_from(PATHS), garbage=GARBAGE)
def test_garbage_anywhere_is_settings_or_a_settings_error(path: str, garbage: object) -> None:
    read(changed_sections({path: garbage}))


@EXAMPLES
@given(changes=st.dictionaries(st.sampled_from([path for path in PATHS if path.count(".") == 1]), GARBAGE, max_size=5))
def test_garbage_in_several_places_is_settings_or_a_settings_error(changes: dict[str, object]) -> None:
    # Nothing lies below a place that is garbage itself.
    outermost = {
        path: garbage
        for path, garbage in changes.items()
        if not any(path.startswith((f"{other}.", f"{other}[")) for other in changes)
    }
    read(changed_sections(outermost))


@EXAMPLES
@given(
    sections=st.dictionaries(st.sampled_from(list(Settings.model_fields)) | st.text(max_size=8), GARBAGE, max_size=8)
)
def test_a_file_of_garbage_is_a_settings_error(sections: dict[str, object]) -> None:
    assert isinstance(read(sections), str)


@EXAMPLES
@given(place=st.sampled_from(MAPPINGS), key=st.from_regex(r"[a-z_]{1,12}", fullmatch=True), value=SCALARS)
def test_an_unknown_key_is_named_with_the_known_ones(place: str, key: str, value: object) -> None:
    sections = changed_sections({f"{place}.unknown_{key}": value})
    text = read(sections)
    assert isinstance(text, str)
    assert f"{place}.unknown_{key}: " in text
    assert "unknown key" in text
    assert "; allowed: " in text


@EXAMPLES
@given(place=st.sampled_from(MAPPINGS), data=st.data())
def test_a_key_with_a_letter_too_many_is_recognized(place: str, data: st.DataObject) -> None:
    sections = valid_sections()
    holder: Any = sections
    for step in place.replace("[", ".").replace("]", "").split("."):
        holder = holder[int(step)] if step.isdecimal() else holder[step]
    key = data.draw(st.sampled_from([name for name in holder if len(name) > 3]))
    at = data.draw(st.integers(1, len(key) - 1))
    holder[f"{key[:at]}{key[at - 1]}{key[at:]}"] = holder.pop(key)
    text = read(sections)
    assert isinstance(text, str)
    assert f"did you mean '{key}'?" in text


@st.composite
def valid_changes(draw: st.DrawFn) -> dict[str, Any]:
    minimum, more, most = (draw(st.integers(low, high)) for low, high in ((1, 20), (0, 20), (0, 20)))
    zones = draw(st.lists(st.sampled_from("cdef"), unique=True, max_size=4))
    return {
        "network.zones": ["us-east-1a", "us-east-1b", *(f"us-east-1{letter}" for letter in zones)],
        "network.vpc_cidr": f"10.{draw(st.integers(0, 255))}.0.0/16",
        "network.private_prefix_length": draw(st.integers(20, 28)),
        "network.flow_log_retention_days": draw(st.sampled_from([1, 30, 365, 3653])),
        "node_groups.inference[0].min_nodes": minimum,
        "node_groups.inference[0].desired_nodes": minimum + more,
        "node_groups.inference[0].max_nodes": minimum + more + most,
        "storage.scratch.capacity_gib": draw(st.just(1200) | st.integers(1, 100).map(lambda steps: steps * 2400)),
        "storage.repositories": draw(
            st.lists(st.from_regex(r"[a-z0-9]{2,10}(/[a-z0-9]{1,10})?", fullmatch=True), unique=True, max_size=5)
        ),
    }


@EXAMPLES
@given(changes=valid_changes())
def test_valid_settings_survive_a_round_trip(changes: dict[str, Any]) -> None:
    settings = read(changed_sections(changes))
    assert isinstance(settings, Settings), settings
    assert read(settings.model_dump(mode="json", exclude_unset=True)) == settings
