"""The pack is made of its policies; what is wrong with one of them is named, and stops no other.

Does not prove that the engine reports what the policies do; tests/policies/test_policy_host.py speaks its protocol.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
from pulumi_policy import EnforcementLevel, Severity
from pulumi_policy.proxy import UnknownValueError

import policies
from policies import pack
from policies.policy import StackPolicy, Violation
from policies.reading import Properties
from policies.resources import Resource, Stack
from policies.stack_file import PackError, StackFile
from tests.policies.small_policies import MODULE, URN, always, collecting, reported, rule


@pytest.fixture
def theme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A pack with one theme, which is empty; its modules are forgotten afterwards."""
    folder = tmp_path / "spare_theme"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    monkeypatch.setattr(policies, "__path__", [*policies.__path__, str(tmp_path)])
    monkeypatch.setattr(pack, "THEMES", ("spare_theme",))
    yield folder
    for name in [name for name in sys.modules if name.startswith("policies.spare_theme")]:
        del sys.modules[name]


def broken(_resource: Resource, _configuration: Properties) -> Iterator[Violation]:
    """Fail on whatever there is."""
    raise KeyError("owner")


def test_the_pack_has_one_policy_a_module_and_each_name_once() -> None:
    names = [policy.name for policy in pack.collect()]

    assert len(names) == len(set(names)) >= 40


def test_two_policies_of_one_name_are_named_with_their_files(theme: Path) -> None:
    (theme / "buckets.py").write_text(MODULE.format(name="buckets-have-owners"))
    (theme / "owners.py").write_text(MODULE.format(name="buckets-have-owners"))

    with pytest.raises(PackError, match=r"spare_theme/owners\.py: 'buckets-have-owners': .*spare_theme/buckets\.py"):
        pack.collect()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "POLICY is missing; allowed: a ResourcePolicy or a StackPolicy"),
        ("POLICY = 'buckets'", "POLICY is 'buckets'; allowed: a ResourcePolicy or a StackPolicy"),
        ("def", "can't be loaded: SyntaxError"),
        ("import policies.nothing", "can't be loaded: ModuleNotFoundError"),
    ],
)
def test_a_module_without_a_policy_is_named(theme: Path, source: str, said: str) -> None:
    (theme / "buckets.py").write_text(source)

    with pytest.raises(PackError) as caught:
        pack.collect()

    assert str(caught.value).startswith("policies/spare_theme/buckets.py: " + said)


@pytest.mark.parametrize("policy", pack.collect(), ids=lambda policy: policy.name)
def test_a_configuration_schema_holds_for_its_own_defaults_and_says_what_each_key_is(policy: pack.Policy) -> None:
    for key, schema in (policy.config_schema.properties if policy.config_schema else {}).items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert {"type", "description", "default"} <= set(schema), key
        jsonschema.validate(schema["default"], schema)


def test_a_violation_names_resource_fault_and_remedy() -> None:
    assert reported(rule("owners", always)) == ["Bucket models: owner: has no owner. Remedy: name one"]


def test_a_policy_that_fails_is_a_violation_of_its_own_and_hides_no_other() -> None:
    assert reported(rule("owners", broken)) == [
        "Bucket models: the policy itself failed: KeyError: 'owner'. Remedy: mend the policy"
    ]
    assert reported(rule("others", always)) != []


def test_a_policy_of_the_stack_that_fails_is_a_violation_of_its_own() -> None:
    def fail(_stack: Stack, _configuration: Properties) -> Iterator[Violation]:
        raise RuntimeError("out of resources")

    policy = StackPolicy(
        name="owners",
        description="A stack has an owner.",
        severity=Severity.LOW,
        enforcement_level=EnforcementLevel.MANDATORY,
        config_schema=None,
        validate=fail,
    )

    assert reported(policy) == [
        "the stack: the policy itself failed: RuntimeError: out of resources. Remedy: mend the policy"
    ]


def test_what_was_found_before_a_policy_failed_is_reported_too() -> None:
    def late(_resource: Resource, _configuration: Properties) -> Iterator[Violation]:
        yield Violation("has no owner", "name one")
        raise KeyError("name")

    assert len(reported(rule("owners", late))) == 2


def test_a_value_of_a_wrong_type_is_a_violation() -> None:
    def read(resource: Resource, _configuration: Properties) -> Iterator[Violation]:
        if resource.properties.text("owner") == "nobody":
            yield Violation("has no owner", "name one")

    assert reported(rule("owners", read), properties={"owner": 7.0}) == [
        "Bucket models: owner: is 7, not a text. Remedy: give a text"
    ]


def test_what_is_not_known_yet_is_said_after_the_violations() -> None:
    def half(resource: Resource, _configuration: Properties) -> Iterator[Violation]:
        yield Violation("has no owner", "name one")
        resource.properties.text("name")

    [bound] = pack.bound([rule("owners", half)], StackFile())
    found: list[str] = []
    args: Any = SimpleNamespace(
        resource_type="aws:s3/bucket:Bucket",
        name="models",
        urn=URN,
        props=_Unknown(),
        opts=SimpleNamespace(protect=True, parent=None),
        provider=None,
        get_config=dict,
    )
    validate: Any = bound.validate

    with pytest.raises(UnknownValueError):
        validate(args, collecting(found))

    assert len(found) == 1


class _Unknown(dict[str, Any]):
    def __init__(self) -> None:
        super().__init__(name="")

    def __getitem__(self, key: str) -> Any:
        raise UnknownValueError("04da6b54-80e4-46f7-96ec-b56ff0331ba9", [key])
