"""A watch as a release with a service account. Does not prove that the chart takes the values: tests/charts does."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from pulumi_kubernetes.core.v1 import Namespace

from components.bucket_prefix_policy import Access, BucketPrefixes
from components.quality_watch import QualityWatch, QualityWatchArgs
from tests.components.recorder import Recording, record

VALUES: dict[str, Any] = {"image": {"repository": "registry.example.com/quality", "tag": "0.1.0"}}


def part(prefix: str, access: Access) -> BucketPrefixes:
    return BucketPrefixes(
        bucket_arn="arn:aws:s3:::datasets",
        prefixes=[prefix],
        key_arn="arn:aws:kms:us-east-1:111122223333:key/storage",
        region="us-east-1",
        access=access,
    )


def built(*, preview: bool = False) -> Recording:
    def program() -> None:
        provider = kubernetes.Provider("kubernetes", kubeconfig="{}")
        namespace = Namespace("serving", opts=pulumi.ResourceOptions(provider=provider))
        args = QualityWatchArgs(
            release="quality-mail",
            team="search",
            namespace="serving",
            chart="../charts/quality",
            chart_digest="0123456789ab",
            values=VALUES,
            cluster_name="llm-platform-dev",
            account_id="111122223333",
            buckets={"data": part("answers/mail", "read"), "results": part("quality/mail", "write")},
            after=[namespace],
        )
        QualityWatch("quality-mail", args, pulumi.ResourceOptions(providers={"kubernetes": provider}))

    return record(program, preview=preview)


@pytest.mark.parametrize("preview", [False, True])
def test_children(preview: bool) -> None:
    assert built(preview=preview).children() == {
        ("pulumi:providers:kubernetes", "kubernetes"),
        ("kubernetes:core/v1:Namespace", "serving"),
        ("llm-platform:quality_watch:QualityWatch", "quality-mail"),
        ("kubernetes:core/v1:ServiceAccount", "quality-mail-account"),
        ("llm-platform:pod_identity:PodIdentity", "quality-mail"),
        ("aws:iam/role:Role", "quality-mail-role"),
        ("aws:iam/rolePolicy:RolePolicy", "quality-mail-data"),
        ("aws:iam/rolePolicy:RolePolicy", "quality-mail-results"),
        ("aws:eks/podIdentityAssociation:PodIdentityAssociation", "quality-mail-association"),
        ("kubernetes:helm.sh/v3:Release", "quality-mail-release"),
    }


def test_the_role_reads_answers_and_writes_results_alone() -> None:
    def objects(label: str) -> dict[str, Any]:
        policy = json.loads(recording.one(f"quality-mail-{label}").inputs["policy"])
        return next(statement for statement in policy["Statement"] if statement["Sid"] == "UseObjects")

    recording = built()
    association = recording.one("quality-mail-association").inputs
    assert (association["namespace"], association["serviceAccount"]) == ("serving", "quality-mail")
    assert objects("data")["Action"] == ["s3:GetObject"]
    assert "s3:PutObject" in objects("results")["Action"]
    assert objects("results")["Resource"] == ["arn:aws:s3:::datasets/quality/mail/*"]


def test_the_release_comes_after_what_its_pod_needs_and_does_not_wait_for_it() -> None:
    release = built().one("quality-mail-release")
    assert {"serving", "quality-mail-account", "quality-mail-association"} <= set(release.dependencies)
    assert release.inputs["values"] == VALUES | {"serviceAccountName": "quality-mail"}
    assert release.inputs["skipAwait"] is True
    assert release.inputs["description"] == "../charts/quality 0123456789ab"
