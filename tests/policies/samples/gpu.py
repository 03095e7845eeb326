"""Machines with accelerators, and what runs on them, that keep every policy."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from policies import clock
from policies.chart_facts import locked_charts, own_charts
from tests.policies.sample import TAGS, Sample

KEY = "arn:aws:kms:us-east-1:333344445555:key/0d9f6a52-7d1c-4d1e-9a53-3c9a3d7b5a11"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
POOL = "llm-platform/pool"
IN_90_DAYS = (clock.today() + timedelta(days=90)).isoformat()
APPROVED = {"llm-platform:approved-by": "ml-platform", "llm-platform:approved-until": IN_90_DAYS}
APPROVED_POOL = {key.replace(":", "/"): value for key, value in APPROVED.items()}
SPOT = {"llm-platform/capacity": "spot", "llm-platform/interruptible": "true"}
INTERRUPTIBLE = {"key": "llm-platform/interruptible", "value": "true"}
NODE_CLASSES = {"on-demand": "machines", "spot": "machines", "reserved": "reserved"}
METADATA_OPTIONS = {"httpEndpoint": "enabled", "httpPutResponseHopLimit": 1, "httpTokens": "required"}
VOLUME = {"deleteOnTermination": "true", "encrypted": "true", "kmsKeyId": KEY, "volumeSize": 500, "volumeType": "gp3"}


def _template(name: str, more: Mapping[str, Any] | None = None, **refers: Sequence[str]) -> Sample:
    kinds = ("instance", "volume", "network-interface")
    inputs = {
        "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": VOLUME}],
        "metadataOptions": METADATA_OPTIONS,
        "monitoring": {"enabled": True},
        "tagSpecifications": [{"resourceType": kind, "tags": TAGS} for kind in kinds],
        "updateDefaultVersion": True,
        "vpcSecurityGroupIds": ["sg-nodes"],
        **(more or {}),
    }
    return Sample(
        "aws:ec2/launchTemplate:LaunchTemplate",
        name,
        inputs,
        {"id": f"lt-{name}"},
        {"blockDeviceMappings": ["key-storage"], **refers},
    )


def _group(
    name: str, template: str, types: Sequence[str], labels: Mapping[str, str], taints: Sequence[Any], **more: Any
) -> Sample:
    inputs = {
        "amiType": "AL2023_x86_64_NVIDIA" if taints else "AL2023_x86_64_STANDARD",
        "capacityType": "ON_DEMAND",
        "clusterName": "llm-platform-prod",
        "instanceTypes": [*types],
        "labels": {"llm-platform/capacity": "on-demand", **labels},
        "launchTemplate": {"id": f"lt-{template}", "version": "1"},
        "nodeRoleArn": "arn:aws:iam::333344445555:role/llm-platform-prod-role-of-nodes",
        "scalingConfig": {"desiredSize": 2, "maxSize": 4, "minSize": 2},
        "subnetIds": ["subnet-private-a", "subnet-private-b"],
        "taints": [{"effect": "NO_SCHEDULE", **taint} for taint in taints],
        "updateConfig": {"maxUnavailable": 1},
        **more,
    }
    return Sample(NODE_GROUP, name, inputs, refers={"launchTemplate": [template], "nodeRoleArn": ["role-nodes"]})


def _node_pool(
    name: str,
    types: Sequence[str],
    limits: Mapping[str, str],
    labels: Mapping[str, str],
    taints: Sequence[Any],
    **more: Any,
) -> Sample:
    capacity = labels.get("llm-platform/capacity", "on-demand")
    requirements = [
        {"key": "karpenter.sh/capacity-type", "operator": "In", "values": [capacity]},
        {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]},
        {"key": "node.kubernetes.io/instance-type", "operator": "In", "values": [*types]},
    ]
    spec = {
        "disruption": {"budgets": [{"nodes": "10%"}], "consolidateAfter": "10m", "consolidationPolicy": "WhenEmpty"},
        "limits": {**limits},
        "template": {
            "metadata": {"labels": {"llm-platform/capacity": "on-demand", **labels}},
            "spec": {
                "expireAfter": "336h",
                "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": NODE_CLASSES[capacity]},
                "requirements": requirements,
                "taints": [{"effect": "NoSchedule", **taint} for taint in taints],
            },
        },
        "weight": 90,
    }
    metadata = {"name": name, **more}
    document = {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": metadata, "spec": spec}
    return Sample("kubernetes:karpenter.sh/v1:NodePool", name, document)


def _node_class(name: str, **more: Any) -> Sample:
    spec = {
        "amiSelectorTerms": [{"alias": "al2023@v20260903"}],
        "blockDeviceMappings": [
            {
                "deviceName": "/dev/xvda",
                "ebs": {"encrypted": True, "kmsKeyID": KEY, "volumeSize": "500Gi", "volumeType": "gp3"},
            }
        ],
        "instanceProfile": "nodes",
        "metadataOptions": METADATA_OPTIONS,
        "securityGroupSelectorTerms": [{"id": "sg-nodes"}],
        "subnetSelectorTerms": [{"id": "subnet-private-a"}, {"id": "subnet-private-b"}],
        "tags": TAGS,
        **more,
    }
    metadata = {"name": name}
    document = {"apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "metadata": metadata, "spec": spec}
    type_ = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
    return Sample(type_, f"class-{name}", document, refers={"spec": ["key-storage"]})


def _notice(name: str, detail_type: str) -> list[Sample]:
    pattern = json.dumps({"source": ["aws.ec2"], "detail-type": [detail_type]})
    arn = f"arn:aws:events:us-east-1:333344445555:rule/{name}"
    queue = "arn:aws:sqs:us-east-1:333344445555:queue-of-interruptions"
    return [
        Sample(
            "aws:cloudwatch/eventRule:EventRule",
            f"rule-of-{name}",
            {"description": detail_type, "eventPattern": pattern, "name": name},
            {"arn": arn, "state": "ENABLED"},
        ),
        Sample(
            "aws:cloudwatch/eventTarget:EventTarget",
            f"target-of-{name}",
            {"arn": queue, "rule": name},
            refers={"rule": [f"rule-of-{name}"], "arn": ["queue-of-interruptions"]},
        ),
    ]


def release(name: str, namespace: str, chart: str, values: Mapping[str, Any]) -> Sample:
    """Return a release of a chart of the lock, or of a chart of the project."""
    locked = locked_charts().get(chart)
    if locked is None:
        source: dict[str, Any] = {"chart": f"../{own_charts()[chart].path}"}
    elif locked.source.startswith("oci://"):
        source = {"chart": locked.source, "version": locked.version}
    else:
        source = {"chart": locked.chart, "version": locked.version, "repositoryOpts": {"repo": locked.source}}
    inputs = {**source, "atomic": True, "name": name, "namespace": namespace, "values": {**values}}
    return Sample("kubernetes:helm.sh/v3:Release", f"release-{name}", inputs)


def gpu(pool: str) -> dict[str, str]:
    """Return the taint of a pool with GPUs, without its effect."""
    return {"key": "nvidia.com/gpu", "value": pool}


NO_SPOT = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [
                {"matchExpressions": [{"key": "llm-platform/capacity", "operator": "NotIn", "values": ["spot"]}]}
            ]
        }
    }
}
EFA = [
    {"deviceIndex": int(card > 0), "interfaceType": "efa", "networkCardIndex": card, "securityGroups": ["sg-nodes"]}
    for card in range(2)
]
MODEL = {"name": "llama-8b", "source": {"s3": {"uri": "s3://llm-platform-prod-models-333344445555-us-east-1/llama"}}}

SAMPLES = [
    Sample(
        "aws:ec2/placementGroup:PlacementGroup",
        "placement-of-training",
        {"strategy": "cluster"},
        {"name": "placement-of-training", "id": "placement-of-training", "placementGroupId": "pg-training"},
    ),
    Sample(
        "aws:ec2/capacityReservation:CapacityReservation",
        "reservation-of-training",
        {
            "availabilityZone": "us-east-1a",
            "endDateType": "unlimited",
            "instanceCount": 2,
            "instanceMatchCriteria": "targeted",
            "instancePlatform": "Linux/UNIX",
            "instanceType": "p5.48xlarge",
            "tags": APPROVED,
        },
        {"id": "cr-training"},
    ),
    Sample(
        "aws:ec2/capacityReservation:CapacityReservation",
        "reservation-of-serving",
        {
            "availabilityZone": "us-east-1a",
            "instanceCount": 1,
            "instanceMatchCriteria": "targeted",
            "instancePlatform": "Linux/UNIX",
            "instanceType": "g6e.12xlarge",
        },
        {"id": "cr-serving"},
    ),
    _template(
        "template-training",
        {"networkInterfaces": EFA, "placement": {"groupName": "placement-of-training"}},
        placement=["placement-of-training"],
    ),
    _template(
        "template-reserved",
        {
            "networkInterfaces": EFA,
            "capacityReservationSpecification": {"capacityReservationTarget": {"capacityReservationId": "cr-training"}},
        },
        capacityReservationSpecification=["reservation-of-training"],
    ),
    _template("template-inference"),
    _template("template-system"),
    _group(
        "group-training",
        "template-training",
        ["p5.48xlarge"],
        {POOL: "training", "nvidia.com/gpu.present": "true"},
        [gpu("training")],
        scalingConfig={"desiredSize": 0, "maxSize": 1, "minSize": 0},
        subnetIds=["subnet-private-a"],
        tags=APPROVED,
    ),
    _group(
        "group-reserved",
        "template-reserved",
        ["p5.48xlarge"],
        {POOL: "training", "nvidia.com/gpu.present": "true", "llm-platform/capacity": "reserved"},
        [gpu("training")],
        scalingConfig={"desiredSize": 0, "maxSize": 2, "minSize": 0},
        subnetIds=["subnet-private-a"],
        tags=APPROVED,
    ),
    _group(
        "group-inference",
        "template-inference",
        ["g6e.12xlarge"],
        {POOL: "inference", "nvidia.com/gpu.present": "true"},
        [gpu("inference")],
    ),
    _group(
        "group-spot",
        "template-inference",
        ["g6e.12xlarge", "g6.12xlarge", "g5.12xlarge"],
        {POOL: "spot", "nvidia.com/gpu.present": "true", "llm-platform/on-demand-floor": "group-inference", **SPOT},
        [gpu("spot"), INTERRUPTIBLE],
        capacityType="SPOT",
        scalingConfig={"desiredSize": 0, "maxSize": 4, "minSize": 0},
    ),
    _group(
        "group-notebooks",
        "template-inference",
        ["g6.xlarge"],
        {POOL: "notebooks", "nvidia.com/gpu.present": "true"},
        [gpu("notebooks")],
        scalingConfig={"desiredSize": 0, "maxSize": 2, "minSize": 0},
    ),
    _group("group-system", "template-system", ["m7i.2xlarge", "m6i.2xlarge"], {POOL: "system"}, []),
    _node_pool(
        "nodes-inference",
        ["g6e.2xlarge", "p5.48xlarge"],
        {"nvidia.com/gpu": "16"},
        {POOL: "inference", "nvidia.com/gpu.present": "true"},
        [gpu("inference")],
        annotations=APPROVED_POOL,
    ),
    _node_pool(
        "nodes-spot",
        ["g6e.2xlarge", "g6.2xlarge", "g5.2xlarge"],
        {"nvidia.com/gpu": "8"},
        {POOL: "spot", "nvidia.com/gpu.present": "true", **SPOT},
        [gpu("spot"), INTERRUPTIBLE],
    ),
    _node_pool(
        "nodes-notebooks",
        ["inf2.xlarge", "inf2.8xlarge"],
        {"aws.amazon.com/neuron": "4"},
        {POOL: "notebooks"},
        [{"key": "aws.amazon.com/neuron", "value": "notebooks"}],
    ),
    _node_pool(
        "nodes-reserved",
        ["g6e.12xlarge"],
        {"nvidia.com/gpu": "4"},
        {POOL: "inference", "llm-platform/capacity": "reserved"},
        [gpu("inference")],
    ),
    _node_pool("nodes-system", ["m7i.2xlarge", "m7i.4xlarge"], {"cpu": "64"}, {POOL: "system"}, []),
    _node_class("machines"),
    _node_class("reserved", capacityReservationSelectorTerms=[{"id": "cr-serving"}]),
    Sample(
        "aws:ec2/dedicatedHost:DedicatedHost",
        "host-of-notebooks",
        {
            "autoPlacement": "off",
            "availabilityZone": "us-east-1a",
            "hostRecovery": "off",
            "instanceType": "g5.48xlarge",
        },
        {"id": "h-notebooks"},
    ),
    *_notice("interruption", "EC2 Spot Instance Interruption Warning"),
    *_notice("rebalance", "EC2 Instance Rebalance Recommendation"),
    release(
        "model-on-spot",
        "serving",
        "model-server",
        {"engine": "vllm", "model": MODEL, "onDemandFloor": 2, "pool": "spot", "replicas": {"max": 8, "min": 2}},
    ),
    release("weaviate", "vector-stores", "weaviate", {"affinity": NO_SPOT, "replicas": 3}),
    release(
        "experiments",
        "training",
        "mlflow",
        {
            "persistence": {"enabled": True, "size": "10Gi"},
            "tolerations": [{"effect": "NoSchedule", "operator": "Equal", **gpu("training")}],
        },
    ),
    release(
        "agents",
        "monitoring",
        "opentelemetry-collector",
        {"tolerations": [{"operator": "Exists"}]},
    ),
]
