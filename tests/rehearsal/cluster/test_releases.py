"""What of a rendered release is applied, and what is said of the rest. Helm itself is test_charts.py's."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.cluster.charts import Rendered
from rehearsal.cluster.manifests import Manifests
from rehearsal.cluster.releases import Pending, applicable, in_namespace, pending, weights_gb
from rehearsal.plan import Outcome, Registration, Resource
from tests.rehearsal.cluster.recorded_api import RecordedApi
from tests.rehearsal.cluster.test_custom_resources import definition


def release(**inputs: Any) -> Pending:
    all_inputs = {"name": "keda", "namespace": "keda", "chart": "keda", "version": "1.0.0", **inputs}
    registration = Registration("urn:r", "kubernetes:helm.sh/v3:Release", "r", "", custom=True, inputs=all_inputs)
    (found,) = pending([Resource(registration, Outcome.RECORDED)])
    return found


def test_only_releases_are_taken() -> None:
    other = Registration("urn:n", "kubernetes:core/v1:Namespace", "n", "", custom=True, inputs={})
    assert pending([Resource(other, Outcome.RECORDED)]) == []
    assert (release().report.name, release().report.urn) == ("keda", "urn:r")


def test_webhooks_and_conversions_are_left_out_and_said() -> None:
    one = release()
    webhook = {"apiVersion": "v1", "kind": "MutatingWebhookConfiguration", "metadata": {"name": "w"}}
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}}
    crd = definition("A", "b.c", conversion={"strategy": "Webhook"})
    manifests = Manifests((webhook, deployment), (crd,), ("Pod/test (test)",))
    parts = applicable(one, Rendered(one.release, manifests, 0.5, ("careful",)))
    assert parts.objects == [deployment]
    assert [d["spec"].get("conversion") for d in parts.definitions] == [None]
    assert one.report.left_out == (
        "MutatingWebhookConfiguration w (nothing answers it here)",
        "CustomResourceDefinition as.b.c: its conversion webhook",
        "Pod/test (test)",
    )
    assert (one.report.rendered, one.report.objects, one.report.seconds) == (True, 3, 0.5)
    assert one.report.warnings == ("careful",)


def test_objects_without_a_namespace_belong_in_the_releases() -> None:
    class Serving(RecordedApi):
        def served(self, kind: str, api_version: str) -> Any:  # noqa: ARG002 - as Api has it
            return type("Served", (), {"namespaced": kind == "Deployment"})

    api = Serving().as_api()
    own = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "namespace": "other"}}
    none = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}}
    wide = {"apiVersion": "v1", "kind": "ClusterRole", "metadata": {"name": "c"}}
    assert in_namespace(api, own, "keda")["metadata"]["namespace"] == "other"
    assert in_namespace(api, none, "keda")["metadata"]["namespace"] == "keda"
    assert "namespace" not in in_namespace(api, wide, "keda")["metadata"]


def test_weights_are_as_large_as_the_quantization_leaves_them() -> None:
    size = {"size": {"parametersBillions": 8}}
    assert weights_gb({"model": size}) == 16
    assert weights_gb({"model": size | {"quantization": "fp8"}}) == pytest.approx(9.2)
    assert weights_gb({"model": size | {"quantization": "awq"}}) == 6
    assert weights_gb({}) == 0
    assert release(chart="../charts/model-server", values={"model": size}).weights_gb == 16
    assert release(values={"model": size}).weights_gb == 0
