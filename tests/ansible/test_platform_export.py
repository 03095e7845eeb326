"""One document, two halves: what the program exports is what Ansible accepts and finds its way in.

Does not prove that what it says is so: ids and endpoints are those of the emulated account.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from catalogue.gpu_machines import load_gpu_machines
from components.naming import GPU_RESOURCE, accelerator_taint, kubernetes_taint, node_labels
from rehearsal.report.document import document
from stacks.gpu_host_document import GpuHostDocument
from tests.ansible.exports import EXPORT, export
from tests.ansible.inventories import run
from tests.ansible.roles import ANSIBLE
from tests.rehearsal.test_environments import rehearsed

pytestmark = pytest.mark.xdist_group("environments")
SCHEMA = Draft202012Validator(json.loads((ANSIBLE / "platform.schema.json").read_text()))


def exported(stack: str) -> dict[str, Any]:
    return rehearsed(stack).outputs["gpu-hosts"]


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_what_the_program_exports_fits_the_schema_that_ansible_has(stack: str) -> None:
    assert [error.message for error in SCHEMA.iter_errors(exported(stack))] == []


def test_the_dgx_of_an_inventory_are_those_of_the_export() -> None:
    for stack in ("dev", "staging", "prod"):
        content = yaml.safe_load((ANSIBLE / "inventories" / stack / "hosts.yml").read_text())
        hosts: dict[str, Any] = content["gpu_hosts"]["children"]["dgx"].get("hosts", {})
        groups = exported(stack)["groups"]
        assert {name: host["gpu_host_group"] for name, host in hosts.items()} == {
            name: group for group, entry in groups.items() for name in entry["hosts"]
        }
        assert all(groups[host["gpu_host_group"]]["machine"] == host["gpu_machine"] for host in hosts.values())


def test_labels_and_taints_are_those_of_a_node_group_with_the_same_gpus() -> None:
    group = exported("prod")["groups"]["dgx-train"]
    of_a_node_group = node_labels("training", "on-demand", GPU_RESOURCE, "H100")
    differing = {key for key in of_a_node_group if group["labels"][key] != of_a_node_group[key]}
    assert differing == {"llm-platform/capacity"}
    assert group["taints"] == [kubernetes_taint(accelerator_taint(GPU_RESOURCE, "training"))]
    assert all(entry["machine"] in load_gpu_machines().machines for entry in exported("prod")["groups"].values())


def test_both_halves_refuse_the_same() -> None:
    for path, value in (
        ("format", 2),
        ("cluster.endpoint", "[unknown]"),
        ("groups.dgx-train.kind", "hybrid"),
        ("groups.dgx-train.taints", [{"key": "a", "value": "b", "effect": "NO_SCHEDULE"}]),
        ("account_id", 333344445555),
        ("hybrid_nodes.activation_code", "secret"),
    ):
        changed = export({path: value})
        assert list(SCHEMA.iter_errors(changed)), path
        with pytest.raises(ValidationError):
            GpuHostDocument.model_validate(changed, strict=True)
    GpuHostDocument.model_validate(EXPORT, strict=True)


def test_ansibles_variables_come_out_of_it(tmp_path: Path) -> None:
    file = tmp_path / "platform.json"
    file.write_text(json.dumps(exported("prod")))
    shown = "{{ [platform_group.machine, gpu_facts.memory_gib, gpu_machine_facts.gpus, version_set, gpu_stack_owner] }}"
    asked = run(
        "ansible", "-i", ANSIBLE / "inventories" / "prod" / "hosts.yml", "dgx-03", "-m", "ansible.builtin.debug",
        "-a", f"msg={shown}", "-e", f"platform_file={file}", "--playbook-dir", ANSIBLE,
    )  # fmt: skip
    assert asked.returncode == 0, asked.stdout + asked.stderr
    said = yaml.safe_load(asked.stdout.partition("=>")[2])["msg"]
    assert said == ["dgx-a100", 80, 8, "2026-11", "host"]


def test_the_code_of_an_activation_leaves_the_program_for_a_secret_alone() -> None:
    rehearsal = rehearsed("staging")
    (activation,) = [r for r in rehearsal.resources if r.registration.type == "aws:ssm/activation:Activation"]
    code = activation.outputs["activationCode"]
    (version,) = [r for r in rehearsal.resources if r.registration.name == "hybrid-nodes-activation-version"]
    assert json.loads(version.registration.inputs["secretString"])["activation_code"] == code
    assert len(code) >= 20
    assert code not in json.dumps(document(rehearsal))
