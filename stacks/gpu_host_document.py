"""The document that Ansible reads: what the program says of an environment's GPU hosts, as one checked value."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

OUTPUT = "gpu-hosts"
"""Name of the stack output that it is."""

Text = Annotated[str, Field(min_length=1)]
Arn = Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:")]


class Part(BaseModel):
    """A mapping of the document: every key is there, and no other."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class ClusterPart(Part):
    """What a node needs to know of its cluster."""

    name: Text
    kubernetes_version: Annotated[str, Field(pattern=r"^\d+\.\d+$")]
    endpoint: Annotated[str, Field(pattern="^https://")]
    certificate_authority_data: Text
    """Certificate of the API server's CA, in base64"""
    service_cidr: Annotated[str, Field(pattern=r"^[0-9.]+/\d+$")]
    network: Annotated[str, Field(pattern=r"^[0-9.]+/\d+$")]
    """Range of the VPC: addresses of its nodes and pods, Prometheus among them"""


class TaintPart(Part):
    """A taint as a Node has it."""

    key: Text
    value: str
    effect: Literal["NoSchedule", "NoExecute", "PreferNoSchedule"]


class GroupPart(Part):
    """A group of hosts that are alike."""

    kind: Literal["dedicated-host", "dgx"]
    machine: Text
    """A machine of catalogue/gpu-machines.yaml: an instance type, or a DGX system"""
    labels: dict[Text, str]
    """Labels of their nodes: the same as those of node groups"""
    taints: list[TaintPart]
    role_arn: Arn
    host_ids: list[Text]
    """Dedicated hosts; of a DGX none"""
    instance_ids: list[Text]
    """Instances on them; of a DGX none"""
    hosts: list[Text]
    """Names of DGX systems; dedicated hosts have none, EC2 finds them"""
    mig_layout: Text | None


class HybridNodesPart(Part):
    """How own machines prove who they are."""

    credential_provider: Literal["iam-roles-anywhere", "ssm"]
    role_arn: Arn
    trust_anchor_arn: Arn | None
    profile_arn: Arn | None
    activation_id: Text | None
    activation_secret_name: Text | None
    """Secret of Secrets Manager that holds the activation's code, which stands nowhere here"""
    remote_node_networks: list[Text]
    remote_pod_networks: list[Text]


class GpuHostDocument(Part):
    """What the program says of an environment's GPU hosts; `pulumi stack output gpu-hosts --json` writes it."""

    format: Literal[1]
    environment: Text
    region: Text
    account_id: Annotated[str, Field(pattern=r"^\d{12}$")]
    cluster: ClusterPart
    gpu_stack_owner: Literal["host", "operator"]
    """Who brings driver and Container Toolkit"""
    gpu_exporter: Literal["host", "cluster"]
    """Who exports the GPUs' metrics: a service of the host, or the GPU Operator's DaemonSet"""
    version_set: Text
    """A file of ansible/versions/"""
    groups: dict[Text, GroupPart]
    hybrid_nodes: HybridNodesPart | None


def document(values: dict[str, Any]) -> dict[str, Any]:
    """Check the values and return them as JSON has them."""
    return GpuHostDocument.model_validate(values).model_dump(mode="json")
