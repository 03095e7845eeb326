"""Templates of Alertmanager's messages, filled in by amtool as Alertmanager would."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.observability.programs import program


def amtool(*arguments: str | Path) -> str:
    command = [program("amtool"), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our files


def notification(alerts: int, **annotations: str) -> dict[str, Any]:
    """What a template is given, as Alertmanager names it."""
    labels = {"alertname": "ModelDown", "severity": "critical", "owner": "search", "cluster": "llm-platform-prod"}
    one = {"status": "firing", "labels": labels, "annotations": annotations}
    return {
        "receiver": "search-critical",
        "status": "firing",
        "alerts": [one] * alerts,
        "groupLabels": {"alertname": "ModelDown", "owner": "search"},
        "commonLabels": labels,
        "commonAnnotations": annotations,
        "externalURL": "http://alertmanager",
    }


def rendered(template: str, data: dict[str, Any], folder: Path) -> str:
    (folder / "data.json").write_text(json.dumps(data))
    (folder / "none.tmpl").write_text("")
    return amtool(
        "template",
        "render",
        "--template.glob",
        folder / "none.tmpl",
        "--template.data",
        folder / "data.json",
        "--template.text",
        template,
    )
