"""A small environment for tests of the cluster part: two node groups in emulated AWS, and what a program deploys."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rehearsal.aws.account import Account
from rehearsal.plan import Outcome, Registration, Resource
from tests.rehearsal.cluster.chart_fixtures import write_chart

GPU = "nvidia.com/gpu"
ROLE = "arn:aws:iam::111122223333:role/node"
NAMESPACE_URN = "urn:pulumi:dev::p::kubernetes:core/v1:Namespace::serving"

CHART_OBJECTS = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: 1
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}, llm-platform/workload: platform}}
    spec: {containers: [{name: c, image: x}]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata:
  name: {{ .Release.Name }}
webhooks:
- name: a.example.com
  admissionReviewVersions: [v1]
  sideEffects: None
  clientConfig: {service: {name: s, namespace: serving}}
  rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
"""


def make_node_groups(account: Account) -> None:
    """A system group and an inference group, each of one node, and a training group of none."""
    vpc = account.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    where = {"VpcId": vpc, "CidrBlock": "10.0.0.0/24", "AvailabilityZone": "us-east-1a"}
    subnet = account.call("ec2", "create_subnet", **where)["Subnet"]["SubnetId"]
    account.call("eks", "create_cluster", name="c", roleArn=ROLE, resourcesVpcConfig={"subnetIds": [subnet]})
    for pool, type_, size in (
        ("system", "m7i.large", 1),
        ("inference", "g6.xlarge", 1),
        ("training", "g6.12xlarge", 0),
    ):
        taints = [] if pool == "system" else [{"key": GPU, "value": pool, "effect": "NO_SCHEDULE"}]
        account.call(
            "eks",
            "create_nodegroup",
            clusterName="c",
            nodegroupName=pool,
            nodeRole=ROLE,
            subnets=[subnet],
            instanceTypes=[type_],
            labels={"llm-platform/pool": pool},
            taints=taints,
            scalingConfig={"minSize": 0, "desiredSize": size, "maxSize": 3},
        )


def resource(name: str, inputs: Mapping[str, Any], *needs: str, outcome: Outcome = Outcome.RECORDED) -> Resource:
    is_release = "kind" not in inputs
    kind = "helm.sh/v3:Release" if is_release else f"core/v1:{inputs['kind']}"
    urn = f"urn:pulumi:dev::p::kubernetes:{kind}::{name}"
    type_ = f"kubernetes:{kind}"
    registration = Registration(urn, type_, name, "", custom=True, inputs=dict(inputs), dependencies=needs)
    return Resource(registration, outcome)


def namespace() -> Resource:
    metadata = {"name": "serving", "labels": {"llm-platform/workload": "inference"}}
    return resource("serving", {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})


def storage_class() -> Resource:
    return resource(
        "gp3",
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": "gp3"},
            "provisioner": "ebs.csi.aws.com",
            "volumeBindingMode": "WaitForFirstConsumer",
        },
    )


def workload(name: str, spec: Mapping[str, Any], kind: str = "Deployment", replicas: int = 1, **more: Any) -> Resource:
    labels = {"app": name}
    template = {"metadata": {"labels": {**labels, **more.pop("labels", {})}}, "spec": spec}
    body = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template, **more}
    metadata = {"name": name, "namespace": "serving"}
    manifest = {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": body}
    return resource(name, manifest, NAMESPACE_URN)


def gpu_pod(pool: str = "inference", gpus: int = 1) -> dict[str, Any]:
    return {
        "containers": [{"name": "engine", "image": "x", "resources": {"limits": {GPU: str(gpus)}}}],
        "nodeSelector": {"llm-platform/pool": pool},
        "tolerations": [{"key": GPU, "value": pool}],
    }


def with_volume(name: str) -> Resource:
    claim = {
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "gp3",
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    spec = {"containers": [{"name": "c", "image": "x"}]}
    return workload(name, spec, "StatefulSet", serviceName=name, volumeClaimTemplates=[claim])


def ray_service(name: str) -> Resource:
    head = {"template": {"spec": {"containers": [{"name": "head", "image": "x"}]}}}
    spec = {"rayClusterConfig": {"headGroupSpec": head}}
    metadata = {"name": name, "namespace": "serving"}
    manifest = {"apiVersion": "ray.io/v1", "kind": "RayService", "metadata": metadata, "spec": spec}
    return resource(name, manifest, NAMESPACE_URN)


def release(name: str, chart: str) -> Resource:
    return resource(name, {"name": name, "namespace": "serving", "chart": chart, "values": {}}, NAMESPACE_URN)


def chart(folder: Path) -> str:
    """A chart with a Deployment and a webhook, below a folder; return its path from there."""
    write_chart(folder, {"templates/objects.yaml": CHART_OBJECTS})
    return "tiny"
