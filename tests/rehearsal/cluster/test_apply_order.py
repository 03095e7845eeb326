"""What is applied before what. Does not prove that the API server takes it: test_simulation.py applies for real."""

from __future__ import annotations

from rehearsal.cluster.apply_order import in_order, label_of


def test_what_others_refer_to_comes_first_and_workloads_last() -> None:
    kinds = ["Deployment", "Service", "Namespace", "ConfigMap", "CustomResourceDefinition", "ServiceAccount", "Node"]
    groups = in_order({"kind": kind} for kind in kinds)
    assert [[manifest["kind"] for manifest in group] for group in groups] == [
        ["CustomResourceDefinition"],
        ["Namespace"],
        ["Node"],
        ["ConfigMap", "ServiceAccount"],
        ["Service"],
        ["Deployment"],
    ]


def test_a_kind_that_is_not_named_comes_with_the_workloads() -> None:
    assert [len(group) for group in in_order([{"kind": "ScaledObject"}, {"kind": "Deployment"}])] == [2]


def test_a_manifest_is_shown_by_kind_namespace_and_name() -> None:
    assert label_of({"kind": "Job", "metadata": {"namespace": "a", "name": "b"}}) == "Job a/b"
    assert label_of({"kind": "Node", "metadata": {"generateName": "b-"}}) == "Node b-"
    assert label_of(None) == ""
