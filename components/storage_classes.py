"""Storage classes: the disks that pods ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.storage.v1 import StorageClass

DEFAULT_CLASS = "gp3"
"""Name of the class that a claim without one gets; helm-values/ names it."""


@dataclass(frozen=True, kw_only=True)
class StorageClassesArgs:
    """What the storage classes need."""

    volumes_key_arn: pulumi.Input[str]
    """KMS key of the volumes; the EBS driver's role may use it (components/cluster_addons.py)."""
    retained: bool
    """Keep a volume when its claim goes: a deleted release then loses no data, and leaves a disk to clear away."""
    volume_tags: Mapping[str, str]
    """Tags of the volumes: the AWS provider's default tags don't reach what the driver makes."""


class StorageClasses(pulumi.ComponentResource):
    """The default class: encrypted gp3, made in the zone where its pod was placed, and able to grow."""

    def __init__(self, name: str, args: StorageClassesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:storage_classes:StorageClasses", name, None, opts)
        # https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/parameters.md
        parameters: dict[str, pulumi.Input[str]] = {
            "type": "gp3",
            "encrypted": "true",
            "kmsKeyId": args.volumes_key_arn,
            "csi.storage.k8s.io/fstype": "ext4",
        }
        for number, (key, value) in enumerate(sorted(args.volume_tags.items()), 1):
            parameters[f"tagSpecification_{number}"] = f"{key}={value}"
        StorageClass(
            f"{name}-{DEFAULT_CLASS}",
            metadata=ObjectMetaArgs(
                name=DEFAULT_CLASS, annotations={"storageclass.kubernetes.io/is-default-class": "true"}
            ),
            provisioner="ebs.csi.aws.com",
            parameters=parameters,
            # Immediate binding would choose the zone before the scheduler, often one without room for the pod.
            volume_binding_mode="WaitForFirstConsumer",
            reclaim_policy="Retain" if args.retained else "Delete",
            allow_volume_expansion=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
