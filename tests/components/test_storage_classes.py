"""The storage class that claims get. Does not prove that the EBS driver makes the volume."""

from __future__ import annotations

import pytest

from components.storage_classes import StorageClasses, StorageClassesArgs
from tests.components.recorder import Recording, record

TYPE = "kubernetes:storage.k8s.io/v1:StorageClass"


def build(*, retained: bool = False, preview: bool = False) -> Recording:
    def program() -> None:
        StorageClasses(
            "disks",
            StorageClassesArgs(
                volumes_key_arn="arn:volumes",
                retained=retained,
                volume_tags={"llm-platform:team": "ml", "llm-platform:environment": "dev"},
            ),
        )

    return record(program, preview=preview)


@pytest.mark.parametrize("preview", [False, True])
def test_children(preview: bool):
    assert build(preview=preview).children() == {
        ("llm-platform:storage_classes:StorageClasses", "disks"),
        (TYPE, "disks-gp3"),
    }


def test_the_default_class_is_encrypted_with_our_key_and_made_where_the_pod_is():
    assert build().one("disks-gp3").inputs == {
        "allowVolumeExpansion": True,
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
            "name": "gp3",
        },
        "parameters": {
            "csi.storage.k8s.io/fstype": "ext4",
            "encrypted": "true",
            "kmsKeyId": "arn:volumes",
            "tagSpecification_1": "llm-platform:environment=dev",
            "tagSpecification_2": "llm-platform:team=ml",
            "type": "gp3",
        },
        "provisioner": "ebs.csi.aws.com",
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer",
    }


def test_a_retained_volume_outlives_its_claim():
    assert build(retained=True).one("disks-gp3").inputs["reclaimPolicy"] == "Retain"
