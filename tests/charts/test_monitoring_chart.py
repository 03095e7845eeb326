"""charts/monitoring rendered with real helm: every rule file and dashboard reaches the cluster as it is.

Whether the rules say the right thing is proven in tests/observability, on the very files.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.charts.rendering import KUBERNETES, ROOT, Rendered

CHART = ROOT / "charts" / "monitoring"
RULES = sorted((CHART / "rules").glob("*.yaml"))
DASHBOARDS = sorted((CHART / "dashboards").glob("*.json"))
GROUP = {
    "name": "objectives",
    "interval": "1m",
    "rules": [{"record": "slo:objective", "expr": "vector(0.999)", "labels": {"model": "llama-70b"}}],
}
SECRET_LIMIT = 1 << 20
"""Of the Secret that Helm keeps a release in, with all its files; base64 makes four bytes of three."""


def helm_template(helm: Path, folder: Path, values: Mapping[str, Any]) -> subprocess.CompletedProcess[str]:
    """What helm says to these values."""
    given = folder / "values.json"
    given.write_text(json.dumps(values), encoding="utf-8")
    command = [helm, "template", "monitoring", CHART, "-n", "monitoring", "--kube-version", KUBERNETES, "-f", given]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own helm


def rendered(helm: Path, folder: Path, values: Mapping[str, Any] | None = None) -> Rendered:
    """The objects of a render that succeeds."""
    ran = helm_template(helm, folder, values or {})
    assert ran.returncode == 0, ran.stderr
    return Rendered([document for document in yaml.load_all(ran.stdout, Loader=yaml.CSafeLoader) if document])


def test_every_rule_file_is_an_object_with_its_text_unchanged(helm: Path, tmp_path: Path) -> None:
    objects = rendered(helm, tmp_path)
    for path in RULES:
        kept = objects.one("PrometheusRule", f"monitoring-{path.stem}")["spec"]
        assert kept == yaml.safe_load(path.read_text(encoding="utf-8")), path.name
    # What Prometheus fills in is still there for it.
    assert "{{ $labels.model }}" in json.dumps(objects.one("PrometheusRule", "monitoring-alerts-slo"))


def test_every_dashboard_is_a_config_map_that_grafana_loads(helm: Path, tmp_path: Path) -> None:
    objects = rendered(helm, tmp_path)
    for path in DASHBOARDS:
        kept = objects.one("ConfigMap", f"monitoring-{path.stem}")
        assert json.loads(kept["data"][path.name]) == json.loads(path.read_text(encoding="utf-8")), path.name
        assert kept["metadata"]["labels"]["grafana_dashboard"] == "1"


def test_nothing_else_is_made(helm: Path, tmp_path: Path) -> None:
    assert rendered(helm, tmp_path).kinds() == ["ConfigMap"] * len(DASHBOARDS) + ["PrometheusRule"] * len(RULES)
    off = rendered(helm, tmp_path, {"dashboards": {"enabled": False}})
    assert off.kinds() == ["PrometheusRule"] * len(RULES)


def test_rules_of_the_environment_are_an_object_of_their_own(helm: Path, tmp_path: Path) -> None:
    objects = rendered(helm, tmp_path, {"groups": [GROUP]})
    assert objects.one("PrometheusRule", "monitoring-environment")["spec"] == {"groups": [GROUP]}


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"group": [GROUP]}, "group"),
        ({"groups": [GROUP | {"rules": []}]}, "rules"),
        ({"groups": [GROUP | {"rules": [{"alert": "A", "expr": "up == 0"}]}]}, "alert"),
        ({"groups": [GROUP | {"interval": "often"}]}, "interval"),
        ({"dashboards": {"enabled": "yes"}}, "enabled"),
    ],
)
def test_the_schema_refuses(helm: Path, tmp_path: Path, values: Mapping[str, Any], named: str) -> None:
    ran = helm_template(helm, tmp_path, values)
    assert ran.returncode != 0
    assert named in ran.stderr


def test_a_release_fits_in_its_secret(helm: Path, tmp_path: Path) -> None:
    subprocess.run([helm, "package", CHART, "-d", tmp_path], capture_output=True, check=True)  # noqa: S603 - our own helm
    (package,) = tmp_path.glob("*.tgz")
    # Chart and render are kept together, compressed; the render repeats what the chart's files say.
    assert package.stat().st_size * 2 * 4 / 3 < SECRET_LIMIT / 2


def test_helm_lint_finds_nothing(helm: Path) -> None:
    command = [helm, "lint", "--strict", "--kube-version", KUBERNETES, CHART]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own helm
    assert ran.returncode == 0, ran.stdout
