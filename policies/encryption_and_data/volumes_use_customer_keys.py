"""Volumes, and what makes volumes, are encrypted with customer keys."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from policies.customer_keys import Encryption, unencrypted
from policies.mappings import elements
from policies.policy import EnforcementLevel, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.resources import Resource

VOLUME = Encryption("kmsKeyId", stated="encrypted")
OF_KARPENTER = Encryption("kmsKeyID", stated="encrypted")
"""Kubernetes' spelling."""
EBS_PROVISIONERS = {"ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs"}
REMEDY = "state the volume, encrypted and with a key of this environment"


def validate(resource: Resource, _configuration: Properties) -> Iterator[Violation]:
    """Look at a volume, or at every volume that a resource makes."""
    properties = resource.properties
    match resource.kind:
        case "LaunchTemplate":
            yield from _mapped(properties, "blockDeviceMappings", VOLUME)
        case "EC2NodeClass":
            yield from _mapped(properties, "spec.blockDeviceMappings", OF_KARPENTER)
        case "Instance" | "SpotInstanceRequest":
            yield from each(("rootBlockDevice", "ebsBlockDevices"), partial(_devices, properties))
        case "NodeGroup":
            if not properties.has("launchTemplate"):
                yield _absent(properties, "launchTemplate")
        case "StorageClass":
            if properties.text("provisioner") in EBS_PROVISIONERS:
                yield from unencrypted(properties.inner("parameters"), VOLUME)
        case "EncryptionByDefault":
            if properties.flag("enabled") is False:
                yield Violation("turns encryption by default off", "set it to true", "enabled")
        case _:
            yield from unencrypted(properties, VOLUME)


def _mapped(properties: Properties, path: str, encryption: Encryption) -> Iterator[Violation]:
    """Look at block device mappings; without any, the image decides, and its volumes are mostly not encrypted."""
    if not properties.count(path):
        yield _absent(properties, path)
    yield from each(elements(properties, path), partial(_ebs, encryption=encryption))


def _ebs(device: Properties, encryption: Encryption) -> Iterator[Violation]:
    if device.has("ebs"):
        yield from unencrypted(device.inner("ebs"), encryption)


def _devices(instance: Properties, path: str) -> Iterator[Violation]:
    if path == "rootBlockDevice" and not instance.has(path) and not instance.has("launchTemplate"):
        yield _absent(instance, path)
    yield from each(elements(instance, path), partial(unencrypted, encryption=VOLUME))


def _absent(properties: Properties, path: str) -> Violation:
    return Violation("is absent: the volume comes without a customer key", REMEDY, properties.at(path))


POLICY = ResourcePolicy(
    name="volumes-use-customer-keys",
    description="Every EBS volume, and everything that makes volumes, is encrypted with a customer key.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=None,
    types=(
        "aws:ebs/encryptionByDefault:EncryptionByDefault",
        "aws:ebs/snapshotCopy:SnapshotCopy",
        "aws:ebs/snapshotImport:SnapshotImport",
        "aws:ebs/volume:Volume",
        "aws:ec2/amiCopy:AmiCopy",
        "aws:ec2/instance:Instance",
        "aws:ec2/launchTemplate:LaunchTemplate",
        "aws:ec2/spotInstanceRequest:SpotInstanceRequest",
        "aws:eks/nodeGroup:NodeGroup",
        "kubernetes:karpenter.k8s.aws/*:EC2NodeClass",
        "kubernetes:storage.k8s.io/*:StorageClass",
    ),
    validate=validate,
)
