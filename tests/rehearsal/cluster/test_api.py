"""The client against a real API server. Its behaviour with a server of another version is not proven."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from rehearsal.cluster.api import Api, ApiError, UnservedKindError
from rehearsal.cluster.control_plane import ControlPlane
from rehearsal.cluster.custom_resources import CustomKind, stand_ins
from rehearsal.cluster.ports import free_port

NAMESPACE = "test-api"
POD = {"containers": [{"name": "c", "image": "x"}]}


@pytest.fixture
def api(control_plane: ControlPlane) -> Generator[Api]:
    with Api(control_plane.kubeconfig) as api:
        api.apply(namespace(NAMESPACE))
        yield api


def namespace(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def config(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": NAMESPACE}, "data": data}


def deployment(name: str) -> dict[str, Any]:
    labels = {"app": name}
    spec = {
        "replicas": 1,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": POD},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": spec,
    }


def test_what_is_given_in_any_order_is_applied_in_the_order_it_needs(api: Api) -> None:
    (crd,) = stand_ins([CustomKind("api.example.com/v1", "Gadget")])
    gadget = {"apiVersion": "api.example.com/v1", "kind": "Gadget", "metadata": {"name": "g", "namespace": NAMESPACE}}
    counts: list[int] = []
    assert api.apply_all([gadget, config("a", x="1"), crd, namespace(NAMESPACE)], counts.append) == []
    assert counts == [1, 2, 3, 4]
    assert [each["metadata"]["name"] for each in api.list("Gadget", "api.example.com/v1", NAMESPACE)] == ["g"]
    assert "api.example.com/v1/Gadget" in api.custom_versions()
    assert "apps/v1" not in api.custom_versions()


def test_what_is_refused_keeps_nothing_else_from_being_applied(api: Api) -> None:
    bad = deployment("bad")
    bad["spec"]["template"]["spec"] = {}
    (refused,) = api.apply_all([bad, config("b", x="1")])
    assert str(refused).startswith(f"Deployment {NAMESPACE}/bad: ")
    assert "spec.template.spec.containers: Required value" in refused.message
    assert refused.reason == "Invalid"
    assert api.get("ConfigMap", "v1", "b", NAMESPACE) is not None


def test_a_pod_may_follow_its_namespace_at_once(api: Api) -> None:
    # The namespace's service account, without which no pod is taken, comes a moment later.
    for index in range(5):
        where = f"at-once-{index}"
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": where}, "spec": POD}
        assert api.apply_all([pod, namespace(where)]) == []


def test_a_namespace_that_never_was_is_refused_at_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rehearsal.cluster.api.time.sleep", lambda _: pytest.fail("it waits"))  # pyright: ignore[reportUnknownLambdaType] - seconds
    lost = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "nowhere"}}
    with pytest.raises(ApiError, match='namespaces "nowhere" not found'):
        api.apply(lost)


def test_applying_again_changes_what_differs(api: Api) -> None:
    api.apply(config("c", x="1"))
    api.apply(config("c", x="2"))
    found = api.get("ConfigMap", "v1", "c", NAMESPACE)
    assert found is not None
    assert found["data"] == {"x": "2"}


def test_a_definition_may_be_applied_again(api: Api) -> None:
    (crd,) = stand_ins([CustomKind("api.example.com/v1", "Gadget")])
    assert api.apply_all([crd]) == []


def test_objects_are_patched_scaled_and_deleted(api: Api) -> None:
    api.apply(deployment("d"))
    api.scale("Deployment", "apps/v1", "d", NAMESPACE, 0)
    api.patch("Deployment", "apps/v1", "d", NAMESPACE, {"metadata": {"labels": {"a": "b"}}})
    (found,) = api.list("Deployment", "apps/v1", NAMESPACE, selector="a=b")
    assert found["spec"]["replicas"] == 0
    assert found["kind"] == "Deployment"
    api.delete("Deployment", "apps/v1", "d", NAMESPACE)
    api.delete("Deployment", "apps/v1", "d", NAMESPACE)
    assert api.get("Deployment", "apps/v1", "d", NAMESPACE) is None


def test_an_unserved_kind_is_told_from_an_object_that_is_not_there(api: Api) -> None:
    assert api.get("ConfigMap", "v1", "nowhere", NAMESPACE) is None
    assert not api.serves("Widget", "api.example.com/v9")
    with pytest.raises(UnservedKindError, match=r"Widget w: the cluster serves no Widget of api.example.com/v9"):
        api.apply({"apiVersion": "api.example.com/v9", "kind": "Widget", "metadata": {"name": "w"}})
    with pytest.raises(UnservedKindError):
        api.get("Widget", "api.example.com/v9", "w")


def test_a_server_that_is_gone_is_said_in_one_line(control_plane: ControlPlane) -> None:
    with Api(control_plane.kubeconfig, timeout_seconds=2) as api:
        api.server = f"https://127.0.0.1:{free_port()}"
        with pytest.raises(ApiError, match=r"^the API server at https://127.0.0.1:\d+ does not answer") as caught:
            api.list("Pod", "v1")
    assert caught.value.status == 0
