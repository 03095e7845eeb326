"""Rendered YAML read as the API server reads it. The cases are those that PyYAML is known to read otherwise."""

import pytest

from rehearsal.cluster.manifests import parse


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("=", "="),  # in an enumeration of the Prometheus operator's CRDs
        ("2024-01-01", "2024-01-01"),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
        ("1:30", "1:30"),
        ("22:22", "22:22"),
        ("0644", 0o644),
        ("-012", -10),
        ("0", 0),
        ("00", 0),
        ("0x1F", 31),
        ("+7", 7),
        ("1_000", 1000),
        ("1e3", 1000.0),
        ("1.5", 1.5),
        (".5", 0.5),
        ("yes", True),
        ("off", False),
        ('"1e3"', "1e3"),
        ("8Gi", "8Gi"),
        ("~", None),
    ],
)
def test_a_scalar_is_what_go_takes_it_for(written: str, read: object) -> None:
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m}}\nvalue: {written}\n"
    value = parse(text).objects[0]["value"]
    assert (value, type(value)) == (read, type(read))


def test_empty_documents_are_left_out_and_lists_are_taken_apart() -> None:
    text = (
        "---\n# nothing\n---\napiVersion: v1\nkind: List\nitems:\n"
        "- {apiVersion: v1, kind: Secret, metadata: {name: a}}\n- {apiVersion: v1, kind: Secret, metadata: {name: b}}\n"
        "---\napiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitorList\nitems: []\n"
    )
    assert [each["metadata"]["name"] for each in parse(text).objects] == ["a", "b"]


@pytest.mark.parametrize("text", ["just words\n", "- a\n- list\n", "kind: Secret\nmetadata: {name: a}\n"])
def test_what_is_no_kubernetes_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no Kubernetes object"):
        parse(text)
