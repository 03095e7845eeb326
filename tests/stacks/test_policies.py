"""The section `policies`, which the program checks in form and the policy pack reads: both know the same keys."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from pulumi.runtime import config
from pydantic import BaseModel

from policies.stack_file import KEY, Exemption, PackError, StackFile, read_stack_file
from stacks.sections.policies import ExemptionSettings, PoliciesSettings
from stacks.settings import NAMESPACE, SettingsError, parse_settings
from tests.stacks.bad_policies import BAD_POLICIES, EXEMPTION
from tests.stacks.valid_sections import changed_sections, valid_sections

WHOLE: dict[str, Any] = {
    "levels": {"keys-rotate": "advisory", "images-are-pinned": "mandatory", "no-open-ingress": "disabled"},
    "configuration": {"gpu-ceiling": {"max_gpus": 64}, "regions-are-allowed": {"regions": ["us-east-1"]}},
    "exemptions": [EXEMPTION, EXEMPTION | {"resource": "urn:pulumi:staging::llm-platform::aws:kms/key:Key::logs"}],
}


def keys(model: type[BaseModel]) -> dict[str, bool]:
    """Names of the fields, and whether they must be given."""
    return {name: field.is_required() for name, field in model.model_fields.items()}


def test_program_and_pack_know_the_same_keys() -> None:
    assert keys(PoliciesSettings) == keys(StackFile)
    assert keys(ExemptionSettings) == keys(Exemption)
    assert f"{NAMESPACE}:policies" == KEY


def test_program_and_pack_know_the_same_levels() -> None:
    ours, theirs = (model.model_fields["levels"].annotation for model in (PoliciesSettings, StackFile))
    assert get_args(get_args(ours)[1]) == get_args(get_args(theirs)[1]) == ("advisory", "mandatory", "disabled")


def test_what_the_program_takes_the_pack_takes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = parse_settings(changed_sections({"policies": WHOLE}), "staging").policies
    monkeypatch.setattr(config, "get_config", {KEY: json.dumps(WHOLE)}.get)
    pack = read_stack_file()
    assert settings.model_dump(mode="json") == pack.model_dump(mode="json") == WHOLE


@pytest.mark.parametrize("bad", [bad for bad in BAD_POLICIES if "policies" in bad.changes], ids=lambda bad: bad.noun)
def test_what_breaks_the_pack_is_refused_before(bad: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    section = bad.changes["policies"]
    monkeypatch.setattr(config, "get_config", {KEY: json.dumps(section) if isinstance(section, dict) else ""}.get)
    try:
        read_stack_file()
    except PackError:
        with pytest.raises(SettingsError):
            parse_settings(changed_sections({"policies": section}), "staging")


def test_without_the_section_the_policies_are_as_they_are() -> None:
    sections = valid_sections()
    sections.pop("policies", None)
    assert parse_settings(sections, "staging").policies == PoliciesSettings()
