"""The lock of charts and the merging of values. Does not prove that a chart of that version is published."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from catalogue.charts import (
    GPU_STACK_OWNERS,
    LOCK_NAME,
    VALUES_FOLDER,
    load_charts,
    merge_values,
    merged_values,
    values_files,
)
from catalogue.data_file import CatalogueError

LOCK = load_charts()


def lock_in(folder: Path, edit: Callable[[dict[str, Any]], object]) -> Path:
    """A small lock of two releases, changed by the test."""
    chart: dict[str, Any] = {
        "source": "https://charts.example.org",
        "chart": "keda",
        "version": "2.20.2",
        "evidence": "a test",
        "namespace": "keda",
        "pod_security": "restricted",
        "values": ["keda/values.yaml", "keda/{environment}.values.yaml"],
        "crds": {"kind": "templates"},
    }
    other = {**chart, "chart": "http", "values": ["http/values.yaml"], "needs": ["keda"]}
    content: dict[str, Any] = {"as_of": "2026-08-24", "sources": ["a test"], "charts": {"keda": chart, "http": other}}
    edit(content)
    text = yaml.safe_dump(content, sort_keys=False).replace("'2026-08-24'", "2026-08-24")
    (folder / LOCK_NAME).write_text(text, encoding="utf-8")
    return folder


def unchanged(_: dict[str, Any]) -> None: ...


def test_every_release_stands_after_those_that_it_needs() -> None:
    order = LOCK.install_order()
    assert sorted(order) == sorted(LOCK.charts)
    for name, chart in LOCK.charts.items():
        for needed in chart.needs:
            assert order.index(needed) < order.index(name)


def test_definitions_come_before_what_uses_them() -> None:
    order = LOCK.install_order()
    assert order.index("prometheus-operator-crds") < order.index("cert-manager") < order.index("kueue")
    assert order.index("karpenter-crd") < order.index("karpenter")
    assert order.index("keda") < order.index("keda-add-ons-http")


def test_mirror_files_are_told_apart_by_chart_and_version() -> None:
    names = [chart.file_name for chart in LOCK.charts.values()]
    assert len(set(names)) == len(names)
    assert LOCK.charts["keda"].file_name == "keda-2.20.2.tgz"
    assert LOCK.charts["cert-manager"].file_name == "cert-manager-v1.21.1.tgz"


def test_charts_of_ours_are_there_in_the_version_of_the_lock() -> None:
    ours = [chart for chart in LOCK.charts.values() if chart.is_first_party]
    assert {chart.release: chart.installed_by for chart in ours} == {"monitoring": "charts", "model-server": "models"}
    for locked in ours:
        chart = yaml.safe_load((VALUES_FOLDER.parent / locked.source / "Chart.yaml").read_text(encoding="utf-8"))
        assert (chart["name"], chart["version"]) == (locked.chart, locked.version)


@pytest.mark.parametrize("release", LOCK.charts)
def test_the_values_files_of_every_release_exist(release: str) -> None:
    for owner in GPU_STACK_OWNERS:
        assert isinstance(merged_values(LOCK.charts[release], "prod", gpu_stack_owner=owner), dict)


def test_only_the_gpu_operator_depends_on_the_owner_of_the_gpu_stack() -> None:
    chart = LOCK.charts["gpu-operator"]
    assert [file.name for file in values_files(chart, "dev", gpu_stack_owner="host")][:2] == [
        "values.yaml",
        "host.values.yaml",
    ]
    assert values_files(chart, "dev", gpu_stack_owner="operator")[1].name == "operator.values.yaml"
    others = [c for c in LOCK.charts.values() if c is not chart]
    assert not [c.release for c in others if any("gpu_stack_owner" in path for path in c.values)]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("version", "2.x", "charts.keda.version: '2.x'"),
        ("version", "latest", "charts.keda.version: 'latest'"),
        ("source", "http://charts.example.org", "charts.keda.source: 'http://charts.example.org'"),
        ("namespace", "Keda", "charts.keda.namespace: 'Keda'"),
        ("pod_security", "none", "charts.keda.pod_security: 'none'"),
        ("values", [], "charts.keda.values: names no file"),
        ("values", ["../secret.yaml"], "charts.keda.values.0: '../secret.yaml'"),
        ("needs", ["nope"], "charts.keda: nope is no release"),
        ("needs", ["http"], "need each other in a circle"),
        ("crds", {"kind": "release"}, "`release` stands with kind `release`"),
        ("crds", {"kind": "release", "release": "http"}, "charts.keda.needs: lacks http, which brings its CRDs"),
        ("pod_security", "baseline", "charts.keda.pod_security: namespace keda has baseline, restricted"),
        ("ingress", {"webhook": {"pods": {}, "ports": [1], "vpc": True}}, "charts.keda.ingress.webhook.pods: {}"),
        (
            "ingress",
            {"webhook": {"pods": {"a": "b"}, "ports": [], "vpc": True}},
            "charts.keda.ingress.webhook.ports: []",
        ),
        ("ingress", {"webhook": {"pods": {"a": "b"}, "ports": [1]}}, "names nobody: one of vpc, namespaces"),
        ("ingress", {"Web": {"pods": {"a": "b"}, "ports": [1], "vpc": True}}, "charts.keda.ingress.Web"),
        ("colour", "red", "charts.keda.colour: 'red'"),
    ],
)
def test_a_bad_entry_is_named_with_file_key_and_value(tmp_path: Path, key: str, value: object, message: str) -> None:
    folder = lock_in(tmp_path, lambda content: content["charts"]["keda"].update({key: value}))
    with pytest.raises(CatalogueError) as error:
        load_charts(folder)
    assert message in str(error.value)
    assert "charts.yaml" in str(error.value)


def test_a_lock_without_charts_is_an_error_and_no_crash(tmp_path: Path) -> None:
    (tmp_path / LOCK_NAME).write_text("- one\n", encoding="utf-8")
    with pytest.raises(CatalogueError, match="whole file"):
        load_charts(tmp_path)
    (tmp_path / "other").mkdir()
    with pytest.raises(CatalogueError, match="cannot be read"):
        load_charts(tmp_path / "other")


def test_a_missing_values_file_is_named_unless_it_is_an_environments(tmp_path: Path) -> None:
    chart = load_charts(lock_in(tmp_path, unchanged)).charts["keda"]
    with pytest.raises(CatalogueError, match=r"charts\.keda\.values: keda/values\.yaml: there is no values\.yaml"):
        merged_values(chart, "dev", tmp_path)
    (tmp_path / "keda").mkdir()
    (tmp_path / "keda/values.yaml").write_text("a: 1\n", encoding="utf-8")
    assert merged_values(chart, "dev", tmp_path) == {"a": 1}
    (tmp_path / "keda/dev.values.yaml").write_text("a: 2\n", encoding="utf-8")
    assert merged_values(chart, "dev", tmp_path) == {"a": 2}
    (tmp_path / "keda/dev.values.yaml").write_text("- a\n", encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"keda/dev\.values\.yaml: \(whole file\): \['a'\]: values are a map"):
        merged_values(chart, "dev", tmp_path)


def test_maps_merge_lists_are_replaced_and_null_stays() -> None:
    below = {"a": {"b": 1, "c": [1, 2]}, "d": "x", "e": {"f": 1}}
    above = {"a": {"c": [3]}, "d": None, "e": 5, "g": {}}
    assert merge_values(below, above) == {"a": {"b": 1, "c": [3]}, "d": None, "e": 5, "g": {}}
    assert below["a"] == {"b": 1, "c": [1, 2]}  # not changed in place
