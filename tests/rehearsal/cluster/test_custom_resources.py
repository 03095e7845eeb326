"""Where definitions come from. Does not prove that a module's definition is of the chart's version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from rehearsal.cluster.custom_resources import (
    CustomKind,
    converts_by_webhook,
    define,
    is_unanswered,
    plural_of,
    stand_ins,
    without_conversion,
)
from tests.rehearsal.cluster.recorded_api import RecordedApi

SCALED = {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": {"name": "a"}}
QUEUE = {"apiVersion": "kueue.x-k8s.io/v1beta2", "kind": "ClusterQueue", "metadata": {"name": "a"}}


def definition(kind: str, group: str, **spec: Any) -> dict[str, Any]:
    names = {"kind": kind, "plural": plural_of(kind)}
    metadata = {"name": f"{names['plural']}.{group}"}
    versions = [{"name": "v1", "served": True, "storage": True}]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": metadata,
        "spec": {"group": group, "names": names, "versions": versions, **spec},
    }


def applied_kinds(api: RecordedApi) -> list[str]:
    return [crd["spec"]["names"]["kind"] for crd in api.applied]


def test_what_is_served_already_needs_nothing() -> None:
    api = RecordedApi()
    found = define(api.as_api(), [SCALED], None)
    assert not api.applied
    assert not found.unchecked
    assert not found.from_modules


def test_a_kind_of_a_go_module_is_checked_by_the_modules_definition(tmp_path: Path) -> None:
    file = tmp_path / "crds.yaml"
    both = [definition("ScaledObject", "keda.sh"), definition("Elsewhere", "other.sh")]
    file.write_text(yaml.safe_dump_all(both))
    api = RecordedApi(unserved=["ScaledObject"])
    found = define(api.as_api(), [SCALED], lambda module: [file] if module == "github.com/kedacore/keda/v2" else [])
    assert applied_kinds(api) == ["ScaledObject"]
    assert found.from_modules == {CustomKind("keda.sh/v1alpha1", "ScaledObject"): "github.com/kedacore/keda/v2"}
    assert not found.unchecked


def test_a_kind_of_nowhere_is_reported_as_unchecked() -> None:
    api = RecordedApi(unserved=["ClusterQueue", "ScaledObject"])
    found = define(api.as_api(), [QUEUE, SCALED], None)
    assert sorted(applied_kinds(api)) == ["ClusterQueue", "ScaledObject"]
    assert {kind.kind for kind in found.unchecked} == {"ClusterQueue", "ScaledObject"}


def test_a_stand_in_takes_anything_in_every_version_that_is_used() -> None:
    versions = [CustomKind(f"ray.io/{version}", "RayService") for version in ("v1", "v1alpha1")]
    (crd,) = stand_ins(versions)
    assert [version["name"] for version in crd["spec"]["versions"]] == ["v1", "v1alpha1"]
    assert [version["storage"] for version in crd["spec"]["versions"]] == [False, True]
    for version in crd["spec"]["versions"]:
        assert version["schema"]["openAPIV3Schema"]["x-kubernetes-preserve-unknown-fields"]


def test_a_stand_in_of_a_cluster_wide_kind_has_no_namespace_and_a_protected_group_says_why() -> None:
    (queue,) = stand_ins([CustomKind("kueue.x-k8s.io/v1beta2", "ClusterQueue")])
    (service,) = stand_ins([CustomKind("ray.io/v1", "RayService")])
    assert queue["spec"]["scope"] == "Cluster"
    assert service["spec"]["scope"] == "Namespaced"
    (gateway,) = stand_ins([CustomKind("gateway.networking.k8s.io/v1", "GatewayClass")])
    assert gateway["metadata"]["annotations"]["api-approved.kubernetes.io"].startswith("unapproved")
    assert "annotations" not in service["metadata"]


def test_conversion_webhooks_are_taken_out_and_told() -> None:
    crd = definition("A", "b.c", conversion={"strategy": "Webhook", "webhook": {}})
    assert converts_by_webhook(crd)
    assert not converts_by_webhook(without_conversion(crd))
    assert "conversion" in crd["spec"]


def test_what_nobody_answers_is_told_from_what_kubernetes_answers_itself() -> None:
    assert is_unanswered({"kind": "MutatingWebhookConfiguration"})
    assert is_unanswered({"kind": "APIService", "spec": {"service": {"name": "metrics"}}})
    assert not is_unanswered({"kind": "APIService", "spec": {}})
    assert not is_unanswered({"kind": "ValidatingAdmissionPolicy"})


def test_plurals_are_as_generators_make_them() -> None:
    assert [plural_of(kind) for kind in ("Gateway", "NodePolicy", "EC2NodeClass", "RayService")] == [
        "gateways",
        "nodepolicies",
        "ec2nodeclasses",
        "rayservices",
    ]
