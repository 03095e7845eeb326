"""What of the platform's export decides who exports a host's GPUs, and who may ask for it.

Reads variables only; tests/ansible/test_dcgm.py has the service, tests/observability/test_host_exporters.py the scrape.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ansible.exports import export
from tests.ansible.inventories import run
from tests.ansible.roles import ANSIBLE, REPOSITORY

SHOWN = (
    "{{ {'enabled': dcgm_exporter_enabled, 'version': dcgm_exporter_version, 'node': dcgm_exporter_node, "
    "'metrics': dcgm_exporter_metrics, 'rules': hardening_firewall_rules} }}"
)


def variables(folder: Path, changes: dict[str, Any]) -> dict[str, Any]:
    """What Ansible makes of the variables of a DGX."""
    file = folder / "platform.json"
    file.write_text(json.dumps(export(changes)))
    asked = run(
        "ansible", "-i", ANSIBLE / "inventories" / "prod" / "hosts.yml", "dgx-01", "-m", "ansible.builtin.debug",
        "-a", f"msg={SHOWN}", "-e", f"platform_file={file}", "--playbook-dir", ANSIBLE,
    )  # fmt: skip
    assert asked.returncode == 0, asked.stdout + asked.stderr
    return yaml.safe_load(asked.stdout.partition("=>")[2])["msg"]


def test_a_host_exports_its_gpus_to_the_vpc(tmp_path: Path) -> None:
    found = variables(tmp_path, {})
    chart = yaml.safe_load((REPOSITORY / "helm-values/dcgm-exporter/values.yaml").read_text())
    assert (found["enabled"], found["node"], found["metrics"]) == (True, "dgx-01", chart["customMetrics"])
    locked = yaml.safe_load((REPOSITORY / "helm-values/charts.yaml").read_text())["charts"]["dcgm-exporter"]["version"]
    assert found["version"] == locked, "the host's exporter and the cluster's tell the same"
    assert found["rules"] == [
        {"port": "9100", "networks": ["10.40.0.0/16"]},
        {"port": "9400", "networks": ["10.40.0.0/16"]},
    ]


@pytest.mark.parametrize("network", ["10.50.0.0/16"])
def test_the_gpu_operators_exporter_takes_its_place(tmp_path: Path, network: str) -> None:
    found = variables(tmp_path, {"gpu_exporter": "cluster", "cluster.network": network})
    assert found["enabled"] is False
    assert found["rules"] == [{"port": "9100", "networks": [network]}]
