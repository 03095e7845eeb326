"""Every role as a whole: its files, its variables and what it says when one of them is wrong.

Not proved here: what a role does to a host; that is in the files of the roles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from tests.ansible.role_readme import file_of, rendered
from tests.ansible.roles import ANSIBLE, ROLES, EntryPoint, defaults, dependencies, entry_points, read

POINTS = [point for role in ROLES for point in entry_points(role)]
WRONG = {"int": "many", "float": "much", "bool": "perhaps", "list": {"not": "a list"}, "dict": "not a dict"}
RIGHT = {"int": 1, "float": 1.0, "bool": True, "list": [], "dict": {}, "str": "text", "path": "/tmp", "raw": "text"}  # noqa: S108 - a value, nothing is written
# Facts that a role hands to others carry their own role's prefix, and these of the platform are everybody's.
ASK_NOTHING_OF_THE_HOST = {"host_facts", "cluster_node", "node_maintenance"}
SHARED = re.compile(
    r"^(platform|versions|gpu_(facts|machine|machine_facts|host_group|stack_owner)|kubernetes_|mig_layout)"
)


def name_of(point: EntryPoint) -> str:
    return point.role if point.name == "main" else f"{point.role}.{point.name}"


def given(point: EntryPoint) -> dict[str, Any]:
    """Return valid values of all required variables."""
    return {
        name: option["choices"][0] if "choices" in option else RIGHT[option.get("type", "str")]
        for name, option in point.options.items()
        if option.get("required")
    }


def faults(point: EntryPoint, values: dict[str, Any]) -> list[str]:
    return list(ArgumentSpecValidator(dict(point.options)).validate(values).error_messages)


def options(*types: str) -> Iterator[Any]:
    for point in POINTS:
        for name, option in point.options.items():
            if option.get("type", "str") in types:
                yield pytest.param(point, name, id=f"{name_of(point)}-{name}")


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_the_files_that_every_role_has(role: str) -> None:
    folder = ANSIBLE / "roles" / role
    for file in ("meta/main.yml", "meta/argument_specs.yml", "tasks/main.yml", "README.md"):
        assert (folder / file).is_file(), f"{role}/{file}"
    assert role in ASK_NOTHING_OF_THE_HOST or "host_facts" in dependencies(role)


@pytest.mark.parametrize("role", ROLES)
def test_the_readme_is_generated_from_the_specs(role: str) -> None:
    assert file_of(role).read_text() == rendered(role), "run `make role-readmes`"


@pytest.mark.parametrize("role", ROLES)
def test_defaults_and_specs_say_the_same(role: str) -> None:
    documented = {name: option for point in entry_points(role) for name, option in point.options.items()}
    for name, value in defaults(role).items():
        assert name in documented, f"{role}: {name} has a default and no description"
        option = documented[name]
        assert not option.get("required"), f"{role}: {name} is required and has a default"
        assert option.get("default") == value, f"{role}: {name}"
    for name, option in documented.items():
        if not option.get("required") and option.get("default") is not None:
            assert name in defaults(role), f"{role}: {name} is said to default to {option['default']!r}"


@pytest.mark.parametrize("point", POINTS, ids=name_of)
def test_every_variable_has_the_roles_prefix(point: EntryPoint) -> None:
    for name, option in point.options.items():
        assert name.startswith(f"{point.role}_") or SHARED.match(name), name
        assert option.get("description"), name


@pytest.mark.parametrize("point", POINTS, ids=name_of)
def test_valid_variables_are_accepted(point: EntryPoint) -> None:
    assert faults(point, given(point)) == []


@pytest.mark.parametrize(("point", "name"), list(options(*RIGHT)))
def test_a_missing_required_variable_is_named(point: EntryPoint, name: str) -> None:
    values = given(point)
    values.pop(name, None)
    said = faults(point, values)
    if point.options[name].get("required"):
        assert any(name in each for each in said)
    else:
        assert said == []


@pytest.mark.parametrize(("point", "name"), list(options(*WRONG)))
def test_a_wrong_type_is_named(point: EntryPoint, name: str) -> None:
    wrong = WRONG[point.options[name]["type"]]
    said = faults(point, given(point) | {name: wrong})
    assert any(name in each for each in said), said


@pytest.mark.parametrize(
    ("point", "name"), [each for each in options("str") if "choices" in each.values[0].options[each.values[1]]]
)
def test_an_unknown_choice_is_named_with_what_is_allowed(point: EntryPoint, name: str) -> None:
    said = faults(point, given(point) | {name: "something-else"})
    allowed = [str(choice) for choice in point.options[name]["choices"]]
    assert any(name in each and all(choice in each for choice in allowed) for each in said), said


INCLUDED = re.compile(r"(?:include|import)_tasks: ([a-z_]+\.yml)")
TEMPLATED = re.compile(r"""include_tasks: "([a-z_]*)\{\{.*\}\}([a-z_]*\.yml)\"""")


def patterns(text: str) -> Iterator[str]:
    """Yield what the names of included files look like that are made of a variable."""
    for start, end in TEMPLATED.findall(text):
        yield f"{start}.+{re.escape(end)}"


@pytest.mark.parametrize("role", ROLES)
def test_the_table_of_contents_names_its_files(role: str) -> None:
    """`tasks/main.yml` includes; what it includes exists, and no task file is forgotten."""
    folder = ANSIBLE / "roles" / role / "tasks"
    texts = {file.name: file.read_text() for file in folder.glob("*.yml")}
    entered = {f"{point.name}.yml" for point in entry_points(role)}
    for name, text in texts.items():
        for included in INCLUDED.findall(text):
            assert included in texts, f"{role}/{name} includes {included}, which is not there"
        others = [other for at, other in texts.items() if at != name]
        own = [*others, *(file.read_text() for file in (folder.parent / "vars").glob("*.yml"))]
        used = any(re.search(rf"\b{re.escape(name)}", text) for text in own)
        used |= any(re.fullmatch(pattern, name) for other in others for pattern in patterns(other))
        assert name in entered or used, f"{role}: {name} is no entry point, and no file of the role includes it"


@pytest.mark.parametrize("role", ROLES)
def test_no_python_package_hides_ansible(role: str) -> None:
    assert not list((ANSIBLE / "roles" / role).rglob("__init__.py"))
    assert read(ANSIBLE / "roles" / role / "tasks" / "main.yml")
