"""Every policy of the pack is written in the same way: one a file, its fields in one order."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from policies.pack import THEMES, collect

PACK = Path(__file__).resolve().parents[2] / "policies"
FIELDS = {
    "ResourcePolicy": [
        *("name", "description", "severity", "enforcement_level", "config_schema", "types", "validate"),
    ],
    "StackPolicy": ["name", "description", "severity", "enforcement_level", "config_schema", "validate"],
}
FILES = sorted(file for theme in THEMES for file in (PACK / theme).glob("*.py") if file.name != "__init__.py")
AT_LEAST = 40
LONGEST = 160


def declaration(file: Path) -> ast.Call:
    tree = ast.parse(file.read_text())
    [found] = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and ast.unparse(node.targets[0]) == "POLICY"
        and isinstance(node.value, ast.Call)
    ]
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_policy_is_declared_at_the_end_of_its_file_with_its_fields_in_order(file: Path) -> None:
    tree, call = ast.parse(file.read_text()), declaration(file)

    assert ast.unparse(tree.body[-1]).startswith("POLICY = ")
    assert [keyword.arg for keyword in call.keywords] == FIELDS[ast.unparse(call.func)]
    assert len(file.read_text().splitlines()) <= LONGEST


def test_there_are_as_many_policies_as_promised_under_names_that_say_what_they_demand() -> None:
    names = [policy.name for policy in collect()]

    assert len(names) >= AT_LEAST
    assert len(set(names)) == len(names) == len(FILES)
    assert all(name == name.lower() and "_" not in name for name in names)


def test_descriptions_are_single_sentences() -> None:
    for policy in collect():
        assert policy.description.endswith("."), policy.name
        assert "\n" not in policy.description, policy.name


def test_configuration_has_a_type_a_description_and_a_default_for_every_key() -> None:
    for policy in collect():
        for key, entry in (policy.config_schema.properties if policy.config_schema else {}).items():
            assert {"type", "description", "default"} <= set(entry), f"{policy.name}.{key}"


def test_no_module_of_the_pack_hides_one_of_the_standard_library() -> None:
    """The pack's folder stands first on the policy host's import path."""
    names = {entry.stem for entry in PACK.iterdir()} - {"__init__", "__main__"}

    assert not names & set(sys.stdlib_module_names)
