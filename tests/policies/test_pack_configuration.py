"""Levels, exemptions and configuration of the stack file reach the policies; what is wrong with them is named.

Does not prove that the engine reports what the policies do; tests/policies/test_policy_host.py speaks its protocol.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime import config
from pulumi_policy import EnforcementLevel, PolicyConfigSchema, Severity

from policies import clock, pack
from policies.policy import StackPolicy, Violation
from policies.reading import Properties
from policies.resources import Resource, Stack
from policies.stack_file import KEY, PackError, StackFile
from tests.policies.small_policies import MODULE, URN, always, never, reported, rule

ROOT = Path(__file__).resolve().parents[2]
TOMORROW = clock.today() + timedelta(days=1)
YESTERDAY = clock.today() - timedelta(days=1)


def test_a_level_of_the_stack_file_is_the_policys() -> None:
    policy = rule("owners", never)

    for level in ("advisory", "mandatory", "disabled"):
        [bound] = pack.bound([policy], StackFile.model_validate({"levels": {"owners": level}}))
        assert bound.enforcement_level == EnforcementLevel(level)
    [bound] = pack.bound([policy], StackFile())
    assert bound.enforcement_level == EnforcementLevel.MANDATORY


def exemption(**changes: Any) -> dict[str, Any]:
    """Return a section with one exemption from `owners`, which holds, but for the changes."""
    sound = {
        "policy": "owners",
        "resource": "models",
        "owner": "ml-platform",
        "reason": "being moved",
        "expires": TOMORROW.isoformat(),
    }
    return {"exemptions": [{**sound, **changes}]}


@pytest.mark.parametrize(
    ("changes", "covered"),
    [
        ({}, True),
        ({"resource": "mod*"}, True),
        ({"resource": URN}, True),
        ({"expires": clock.today().isoformat()}, True),
        ({"expires": YESTERDAY.isoformat()}, False),
        ({"resource": "datasets"}, False),
    ],
)
def test_an_exemption_covers_its_resource_until_its_day(changes: dict[str, Any], covered: bool) -> None:
    assert reported(rule("owners", always), exemption(**changes)) == (
        [] if covered else ["Bucket models: owner: has no owner. Remedy: name one"]
    )


def test_an_exemption_from_one_policy_covers_no_other() -> None:
    bound = pack.bound([rule("owners", always), rule("others", always)], StackFile.model_validate(exemption()))

    assert [policy.name for policy in bound] == ["owners", "others"]
    with pytest.raises(PackError, match="'owners': no such policy; allowed: others"):
        reported(rule("others", always), exemption())


def test_a_violation_of_the_stack_itself_is_covered_by_no_exemption() -> None:
    def whole(_stack: Stack, _configuration: Properties) -> Iterator[Violation]:
        yield Violation("has too much", "take some out")

    policy = StackPolicy(
        name="owners",
        description="A stack is small.",
        severity=Severity.LOW,
        enforcement_level=EnforcementLevel.MANDATORY,
        config_schema=None,
        validate=whole,
    )

    assert reported(policy, exemption(resource="*")) == ["the stack: has too much. Remedy: take some out"]


CONFIGURED = PolicyConfigSchema(
    properties={
        "days": {"type": "integer", "minimum": 1, "maximum": 9, "description": "Longest time.", "default": 7},
        "kinds": {
            "type": "array",
            "items": {"type": "string", "enum": ["a", "b"]},
            "description": "Kinds.",
            "default": [],
        },
        "most": {"type": ["integer", "null"], "description": "Most of all.", "default": None},
    }
)


def test_configuration_reaches_the_rule_over_the_defaults() -> None:
    def show(_resource: Resource, configuration: Properties) -> Iterator[Violation]:
        yield Violation(f"{configuration.number('days')} {configuration.texts('kinds')}", "none")

    policy = rule("owners", show, config_schema=CONFIGURED)

    assert "7.0 []" in reported(policy)[0]
    assert "3.0 ['a']" in reported(policy, {"configuration": {"owners": {"days": 3, "kinds": ["a"]}}})[0]


@pytest.mark.parametrize(
    ("configuration", "said"),
    [
        ({"day": 3}, "owners.day: there is no such key; allowed: days, kinds, most"),
        ({"days": "3"}, "owners.days: is '3'; allowed: integer, 1 or more, at most 9 (Longest time)"),
        ({"days": 0}, "owners.days: is 0; allowed: integer, 1 or more, at most 9 (Longest time)"),
        ({"days": 10}, "owners.days: is 10; allowed: integer, 1 or more, at most 9 (Longest time)"),
        ({"days": None}, "owners.days: is NoneType; allowed: integer"),
        ({"days": True}, "owners.days: is true; allowed: integer"),
        ({"kinds": "a"}, "owners.kinds: is 'a'; allowed: array (Kinds)"),
        ({"kinds": ["a", "c"]}, "owners.kinds.1: is 'c'; allowed: string, one of a, b"),
        ({"most": "x"}, "owners.most: is 'x'; allowed: integer or null (Most of all)"),
    ],
)
def test_wrong_configuration_is_named_with_policy_key_value_and_what_is_allowed(
    configuration: dict[str, Any], said: str
) -> None:
    policy = rule("owners", never, config_schema=CONFIGURED)

    with pytest.raises(PackError) as caught:
        pack.bound([policy], StackFile.model_validate({"configuration": {"owners": configuration}}))

    assert str(caught.value).startswith(f"{KEY}.configuration.{said}")


def test_a_policy_without_configuration_takes_none() -> None:
    with pytest.raises(PackError, match=r"owners\.days: there is no such key; allowed: none"):
        pack.bound([rule("owners", never)], StackFile.model_validate({"configuration": {"owners": {"days": 1}}}))


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("[]", f"{KEY}: is a list; allowed"),
        ({"levels": {"gpu-ceiling": "off"}}, f"{KEY}.levels.gpu-ceiling: is 'off'; allowed"),
        ({"levels": {"gpu-cieling": "advisory"}}, "'gpu-cieling': no such policy; allowed"),
        ({"configuration": {"gpu-ceiling": {"gpus": "many"}}}, "gpu-ceiling.gpus: is 'many'; allowed: integer or null"),
        (
            {"configuration": {"gpu-ceiling": {"cpus": 1}}},
            "gpu-ceiling.cpus: there is no such key; allowed: gpus, pools",
        ),
        (exemption(policy="gpu-ceiling", owner=""), f"{KEY}.exemptions.0.owner: is ''; allowed"),
        (exemption(policy="gpu-ceiling", expires="soon"), f"{KEY}.exemptions.0.expires: is 'soon'; allowed"),
    ],
)
def test_a_wrong_stack_file_stops_the_pack_with_one_line(section: object, said: str) -> None:
    config.set_config(KEY, section if isinstance(section, str) else json.dumps(section))
    try:
        with pytest.raises(SystemExit) as ended:
            pack.start()
    finally:
        config.set_config(KEY, "")

    line = str(ended.value.code)
    assert line.startswith(f"policy pack {pack.NAME}: ")
    assert said in line
    assert "\n" not in line


def started(folder: Path, section: Mapping[str, Any], path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the pack's `__main__.py` as the engine does; it ends by itself only where it cannot run."""
    environment = {**os.environ, "PULUMI_CONFIG": json.dumps({KEY: json.dumps(section)})}
    if path:
        environment["PYTHONPATH"] = str(path)
    return subprocess.run(
        [sys.executable, "__main__.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def test_the_engine_sees_one_line_and_a_status() -> None:
    ended = started(ROOT / "policies", {"levels": {"gpu-ceiling": "off"}})

    assert ended.returncode == 1
    assert ended.stderr.startswith(f"policy pack {pack.NAME}: {KEY}.levels.gpu-ceiling: is 'off'; allowed")
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stdout == ""


def test_a_wrong_pack_stops_with_one_line(tmp_path: Path) -> None:
    copy = tmp_path / "policies"
    shutil.copytree(ROOT / "policies", copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "gpu" / "again.py").write_text(MODULE.format(name="gpu-ceiling"))

    ended = started(copy, {}, tmp_path)

    assert ended.returncode == 1
    assert "'gpu-ceiling': policies/gpu/again.py has a policy of this name too" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
