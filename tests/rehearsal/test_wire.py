"""The wire format. Does not prove that the SDK writes these forms; tests/rehearsal/test_monitor.py runs the SDK."""

from hypothesis import given
from hypothesis import strategies as st

from rehearsal.plan import UNKNOWN
from rehearsal.wire import decode, encode, holds_unknown

plain_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(min_size=1), children, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(min_size=1), plain_values))
def test_plain_values_survive_the_round_trip(properties: dict[str, object]) -> None:
    assert decode(encode(properties)) == (properties, frozenset())


def test_whole_doubles_become_integers_and_others_stay() -> None:
    assert decode(encode({"port": 443.0, "ratio": 0.5})) == ({"port": 443, "ratio": 0.5}, frozenset())


def test_a_secret_is_unwrapped_and_its_property_named() -> None:
    assert decode(encode({"password": "x", "name": "y"}, frozenset({"password"}))) == (
        {"password": "x", "name": "y"},
        frozenset({"password"}),
    )


def test_a_secret_inside_a_list_marks_the_property() -> None:
    inner = encode({"value": "x"}, frozenset({"value"}))
    outer = encode({"entries": []})
    outer.fields["entries"].list_value.values.add().struct_value.CopyFrom(inner)
    assert decode(outer) == ({"entries": [{"value": "x"}]}, frozenset({"entries"}))


def test_an_unknown_survives_at_any_depth() -> None:
    properties, _ = decode(encode({"a": {"b": [UNKNOWN]}, "c": 1}))
    assert properties["a"]["b"][0] is UNKNOWN
    assert holds_unknown(properties)
    assert not holds_unknown({"c": 1})


def test_a_resource_reference_becomes_its_id() -> None:
    reference = {
        "4dabf18193072939515e22adb298388d": "5cf8f73096256a8f31e491e813e4eb8e",
        "urn": "u",
        "id": "vpc-1",
    }
    assert decode(encode({"vpcId": reference}))[0] == {"vpcId": "vpc-1"}
    assert decode(encode({"vpcId": reference | {"id": ""}}))[0] == {"vpcId": UNKNOWN}
