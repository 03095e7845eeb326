"""Each data class has a retention in every environment, and the gateway puts no content into spans.

Not proven: that Loki deletes when it should; its own compactor does.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from catalogue.charts import load_charts, merged_values
from tests.observability.alert_rules import ROOT
from tests.observability.logs.local_collector import RELEASE, deployed
from tests.programs.go_program import OTELCOL

ENVIRONMENTS = ("dev", "staging", "prod")
CLASSES = {"operational", "audit", "sensitive"}


def values(release: str, environment: str) -> dict[str, Any]:
    return merged_values(load_charts().charts[release], environment)


def hours(period: str) -> int:
    assert period.endswith("h")
    return int(period.removesuffix("h"))


def retention(environment: str) -> dict[str, int]:
    """Hours that Loki keeps lines of each class."""
    limits = values("loki", environment)["loki"]["limits_config"]
    found = {"operational": hours(limits["retention_period"])}
    for stream in limits["retention_stream"]:
        (name,) = re.findall(r'^\{data_class="(\w+)"\}$', stream["selector"])
        found[name] = hours(stream["period"])
    return found


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_class_has_a_retention_and_no_other_class_has(environment: str) -> None:
    kept = retention(environment)
    assert set(kept) == CLASSES
    assert kept["sensitive"] <= 72 < kept["operational"] < kept["audit"]
    assert min(kept.values()) >= 24, "Loki keeps nothing for less than a day"
    assert values("loki", environment)["loki"]["compactor"]["retention_enabled"] is True


def test_the_page_says_the_same() -> None:
    page = (ROOT / "docs/observability.md").read_text()
    for name in CLASSES:
        (row,) = re.findall(rf"^\| `{name}` \|.*\| (\d+) days? \| (\d+) days \|$", page, re.MULTILINE)
        assert [int(days) * 24 for days in row] == [retention("dev")[name], retention("prod")[name]]
    assert retention("staging") == retention("prod")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_collector_lets_the_same_classes_through(environment: str) -> None:
    statements = deployed(environment)["processors"]["transform/class"]["log_statements"][0]["statements"]
    (known,) = re.findall(r"\^\((.+)\)\$", statements[1])
    assert set(known.split("|")) == CLASSES


def test_what_loki_makes_labels_of_is_what_the_collector_tells_of_a_pod() -> None:
    config = values("loki", "prod")["loki"]["limits_config"]["otlp_config"]["resource_attributes"]
    (labels,) = config["attributes_config"]
    extract = deployed("prod")["processors"]["k8s_attributes"]["extract"]
    told = {*extract["metadata"], *(label["tag_name"] for label in extract["labels"])}
    assert set(labels["attributes"]) <= told
    assert not {"k8s.pod.name", "k8s.node.name", "k8s.pod.uid"} & set(labels["attributes"]), "a stream for each pod"


def test_logs_of_the_gateway_are_an_audit_without_queries_or_clients() -> None:
    proxy = values("envoy-gateway", "prod")["config"]["envoyGateway"]["envoyProxy"]
    assert proxy["provider"]["kubernetes"]["envoyDeployment"]["pod"]["labels"] == {"llm-platform/data-class": "audit"}
    (setting,) = proxy["telemetry"]["accessLog"]["settings"]
    written = " ".join(setting["format"]["json"].values())
    assert "%TRACE_ID%" in written
    assert not re.search(r"FORWARDED-FOR|DOWNSTREAM_REMOTE|AUTHORIZATION|COOKIE|%REQ\(:PATH\)|USER-AGENT", written)


def test_spans_of_the_gateway_go_to_the_collector_without_content() -> None:
    service = f"{RELEASE}.monitoring.svc.cluster.local"
    told = {entry["name"]: entry["value"] for entry in values("ai-gateway", "prod")["extProc"]["extraEnvVars"]}
    assert told["AI_GATEWAY_TRACING_SEMCONV"] == "gen_ai"
    assert told["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] == "false"
    assert told["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] == f"http://{service}:4318/v1/traces"
    assert "OTEL_EXPORTER_OTLP_ENDPOINT" not in told, "metrics would be sent there as well"
    tracing = values("envoy-gateway", "prod")["config"]["envoyGateway"]["envoyProxy"]["telemetry"]["tracing"]
    assert tracing["provider"]["backendRefs"] == [{"name": RELEASE, "namespace": "monitoring", "port": 4317}]
    assert RELEASE in load_charts().charts["envoy-gateway"].needs


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_collector_accepts_its_configuration_as_it_is_deployed(environment: str, tmp_path: Path) -> None:
    """All but the lookup of pods, whose client of the Kubernetes API is not built here; addresses stay as they are."""
    configuration = deployed(environment)
    del configuration["processors"]["k8s_attributes"]
    for pipeline in configuration["service"]["pipelines"].values():
        pipeline["processors"] = [name for name in pipeline["processors"] if name != "k8s_attributes"]
    configuration["extensions"]["file_storage/positions"]["directory"] = str(tmp_path)
    file = tmp_path / "relay.yaml"
    file.write_text(yaml.safe_dump(configuration, width=10_000))
    told = subprocess.run(  # noqa: S603 - our own program
        [OTELCOL.ready(), "validate", f"--config=file:{file}"],
        env={"MY_POD_IP": "10.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
