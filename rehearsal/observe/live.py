"""What goes on when the day is over: Prometheus on its storage, scraping on, and Alertmanager with the real routes."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import yaml

from observability.alert_routing import SEVERITIES, alertmanager_configuration
from observability.preview.prometheus_api import PrometheusApi
from rehearsal.observe.player import RULES_SECONDS, TARGET
from rehearsal.observe.programs import Programs, running
from rehearsal.observe.story.fleet import TEAMS

SCRAPE_SECONDS: Final = 15
CLUSTER: Final = "observed"
SOON: Final = {"group_wait": "1s", "group_interval": "5s"}
"""Instead of half a minute and five: somebody looks on."""


def alertmanager_document(messages: int) -> dict[str, Any]:
    """The deployed configuration, whose receivers bring their messages to a port of this machine instead of SNS."""
    document = alertmanager_configuration("us-east-1", {severity: severity for severity in SEVERITIES}, TEAMS)
    for receiver in document["receivers"]:
        if receiver.pop("sns_configs", None):
            address = f"http://127.0.0.1:{messages}/{receiver['name']}"
            receiver["webhook_configs"] = [{"url": address, "send_resolved": True}]
    document["route"] |= SOON
    return document


def prometheus_document(page: int | None, alertmanager: int | None, rules: Sequence[Path]) -> dict[str, Any]:
    """Prometheus' own; without a page nothing is scraped and no rule evaluated."""
    if page is None:
        return {"global": {}}
    target = {"targets": [f"127.0.0.1:{page}"], "labels": {"instance": TARGET["instance"]}}
    return {
        "global": {
            "scrape_interval": f"{SCRAPE_SECONDS}s",
            "evaluation_interval": f"{RULES_SECONDS}s",
            "external_labels": {"cluster": CLUSTER},
        },
        "rule_files": [str(path) for path in rules],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{alertmanager}"]}]}]},
        "scrape_configs": [{"job_name": TARGET["job"], "honor_labels": True, "static_configs": [target]}],
    }


@contextmanager
def alertmanager_running(programs: Programs, folder: Path, messages: int) -> Generator[int]:
    """Alertmanager on a port of this machine."""
    file = folder / "alertmanager.yaml"
    file.write_text(yaml.safe_dump(alertmanager_document(messages)), "utf-8")
    command = [
        str(programs.alertmanager), f"--config.file={file}", f"--storage.path={folder / 'alertmanager'}",
        "--cluster.listen-address=",
    ]  # fmt: skip
    log = folder / "alertmanager.log"
    with running("Alertmanager", lambda port: [*command, f"--web.listen-address=127.0.0.1:{port}"], log) as port:
        yield port


@contextmanager
def prometheus_running(
    programs: Programs, folder: Path, page: int | None, alertmanager: int | None, rules: Sequence[Path]
) -> Generator[PrometheusApi]:
    """Prometheus over `folder`/data; samples of any age are kept."""
    file = folder / "prometheus.yaml"
    file.write_text(yaml.safe_dump(prometheus_document(page, alertmanager, rules)), "utf-8")
    command = [
        str(programs.prometheus), f"--config.file={file}", f"--storage.tsdb.path={folder / 'data'}",
        "--storage.tsdb.retention.time=100y",
    ]  # fmt: skip
    log = folder / "prometheus.log"
    with running("Prometheus", lambda port: [*command, f"--web.listen-address=127.0.0.1:{port}"], log) as port:
        yield PrometheusApi(f"http://127.0.0.1:{port}")
