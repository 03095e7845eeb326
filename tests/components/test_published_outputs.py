"""The exact parameters that publish the stack's outputs.

Does not prove that the values are right, only that they arrive as they were given.
"""

from __future__ import annotations

import pulumi
import pytest

from components.published_outputs import PublishedOutputs, PublishedOutputsArgs
from tests.components.recorder import Recording, record


def recorded(values: dict[str, pulumi.Input[str] | list[pulumi.Input[str]]], *, preview: bool = False) -> Recording:
    def build() -> None:
        PublishedOutputs("outputs", PublishedOutputsArgs(environment="dev", values=values))

    return record(build, preview=preview)


@pytest.mark.parametrize("preview", [False, True])
def test_each_output_is_one_parameter(preview: bool) -> None:
    recording = recorded({"network/vpc-id": "vpc-1", "network/zones": ["a", "b"]}, preview=preview)
    assert recording.children() == {
        ("llm-platform:published_outputs:PublishedOutputs", "outputs"),
        ("aws:ssm/parameter:Parameter", "outputs-network-vpc-id"),
        ("aws:ssm/parameter:Parameter", "outputs-network-zones"),
    }
    text, several = (recording.one(f"outputs-network-{end}").inputs for end in ("vpc-id", "zones"))
    description = "Output of the llm-platform stack of dev"
    assert text == {
        "name": "/llm-platform/dev/network/vpc-id",
        "type": "String",
        "value": "vpc-1",
        "description": description,
    }
    assert several == {
        "name": "/llm-platform/dev/network/zones",
        "type": "StringList",
        "value": "a,b",
        "description": description,
    }


def test_outputs_of_resources_arrive_as_their_values() -> None:
    def build() -> None:
        values = {"ids": [pulumi.Output.from_input("x"), "y"], "id": pulumi.Output.from_input("z")}
        PublishedOutputs("outputs", PublishedOutputsArgs(environment="dev", values=values))

    recording = record(build)
    assert recording.one("outputs-ids").inputs["value"] == "x,y"
    assert recording.one("outputs-id").inputs["value"] == "z"


def test_an_empty_list_is_refused() -> None:
    with pytest.raises(ValueError, match="network/zones: SSM has no empty parameter"):
        recorded({"network/zones": []})
