"""The section `policies` of a stack file: what it says reaches the pack, and what is wrong with it is named.

Does not prove that the engine hands the section over; tests/policies/test_policy_host.py runs the pack as it does.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from pulumi.runtime import config

from policies.stack_file import ALLOWED, KEY, Exemption, PackError, StackFile, read_stack_file
from tests.policies.whole_pack import stack_file

URN = "urn:pulumi:prod::llm-platform::aws:s3/bucket:Bucket::storage-models"
EXEMPTION: dict[str, Any] = {
    "policy": "no-open-ingress",
    "resource": "storage-*",
    "owner": "ml-platform",
    "reason": "until the office has fixed addresses",
    "expires": "2027-01-31",
}


def exempt(**changes: Any) -> dict[str, Any]:
    """Return a section with one exemption, changed; None takes a key away."""
    return {"exemptions": [{key: value for key, value in {**EXEMPTION, **changes}.items() if value is not None}]}


def test_a_stack_without_the_section_has_everything_at_its_default() -> None:
    with stack_file({}):
        assert read_stack_file() == StackFile()


def test_the_section_is_read() -> None:
    said = {
        **exempt(),
        "levels": {"no-open-ingress": "advisory"},
        "configuration": {"gpu-ceiling": {"gpus": 8}},
    }

    with stack_file(said):
        section = read_stack_file()

    assert section.levels == {"no-open-ingress": "advisory"}
    assert section.configuration == {"gpu-ceiling": {"gpus": 8}}
    assert section.exemptions == (Exemption.model_validate(EXEMPTION),)


def test_a_day_without_quotes_arrives_as_a_time_and_is_a_day_all_the_same() -> None:
    with stack_file(exempt(expires="2027-01-31T00:00:00Z")):
        assert read_stack_file().exemptions[0].expires == date(2027, 1, 31)


@pytest.mark.parametrize(
    ("section", "path", "value", "allowed"),
    [
        ({"level": {}}, "level", "there is no such key", "levels, configuration, exemptions"),
        ({"levels": ["x"]}, "levels", "is a list", ALLOWED["levels"]),
        ({"levels": {"gpu-ceiling": "off"}}, "levels.gpu-ceiling", "is 'off'", ALLOWED["levels.*"]),
        ({"levels": {"gpu-ceiling": None}}, "levels.gpu-ceiling", "is NoneType", ALLOWED["levels.*"]),
        ({"configuration": "x"}, "configuration", "is 'x'", ALLOWED["configuration"]),
        ({"configuration": {"gpu-ceiling": 8}}, "configuration.gpu-ceiling", "is 8", ALLOWED["configuration.*"]),
        ({"exemptions": {}}, "exemptions", "is a mapping", "a list"),
        ({"exemptions": ["x"]}, "exemptions.0", "is 'x'", ALLOWED["exemptions.*"]),
        (exempt(owner=None), "exemptions.0.owner", "is missing", "who answers for it"),
        (exempt(owner="    "), "exemptions.0.owner", "is '    '", "who answers for it"),
        (exempt(reason=None), "exemptions.0.reason", "is missing", "why it can't be otherwise yet"),
        (exempt(reason=7), "exemptions.0.reason", "is 7", "why it can't be otherwise yet"),
        (exempt(expires=None), "exemptions.0.expires", "is missing", "a day such as '2027-01-31'"),
        (exempt(expires="soon"), "exemptions.0.expires", "is 'soon'", "a day such as '2027-01-31'"),
        (exempt(expires="2027-02-30"), "exemptions.0.expires", "is '2027-02-30'", "a day such as '2027-01-31'"),
        (exempt(expires=0), "exemptions.0.expires", "is 0", "a day such as '2027-01-31'"),
        (exempt(policy=""), "exemptions.0.policy", "is ''", "the name of a policy"),
        (exempt(resource=""), "exemptions.0.resource", "is ''", "a logical name"),
        (exempt(until="x"), "exemptions.0.until", "there is no such key", "policy, resource, owner, reason, expires"),
    ],
)
def test_a_fault_is_named_with_its_key_its_value_and_what_is_allowed(
    section: dict[str, Any], path: str, value: str, allowed: str
) -> None:
    with stack_file(section), pytest.raises(PackError) as caught:
        read_stack_file()

    said = str(caught.value)
    assert said.startswith(f"{KEY}.{path}: {value}")
    assert allowed in said.partition("; allowed: ")[2]
    assert "\n" not in said


@pytest.mark.parametrize(
    ("text", "value"), [("[]", "a list"), ('"x"', "'x'"), ("7", "7"), ("{x", "'{x'"), ("true", "true")]
)
def test_a_section_that_is_no_mapping_is_refused(text: str, value: str) -> None:
    config.set_config(KEY, text)
    try:
        with pytest.raises(PackError, match=f"is {value}; allowed: a mapping") as caught:
            read_stack_file()
    finally:
        config.set_config(KEY, "")

    assert KEY in str(caught.value)


def test_all_faults_are_told_at_once() -> None:
    with stack_file({**exempt(owner=None, reason="x"), "levels": {"a": "off"}}), pytest.raises(PackError) as caught:
        read_stack_file()

    assert str(caught.value).count(KEY) == 3


@pytest.mark.parametrize(
    ("section", "place"),
    [
        ({"levels": {"gpu-cieling": "advisory"}}, "levels"),
        ({"configuration": {"gpu-cieling": {}}}, "configuration"),
        (exempt(policy="gpu-cieling"), "exemptions"),
    ],
)
def test_a_policy_that_there_is_not_is_named(section: dict[str, Any], place: str) -> None:
    read = StackFile.model_validate_json(json.dumps(section))

    with pytest.raises(PackError, match=rf"{KEY}.{place}: 'gpu-cieling': no such policy; allowed: .*gpu-ceiling"):
        read.check_names(["gpu-ceiling", "no-open-ingress"])


@pytest.mark.parametrize(
    ("resource", "policy", "name", "urn", "covered"),
    [
        ("storage-models", "no-open-ingress", "storage-models", "urn:x", True),
        ("storage-*", "no-open-ingress", "storage-models", "urn:x", True),
        (URN, "no-open-ingress", "storage-models", URN, True),
        (URN, "no-open-ingress", "storage-models", URN.replace("prod", "dev"), False),
        ("storage-models", "no-open-ingress", "storage-models-2", "urn:x", False),
        ("storage-models", "imdsv2-only", "storage-models", "urn:x", False),
    ],
)
def test_an_exemption_covers_its_policy_and_its_resource_alone(
    resource: str, policy: str, name: str, urn: str, covered: bool
) -> None:
    exemption = Exemption.model_validate({**EXEMPTION, "resource": resource})

    assert exemption.covers(policy, name, urn) is covered


@pytest.mark.parametrize(("today", "holds"), [((2027, 1, 30), True), ((2027, 1, 31), True), ((2027, 2, 1), False)])
def test_an_exemption_holds_through_its_last_day(today: tuple[int, int, int], holds: bool) -> None:
    assert Exemption.model_validate(EXEMPTION).holds(date(*today)) is holds
