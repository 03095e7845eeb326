"""Cluster, roles, nodes and add-ons wired as the stack wires them: who waits for whom.

Does not prove that EKS needs this order; docs of each add-on do.
"""

from __future__ import annotations

import pytest

from components.cluster import Cluster, ClusterArgs
from components.cluster_addons import ClusterAddons, ClusterAddonsArgs
from components.node_group import ClusterToJoin, GroupSize
from components.node_role import NodeRole, NodeRoleArgs
from components.system_node_group import SystemNodeGroup, SystemNodeGroupArgs
from tests.components.recorder import Recording, record

ADDONS: dict[str, str] = dict.fromkeys(
    (
        "aws-ebs-csi-driver",
        "aws-mountpoint-s3-csi-driver",
        "coredns",
        "eks-node-monitoring-agent",
        "metrics-server",
        "eks-pod-identity-agent",
        "kube-proxy",
        "vpc-cni",
    ),
    "v1",
)


def build() -> None:
    cluster = Cluster(
        "cluster",
        ClusterArgs(
            cluster_name="llm-platform-dev",
            kubernetes_version="1.35",
            account_id="111122223333",
            subnet_ids=["subnet-a", "subnet-b"],
            vpc_cidr="10.20.0.0/16",
            secrets_key_arn="arn:cluster-key",
            logs_key_arn="arn:logs-key",
            log_retention_days=30,
            public_endpoint_cidrs=[],
            access=[],
            addons=ADDONS,
            deletion_protection=False,
        ),
    )
    role = NodeRole("nodes", NodeRoleArgs(account_id="111122223333", region="us-east-1"))
    system = SystemNodeGroup(
        "system",
        SystemNodeGroupArgs(
            cluster=ClusterToJoin(
                name=cluster.name,
                kubernetes_version="1.35",
                security_group_id=cluster.security_group_id,
                node_role_arn=role.arn,
                volumes_key_arn="arn:volumes-key",
                after=[cluster, role],
            ),
            size=GroupSize(min_nodes=1, desired_nodes=1, max_nodes=2, disk_gib=50),
            subnet_ids=["subnet-a", "subnet-b"],
            instance_types=["m7i.xlarge"],
        ),
    )
    ClusterAddons(
        "addons",
        ClusterAddonsArgs(
            cluster_name=cluster.name,
            account_id="111122223333",
            region="us-east-1",
            addons=ADDONS,
            after=[system],
            readable_bucket_arns=["arn:aws:s3:::models"],
            storage_key_arn="arn:storage-key",
            volumes_key_arn="arn:volumes-key",
        ),
    )


def waits_for(recording: Recording, name: str) -> set[str]:
    return set(recording.one(name).dependencies)


def test_nodes_wait_for_network_addons_and_the_roles_policies():
    assert {
        "cluster-addon-eks-pod-identity-agent",
        "cluster-addon-kube-proxy",
        "cluster-addon-vpc-cni",
        "nodes-AmazonEC2ContainerRegistryPullOnly",
        "nodes-AmazonEKSWorkerNodePolicy",
        "nodes-AmazonSSMManagedInstanceCore",
        "system-group-template",
    } <= waits_for(record(build), "system-group-nodes")


@pytest.mark.parametrize("addon", ["coredns", "aws-ebs-csi-driver", "aws-mountpoint-s3-csi-driver"])
def test_addons_that_run_on_nodes_wait_for_them(addon: str):
    assert "system-group-nodes" in waits_for(record(build), f"addons-addon-{addon}")


def test_nodes_carry_the_clusters_security_group():
    template = record(build).one("system-group-template").inputs
    assert template["vpcSecurityGroupIds"] == ["sg-cluster"]


def test_a_preview_has_the_same_shape_and_a_second_run_the_same_inputs():
    first, second, preview = record(build), record(build), record(build, preview=True)
    assert preview.children() == first.children()
    inputs = [{r.name + r.type: r.inputs for r in run.resources} for run in (first, second)]
    assert inputs[0] == inputs[1]


def test_every_child_has_its_component_as_parent():
    for resource in record(build).resources:
        if resource.type.startswith("aws:"):
            assert resource.parent, f"{resource.name} stands outside its component"
            assert resource.name.startswith(resource.parent)
