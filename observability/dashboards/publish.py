"""`python -m observability.dashboards.publish`: bring the dashboards into a Grafana that reads no ConfigMaps.

Amazon Managed Grafana is one: it has no files of ours, only Grafana's HTTP API. In the cluster the chart `monitoring`
brings the same files. The token is a service account's with the role Editor, in GRAFANA_TOKEN; `python -m
preflight.dashboards` gets one of Amazon Managed Grafana by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from observability.dashboards.grafana_api import GrafanaApi, GrafanaError

FILES: Final = Path(__file__).resolve().parents[2] / "charts" / "monitoring" / "dashboards"
FOLDER_UID: Final = "llm-platform"
FOLDER_TITLE: Final = "LLM platform"
OURS: Final = "llm-"
"""What the uid of each of our dashboards begins with; others in the folder are somebody's own."""


@dataclass(frozen=True)
class Published:
    """What came of it."""

    urls: list[str]
    """Addresses of all dashboards, below Grafana's."""
    removed: list[str]
    """Uids of those that no longer have a file."""


def publish(grafana: GrafanaApi, files: Path = FILES) -> Published:
    """Create or replace every dashboard in one folder, and remove those of ours that no file has any more."""
    dashboards: list[dict[str, Any]] = [json.loads(path.read_text()) for path in sorted(files.glob("*.json"))]
    if not dashboards:
        raise GrafanaError(f"{files}: no dashboards; all in Grafana would be removed")
    grafana.make_folder(FOLDER_UID, FOLDER_TITLE)
    urls = [grafana.put_dashboard(dashboard, FOLDER_UID) for dashboard in dashboards]
    kept = {dashboard["uid"] for dashboard in dashboards}
    removed = [uid for uid in grafana.dashboards_of(FOLDER_UID) if uid.startswith(OURS) and uid not in kept]
    for uid in removed:
        grafana.remove_dashboard(uid)
    return Published(urls, removed)


def amazon_prometheus(url: str, region: str) -> dict[str, Any]:
    """The data source that reads Amazon Managed Prometheus with the Grafana workspace's own role.

    `ec2_iam_role` is what a workspace calls that role in a data source, as in the modules of
    ministryofjustice/modernisation-platform-environments (amazon-prometheus-query-source), 2026-11-22.
    """
    return {
        "uid": "llm-platform-metrics",
        "name": "Managed Prometheus",
        "type": "prometheus",
        "access": "proxy",
        "isDefault": True,
        "url": url,
        "jsonData": {
            "httpMethod": "POST",
            "sigV4Auth": True,
            "sigV4AuthType": "ec2_iam_role",
            "sigV4Region": region,
        },
    }


def main() -> None:
    """Publish, or say why not."""
    parser = argparse.ArgumentParser(prog="python -m observability.dashboards.publish", description=__doc__)
    parser.add_argument(
        "grafana", help="address, e.g. https://g-0123456789.grafana-workspace.eu-central-1.amazonaws.com"
    )
    address: str = parser.parse_args().grafana
    token = os.environ.get("GRAFANA_TOKEN")
    if not token:
        parser.error("set GRAFANA_TOKEN to a service account's token")
    try:
        published = publish(GrafanaApi(address, token))
    except GrafanaError as error:
        parser.exit(1, f"{error}\n")
    for line in told(published):
        sys.stdout.write(f"{line}\n")


def told(published: Published) -> list[str]:
    """A line for each dashboard."""
    return [*published.urls, *(f"removed {uid}" for uid in published.removed)]


if __name__ == "__main__":
    main()
