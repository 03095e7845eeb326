"""Names, labels and taints: pure functions, the one place where they are spelled."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

GPU_RESOURCE = "nvidia.com/gpu"
"""Extended resource and taint key of NVIDIA's device plugin."""

POOL_LABEL = "llm-platform/pool"
"""Label and taint key that says which pool a node belongs to: system, training, inference or spot."""

CAPACITY_LABEL = "llm-platform/capacity"
"""Label that says how a node is bought: on-demand, spot, reserved, dedicated-host or on-premises."""

GPU_PRESENT_LABEL = "nvidia.com/gpu.present"
"""Label that NVIDIA's own components select GPU nodes by."""

GPU_PRODUCT_LABEL = "nvidia.com/gpu.product"
"""Label of the GPU's model, in GPU Feature Discovery's key."""

DEVICE_PLUGIN_LABEL = "nvidia.com/gpu.deploy.device-plugin"
"""Label that keeps NVIDIA's device plugin off a node, `false`, where the image runs one of its own."""

INTERRUPTIBLE = "llm-platform/interruptible"
"""Label and taint key of nodes that may vanish at two minutes' notice."""

ON_DEMAND_FLOOR_LABEL = "llm-platform/on-demand-floor"
"""Label of a spot node that names the inference group which keeps serving when spot capacity goes away."""

WORKLOAD_LABEL = "llm-platform/workload"
"""Label of a pod, or of its namespace, that says what it is there for: training, inference or platform."""

ALSO_ON_ANNOTATION = "llm-platform/also-on"
"""Annotation of a pod that says which pools besides its own it may land on, separated by commas."""

MODEL_LABEL = "llm-platform/model"
"""Label of the pods that serve a model: its name in the stack file."""

ENGINE_LABEL = "llm-platform/engine"
"""Label of the pods that serve a model: the engine that does."""

TEAM_LABEL = "llm-platform/team"
"""Label of a namespace and of what runs in it: the team that owns it."""

MACHINE_LABEL = "node.kubernetes.io/instance-type"
"""Kubernetes' label of a node's machine: in the cloud EKS sets it to the instance type, on a DGX we do."""

HOST_GROUP_TAG = "llm-platform:host-group"
"""Tag of an instance on a dedicated host: its group in the stack file, and in what Ansible reads."""

INVENTORY_GROUP_TAG = "llm-platform:inventory-group"
"""Tag of an instance that Ansible configures: its group there."""

GPU_TAG = "llm-platform:gpu"
"""Tag with the GPU's model, as the label of nodes has it."""

ENVIRONMENT_TAG = "llm-platform:environment"
"""Tag by which an environment's inventory finds its instances."""

TEAM_TAG = "llm-platform:team"
"""Tag with the team that pays: the environment's, but on machines that one team has for itself."""

APPROVED_BY_TAG = "llm-platform:approved-by"
"""Tag that names the team or role which agreed to what expensive machines cost."""

APPROVED_UNTIL_TAG = "llm-platform:approved-until"
"""Tag with the last day of that agreement."""

APPROVED_BY_ANNOTATION = "llm-platform/approved-by"
"""The same of a NodePool, which has no tags."""

APPROVED_UNTIL_ANNOTATION = "llm-platform/approved-until"
"""The same of a NodePool."""

Pool = Literal["system", "training", "inference", "spot"]
Capacity = Literal["on-demand", "spot", "reserved", "dedicated-host", "on-premises"]

HOST_CAPACITIES: tuple[Capacity, ...] = ("dedicated-host", "on-premises")
"""How nodes are bought that Ansible configures: EC2 instances on dedicated hosts, and DGX systems."""

KUBERNETES_EFFECTS = {
    "NO_SCHEDULE": "NoSchedule",
    "NO_EXECUTE": "NoExecute",
    "PREFER_NO_SCHEDULE": "PreferNoSchedule",
}
"""Taint effects as the EKS API spells them, and as Kubernetes does."""

_LABEL_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_LABEL_PREFIX = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")


@dataclass(frozen=True)
class Taint:
    """A taint of a node group, with the effect as the EKS API spells it."""

    key: str
    value: str
    effect: Literal["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"] = "NO_SCHEDULE"

    def __post_init__(self) -> None:
        """Refuse what the Kubernetes API would refuse when the node registers."""
        check_label(self.key, self.value)


def check_label(key: str, value: str) -> None:
    """Raise ValueError unless key and value follow the grammar that labels and taints share.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
    """
    prefix, slash, name = key.rpartition("/")
    if not _LABEL_NAME.fullmatch(name) or (slash and not _LABEL_PREFIX.fullmatch(prefix)):
        raise ValueError(f"label key {key!r}: needs [prefix/]name, the name of 1 to 63 letters, digits, - _ .")
    if value and not _LABEL_NAME.fullmatch(value):
        raise ValueError(f"label {key}: value {value!r}: needs at most 63 letters, digits, - _ .")


def label_value(text: str) -> str:
    """Free text as a label value: `NVIDIA A10G (24 GiB)` becomes `NVIDIA-A10G-24-GiB`."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", text)[:63].strip("-_.")


def accelerator_taint(resource: str, pool: Pool) -> Taint:
    """Taint that keeps off a pool's nodes what does not ask for their accelerator: its extended resource is the key.

    The device plugins of NVIDIA and of Neuron tolerate the key of their own resource, and no other.
    """
    return Taint(resource, pool)


def interruptible_taint() -> Taint:
    """Taint that only workloads which survive an interruption tolerate."""
    return Taint(INTERRUPTIBLE, "true")


def node_labels(
    pool: Pool,
    capacity: Capacity,
    accelerator_resource: str | None = None,
    model: str | None = None,
    *,
    bottlerocket: bool = False,
) -> dict[str, str]:
    """Labels of a pool's nodes: which pool, how they are bought, and the GPU where they have one of NVIDIA's.

    The model is left out where the nodes have different ones. NVIDIA's components go to every node with its
    labels, so that Inferentia and Trainium nodes must not carry them. Bottlerocket's images for NVIDIA GPUs run
    the device plugin themselves; a second one would fight over the GPUs.
    https://docs.aws.amazon.com/eks/latest/userguide/ml-eks-k8s-device-plugin.html
    """
    labels = {POOL_LABEL: pool, CAPACITY_LABEL: capacity}
    if accelerator_resource == GPU_RESOURCE:
        labels[GPU_PRESENT_LABEL] = "true"
        if model:
            labels[GPU_PRODUCT_LABEL] = label_value(model)
        if bottlerocket:
            labels[DEVICE_PLUGIN_LABEL] = "false"
    if capacity == "spot":
        labels[INTERRUPTIBLE] = "true"
    return labels


def own_machine_labels(pool: Pool, machine: str, model: str) -> dict[str, str]:
    """Labels of a DGX's node: those of any node with GPUs, and the machine, which no cloud tells."""
    return {**node_labels(pool, "on-premises", GPU_RESOURCE, model), MACHINE_LABEL: machine}


def host_selector() -> str:
    """Label selector of the nodes that Ansible configures."""
    return f"{CAPACITY_LABEL} in ({','.join(HOST_CAPACITIES)})"


def kubernetes_taint(taint: Taint) -> dict[str, str]:
    """The taint as a Node has it."""
    return {"key": taint.key, "value": taint.value, "effect": KUBERNETES_EFFECTS[taint.effect]}


def platform_name(environment: str) -> str:
    """Name of the environment's platform, and of its EKS cluster: `llm-platform-dev`."""
    return f"llm-platform-{environment}"


def parameter_name(environment: str, *path: str) -> str:
    """SSM parameter under which an output is published: `/llm-platform/dev/network/vpc-id`."""
    return "/" + "/".join(("llm-platform", environment, *path))


def flow_log_group_name(platform: str) -> str:
    """Log group of a platform's VPC flow logs: `/aws/vpc/llm-platform-dev/flow-logs`."""
    return f"/aws/vpc/{platform}/flow-logs"


def bucket_name(prefix: str, purpose: str, account_id: str, region: str) -> str:
    """Bucket name, unique in the world: `llm-platform-dev-models-111122223333-us-east-1`.

    Raises ValueError past the 63 characters that S3 allows.
    """
    name = f"{prefix}-{purpose}-{account_id}-{region}"
    if len(name) > 63:  # noqa: PLR2004 - https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
        raise ValueError(f"bucket name {name} has {len(name)} characters, S3 allows 63: shorten {prefix!r}")
    return name
