"""Definitions of a locked chart, printed for kubectl. The chart is a tiny one under a locked chart's name."""

import shutil
from pathlib import Path

import pytest
import yaml

from catalogue.charts import load_charts
from rehearsal.cluster import crds
from rehearsal.cluster.charts import ChartSources
from rehearsal.cluster.crds import CrdsError, definitions
from tests.rehearsal.cluster.chart_fixtures import DEFINITION, helm, write_chart

__all__ = ["helm"]

LWS = load_charts().charts["lws"]


def mirror_of(folder: Path, files: dict[str, str]) -> Path:
    """A folder with the package of a tiny chart that is called lws, in the locked version."""
    chart = write_chart(folder / "src", files, name=LWS.chart, version=LWS.version)
    mirror = folder / "mirror"
    mirror.mkdir(exist_ok=True)
    shutil.make_archive(str(folder / "lws"), "gztar", chart.parent, chart.name)
    (folder / "lws.tar.gz").rename(mirror / LWS.file_name)
    return mirror


def test_definitions_of_the_folder_and_of_templates_come_sorted_and_nothing_else(
    tmp_path: Path, helm: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mirror = mirror_of(tmp_path, {"crds/a.yaml": DEFINITION, "templates/b.yaml": DEFINITION.replace("things", "cups")})
    crds.main(["lws", "--charts", str(mirror), "--helm", str(helm)])
    printed = list(yaml.safe_load_all(capsys.readouterr().out))
    assert [each["metadata"]["name"] for each in printed] == ["cups.example.org", "things.example.org"]


def test_a_chart_without_definitions_is_said_to_have_none(tmp_path: Path, helm: Path) -> None:
    sources = ChartSources(tmp_path, tmp_path / "cache", None, mirror_of(tmp_path, {}))
    with pytest.raises(CrdsError, match=r"lws-0\.10\.0\.tgz has no CustomResourceDefinitions"):
        definitions(LWS, sources, helm, "dev")


def test_a_release_whose_definitions_another_brings_names_that(tmp_path: Path, helm: Path) -> None:
    sources = ChartSources(tmp_path, tmp_path / "cache", None)
    with pytest.raises(CrdsError, match="karpenter has its CRDs from the release karpenter-crd"):
        definitions(load_charts().charts["karpenter"], sources, helm, "dev")


def test_a_chart_that_cannot_be_had_and_an_unknown_release_are_messages(tmp_path: Path, helm: Path) -> None:
    sources = ChartSources(tmp_path, tmp_path / "cache", None)
    with pytest.raises(CrdsError, match=r"lws-0\.10\.0\.tgz is not in the cache, and this run is offline"):
        definitions(LWS, sources, helm, "dev")
    with pytest.raises(SystemExit, match=r"kube-ray: no release of helm-values/charts\.yaml: .*kuberay-operator"):
        crds.main(["kube-ray", "--helm", str(helm)])
