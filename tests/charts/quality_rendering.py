"""charts/quality rendered with real helm; `python -m tests.charts.quality_rendering` writes its golden files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.charts.workload_chart import WorkloadChart

RELEASE = "quality-mail"

SMALLEST: Mapping[str, Any] = {
    "serviceAccountName": RELEASE,
    "image": {"repository": "registry.example.com/platform/quality", "tag": "0.1.0"},
    "settings": {
        "model": "mail",
        "predictions": {"uri": "s3://datasets/answers/mail/"},
        "results": "s3://datasets/quality/mail/",
    },
}
"""What a release must say."""

CASES: Mapping[str, Mapping[str, Any]] = {
    "smallest": {},
    "whole": {
        "team": "search",
        "image": {"pullSecrets": ["registry"]},
        "podMonitor": {"enabled": True, "labels": {"release": "kube-prometheus-stack"}},
        "networkPolicy": {"httpsCidrs": ["10.20.0.0/16"]},
    },
}

QUALITY = WorkloadChart("quality", RELEASE, SMALLEST, CASES)


if __name__ == "__main__":
    QUALITY.write_golden()
