"""The settings `approval`, from the stack file to what is paid for. Which types need one is a policy's to say."""

from __future__ import annotations

from typing import Any

import pytest

from stacks.llm_platform import build_platform
from stacks.settings import parse_settings
from tests.components.recorder import Recording, record
from tests.stacks.valid_sections import REMOVED, changed_sections

APPROVAL = {"by": "platform board", "until": "2027-11-30"}
PLACES = (
    "node_groups.training[0]", "node_groups.inference[0]", "node_groups.spot[0]", "dedicated_hosts[0]",
    *(f"node_pools[{index}]" for index in range(4)),
)  # fmt: skip
TAGS = {"llm-platform:approved-by": "platform board", "llm-platform:approved-until": "2027-11-30"}
ANNOTATIONS = {"llm-platform/approved-by": "platform board", "llm-platform/approved-until": "2027-11-30"}


def build(changes: dict[str, Any]) -> Recording:
    settings = parse_settings(changed_sections(changes), "staging")
    return record(lambda: build_platform(settings))


@pytest.fixture(scope="module")
def approved() -> Recording:
    return build({f"{place}.approval": APPROVAL for place in PLACES})


@pytest.mark.parametrize(
    "name",
    [
        "train-a100-group-nodes",
        "serve-l4-group-nodes",
        "spot-serve-group-nodes",
        "host-g5-host-0",
        "host-g5-instance-0-0",
    ],
)
def test_groups_and_hosts_carry_it_as_tags(approved: Recording, name: str) -> None:
    assert TAGS.items() <= approved.one(name).inputs["tags"].items()


@pytest.mark.parametrize("pool", ["system-cpu", "serve-1gpu", "spot-1gpu", "train-4gpu"])
def test_pools_carry_it_as_annotations(approved: Recording, pool: str) -> None:
    assert approved.one(f"{pool}-machines").inputs["metadata"] == {"name": pool, "annotations": ANNOTATIONS}


def test_a_renewal_replaces_no_machine(approved: Recording) -> None:
    """A changed launch template is rolled out over all nodes, a changed template of a NodePool over its machines."""
    for template in approved.of_type("aws:ec2/launchTemplate:LaunchTemplate"):
        assert "approved" not in str(template.inputs)
    for pool in approved.of_type("kubernetes:karpenter.sh/v1:NodePool"):
        assert "approved" not in str(pool.inputs["spec"])


def test_without_it_nothing_is_said() -> None:
    plain = build({"node_pools[3].approval": REMOVED})
    assert not [resource.name for resource in plain.resources if "approved-" in str(resource.inputs)]
    assert "tags" not in plain.one("serve-l4-group-nodes").inputs
