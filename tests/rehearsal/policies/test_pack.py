"""Packs are loaded without a server, and one that can't be used is refused by name.

Does not prove that the engine loads them the same way; tests/policies/test_policy_host.py starts ours as it does.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pulumi_policy import EnforcementLevel

from rehearsal.bad_input import BadInputError
from rehearsal.policies.pack import load_pack, project_packs
from tests.rehearsal.policies.packs import RETENTION, write_pack

OURS = Path(__file__).resolve().parents[3] / "policies"


def test_a_pack_of_any_author_is_loaded_with_its_levels_and_configuration(tmp_path: Path) -> None:
    initial = ', initial_config={"retention": {"enforcementLevel": EnforcementLevel.ADVISORY, "least": 90}}'
    pack = load_pack(write_pack(tmp_path, more=initial))

    assert pack.name == "small"
    assert pack.levels == {"retention": EnforcementLevel.ADVISORY}
    assert pack.configuration == {"retention": {"least": 90}}


def test_a_project_without_a_pack_has_none(tmp_path: Path) -> None:
    assert project_packs(tmp_path, []) == []


def test_named_packs_take_the_place_of_the_project_s_own(tmp_path: Path) -> None:
    write_pack(tmp_path / "policies", RETENTION.replace('"retention"', '"own"'))
    other = write_pack(tmp_path / "other")

    assert [policy.name for pack in project_packs(tmp_path, []) for policy in pack.policies] == ["own"]
    assert [policy.name for pack in project_packs(tmp_path, [other]) for policy in pack.policies] == ["retention"]


@pytest.mark.parametrize(
    ("main", "said"),
    [
        ("", "makes no PolicyPack"),
        ("import nowhere_to_be_found", "does not load: ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
        (
            "import sys; sys.exit('policy pack small: levels: no such policy')",
            "policy pack small: levels: no such policy",
        ),
        ("def (", "does not load: SyntaxError"),
    ],
)
def test_a_pack_that_makes_nothing_is_refused(tmp_path: Path, main: str, said: str) -> None:
    write_pack(tmp_path)
    (tmp_path / "__main__.py").write_text(main)

    with pytest.raises(BadInputError, match=said):
        load_pack(tmp_path)


def test_two_policies_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="two policies are called 'retention'"):
        load_pack(write_pack(tmp_path, f"{RETENTION}, {RETENTION}"))


def test_a_wrong_configuration_names_policy_key_and_value(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"configuration retention\.least: 'many' is not of type 'number'"):
        load_pack(write_pack(tmp_path, more=', initial_config={"retention": {"least": "many"}}'))


@pytest.mark.parametrize("missing", ["PulumiPolicy.yaml", "__main__.py"])
def test_a_folder_that_is_no_pack_is_refused(tmp_path: Path, missing: str) -> None:
    write_pack(tmp_path)
    (tmp_path / missing).unlink()

    with pytest.raises(BadInputError, match=f"{missing} is missing"):
        load_pack(tmp_path)


def test_another_checkout_of_the_pack_runs_its_own_modules(tmp_path: Path) -> None:
    """Also under another name, and beside the pack that is installed: an organisation may publish it by itself."""
    other = tmp_path / "published"
    shutil.copytree(OURS, other, ignore=shutil.ignore_patterns("__pycache__"))
    file = other / "network_access" / "no_open_ingress.py"
    file.write_text(file.read_text().replace('name="no-open-ingress"', 'name="no-open-door"'))

    before = [policy.name for policy in load_pack(OURS).policies]
    theirs = [policy.name for policy in load_pack(other).policies]

    assert "no-open-door" in theirs
    assert "no-open-ingress" not in theirs
    assert [policy.name for policy in load_pack(OURS).policies] == before


def test_modules_of_one_pack_are_not_found_by_the_next(tmp_path: Path) -> None:
    for name in ("first", "second"):
        folder = write_pack(tmp_path / name)
        (folder / "words.py").write_text(f'NAME = "{name}"\n')
        (folder / "__main__.py").write_text(
            "from pulumi_policy import PolicyPack, StackValidationPolicy\n"
            "from words import NAME\n"
            "PolicyPack(NAME, [StackValidationPolicy(name=NAME, description='d', validate=print)])\n"
        )

    assert [load_pack(tmp_path / name).name for name in ("first", "second")] == ["first", "second"]
