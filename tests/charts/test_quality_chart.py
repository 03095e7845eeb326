"""The quality chart rendered by real helm. Does not prove that the metrics are scraped: nothing runs here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from tests.charts.quality_rendering import CASES, QUALITY
from tests.charts.rendering import RenderRefusedError
from workloads.quality.cli import app
from workloads.quality.settings import parse_settings


@pytest.mark.parametrize("case", CASES)
def test_render_is_the_golden_file(helm: Path, case: str) -> None:
    kept = (QUALITY.golden / f"{case}.yaml").read_text(encoding="utf-8")
    assert QUALITY.golden_text(helm, case) == kept, (
        "changed: `python -m tests.charts.quality_rendering`, then read the diff"
    )


def test_every_golden_file_has_a_case() -> None:
    assert {file.stem for file in QUALITY.golden.glob("*.yaml")} == set(CASES)


def test_lint_finds_nothing(helm: Path) -> None:
    ran = QUALITY.lint(helm, CASES["whole"])
    assert ran.returncode == 0, ran.stdout


def test_the_pod_has_no_more_rights_than_it_needs(helm: Path) -> None:
    spec = QUALITY.render(helm).pod()["spec"]
    (container,) = spec["containers"]
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["requests"]["memory"] == container["resources"]["limits"]["memory"]


def test_the_program_takes_the_settings_and_the_arguments(helm: Path) -> None:
    rendered = QUALITY.render(helm)
    file = yaml.safe_load(rendered.one("ConfigMap")["data"]["quality.yaml"])
    assert parse_settings(file, "quality.yaml").model == "mail"
    command, path, *options = rendered.container()["args"]
    mounts = {mount["name"]: mount["mountPath"] for mount in rendered.container()["volumeMounts"]}
    assert path == f"{mounts['settings']}/quality.yaml"
    shown = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    assert all(option in shown.output for option in options if option.startswith("--"))


def test_changed_settings_start_the_pod_anew_and_never_two_at_a_time(helm: Path) -> None:
    assert QUALITY.render(helm).pod() != QUALITY.render(helm, {"settings": {"model": "post"}}).pod()
    spec = QUALITY.render(helm).one("Deployment")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_the_monitor_finds_the_port_and_says_whose_it_is(helm: Path) -> None:
    rendered = QUALITY.render(helm, CASES["whole"])
    monitor = rendered.one("PodMonitor")["spec"]
    (endpoint,) = monitor["podMetricsEndpoints"]
    (port,) = rendered.container()["ports"]
    assert endpoint["port"] == port["name"]
    assert rendered.container()["args"][-1] == str(port["containerPort"])
    assert "llm-platform/team" in monitor["podTargetLabels"]
    assert rendered.pod()["metadata"]["labels"]["llm-platform/team"] == "search"


def test_the_policy_lets_in_who_scrapes_and_out_what_is_named(helm: Path) -> None:
    policy = QUALITY.render(helm, CASES["whole"]).one("NetworkPolicy")["spec"]
    assert [(rule["from"], rule["ports"]) for rule in policy["ingress"]] == [
        (
            [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}],
            [{"port": 9090, "protocol": "TCP"}],
        )
    ]
    blocks = [
        (peer["ipBlock"]["cidr"], port["port"])
        for rule in policy["egress"]
        for peer in rule["to"]
        if "ipBlock" in peer
        for port in rule["ports"]
    ]
    assert blocks == [("169.254.170.23/32", 80), ("10.20.0.0/16", 443)]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"image": {"tag": "latest"}}, "/image/tag"),
        ({"serviceAccountName": ""}, "/serviceAccountName"),
        ({"settings": None}, "settings"),
        ({"resources": {"memory": "3G"}}, "/resources/memory"),
        ({"replicas": 2}, "replicas"),
    ],
)
def test_values_that_can_not_work_are_refused(helm: Path, values: dict[str, Any], told: str) -> None:
    with pytest.raises(RenderRefusedError, match=told):
        QUALITY.text(helm, values)
