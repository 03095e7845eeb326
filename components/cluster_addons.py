"""The add-ons of EKS that need a node to run on: DNS, storage drivers, node monitoring, metrics."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import eks

from components.pod_identity import PodIdentity, PodIdentityArgs

# GPU nodes are tainted; a node without the storage driver's pod can't mount the models it should serve.
_CONFIGURATION: Mapping[str, Mapping[str, Any]] = {
    "aws-ebs-csi-driver": {"node": {"tolerateAllTaints": True}},
    "aws-mountpoint-s3-csi-driver": {"node": {"tolerateAllTaints": True}},
}


@dataclass(frozen=True, kw_only=True)
class ClusterAddonsArgs:
    """What the add-ons that run on nodes need."""

    cluster_name: pulumi.Input[str]
    account_id: str
    region: str
    addons: Mapping[str, str]
    """Version of every add-on by its name, from the compatibility lock."""
    after: Sequence[pulumi.Resource]
    """The system node group: EKS waits for these add-ons' pods to run."""
    readable_bucket_arns: Sequence[pulumi.Input[str]]
    """Buckets that the Mountpoint-S3 driver may mount, read-only."""
    storage_key_arn: pulumi.Input[str]
    """Encrypts those buckets."""
    volumes_key_arn: pulumi.Input[str]
    """Encrypts the volumes that the EBS driver makes."""

    def __post_init__(self) -> None:
        """Refuse a policy over nothing, which IAM would refuse."""
        if not self.readable_bucket_arns:
            raise ValueError("readable_bucket_arns is empty: nothing for the Mountpoint-S3 driver to mount")


class ClusterAddons(pulumi.ComponentResource):
    """CoreDNS, the EBS and Mountpoint-S3 drivers with their Pod Identities, node monitoring agent, metrics server."""

    def __init__(self, name: str, args: ClusterAddonsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:cluster_addons:ClusterAddons", name, None, opts)
        ebs = PodIdentity(
            f"{name}-ebs-csi",
            PodIdentityArgs(
                cluster_name=args.cluster_name,
                account_id=args.account_id,
                namespace="kube-system",
                service_account="ebs-csi-controller-sa",
                managed_policies=["service-role/AmazonEBSCSIDriverPolicy"],
                policies={"volumes-key": _volumes_key_policy(args.volumes_key_arn)},
            ),
            pulumi.ResourceOptions(parent=self),
        )
        s3 = PodIdentity(
            f"{name}-s3-csi",
            PodIdentityArgs(
                cluster_name=args.cluster_name,
                account_id=args.account_id,
                namespace="kube-system",
                service_account="s3-csi-driver-sa",
                policies={"read-buckets": _read_buckets_policy(args)},
            ),
            pulumi.ResourceOptions(parent=self),
        )
        identities: dict[str, list[pulumi.Resource]] = {
            "aws-ebs-csi-driver": [ebs.association],
            "aws-mountpoint-s3-csi-driver": [s3.association],
        }
        for addon in (
            "aws-ebs-csi-driver",
            "aws-mountpoint-s3-csi-driver",
            "coredns",
            "eks-node-monitoring-agent",
            "metrics-server",  # without it no HorizontalPodAutoscaler knows how busy a CPU is
        ):
            configuration = _CONFIGURATION.get(addon)
            eks.Addon(
                f"{name}-addon-{addon}",
                cluster_name=args.cluster_name,
                addon_name=addon,
                addon_version=args.addons[addon],
                configuration_values=json.dumps(configuration, sort_keys=True) if configuration else None,
                resolve_conflicts_on_create="OVERWRITE",
                resolve_conflicts_on_update="OVERWRITE",
                opts=pulumi.ResourceOptions(parent=self, depends_on=[*args.after, *identities.get(addon, [])]),
            )
        self.register_outputs({})


def _volumes_key_policy(volumes_key_arn: pulumi.Input[str]) -> pulumi.Output[str]:
    """What the driver needs of a key of ours.

    https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/install.md
    """
    return pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "EncryptVolumes",
                    "Effect": "Allow",
                    "Action": [
                        "kms:Decrypt",
                        "kms:DescribeKey",
                        "kms:Encrypt",
                        "kms:GenerateDataKey*",
                        "kms:ReEncrypt*",
                    ],
                    "Resource": volumes_key_arn,
                },
                {
                    "Sid": "GrantToVolumes",
                    "Effect": "Allow",
                    "Action": ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
                    "Resource": volumes_key_arn,
                    "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
                },
            ],
        },
        sort_keys=True,
    )


def _read_buckets_policy(args: ClusterAddonsArgs) -> pulumi.Output[str]:
    """Read the named buckets, and decrypt through S3 alone."""
    buckets = list(args.readable_bucket_arns)
    return pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Sid": "ListBuckets", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": buckets},
                {
                    "Sid": "ReadObjects",
                    "Effect": "Allow",
                    "Action": "s3:GetObject",
                    "Resource": [pulumi.Output.concat(bucket, "/*") for bucket in buckets],
                },
                {
                    "Sid": "DecryptThroughS3",
                    "Effect": "Allow",
                    "Action": "kms:Decrypt",
                    "Resource": args.storage_key_arn,
                    "Condition": {"StringEquals": {"kms:ViaService": f"s3.{args.region}.amazonaws.com"}},
                },
            ],
        },
        sort_keys=True,
    )
