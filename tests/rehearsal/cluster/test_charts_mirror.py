"""`make charts-mirror` with a stand-in for helm. Does not prove that any registry has the locked charts."""

import socket
from collections.abc import Generator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from catalogue.charts import Chart, load_charts
from rehearsal.cluster import charts_mirror
from rehearsal.cluster.chart_download import Network
from rehearsal.cluster.charts_mirror import MirrorError, chosen_charts, fill
from tests.rehearsal.cluster.chart_fixtures import package, stand_in_helm


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def charts() -> Generator[list[Chart]]:
    """Two charts that are published where something listens."""
    with closing(socket.socket()) as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        source = f"https://127.0.0.1:{server.getsockname()[1]}"
        keda = load_charts().charts["keda"]
        yield [
            keda.model_copy(update={"release": c, "chart": c, "version": "1.2.3", "source": source})
            for c in ("one", "two")
        ]


def copying_helm(folder: Path, *names: str) -> Path:
    """A stand-in that has these charts, and no other."""
    for name in names:
        package(folder / "published", name=name)
    have = f'if [ ! -f {folder}/published/$2-1.2.3.tgz ]; then echo "Error: chart not found" >&2; exit 1; fi; from=$2'
    return stand_in_helm(
        folder / "bin",
        f'{have}; while [ "$1" != "--destination" ]; do shift; done; cp {folder}/published/$from-1.2.3.tgz "$2"',
    )


def test_every_chart_is_downloaded_once_and_a_second_run_asks_nobody(tmp_path: Path, charts: list[Chart]) -> None:
    helm = copying_helm(tmp_path, "one", "two")
    mirror = tmp_path / "mirror"
    first = fill(mirror, charts, Network(helm))
    assert {path.name for path in mirror.iterdir()} == {"one-1.2.3.tgz", "two-1.2.3.tgz"}
    assert not [outcome for outcome in first if outcome.fault or outcome.was_there]
    (tmp_path / "bin/calls").unlink()
    second = fill(mirror, charts, Network(helm))
    assert all(outcome.was_there for outcome in second)
    assert not (tmp_path / "bin/calls").exists()


def test_half_of_a_package_is_fetched_anew(tmp_path: Path, charts: list[Chart]) -> None:
    helm = copying_helm(tmp_path, "one", "two")
    mirror = tmp_path / "mirror"
    fill(mirror, charts, Network(helm))
    whole = (mirror / "one-1.2.3.tgz").read_bytes()
    (mirror / "one-1.2.3.tgz").write_bytes(whole[: len(whole) // 2])
    package(mirror, name="two", version="9.9.9", called="two-1.2.3.tgz")
    assert not [outcome for outcome in fill(mirror, charts, Network(helm)) if outcome.fault or outcome.was_there]
    assert (mirror / "one-1.2.3.tgz").read_bytes() == whole


def test_what_could_not_be_had_is_listed_and_the_rest_is_there(tmp_path: Path, charts: list[Chart]) -> None:
    lines: list[str] = []
    outcomes = fill(
        tmp_path / "mirror",
        charts,
        Network(copying_helm(tmp_path, "one")),
        lambda outcome: lines.append(outcome.line()),
    )
    assert sorted(bool(outcome.fault) for outcome in outcomes) == [False, True]
    assert "downloaded  one-1.2.3.tgz" in lines
    assert f"MISSING     two-1.2.3.tgz  (release two): {charts[1].source}: chart not found" in lines
    assert {path.name for path in (tmp_path / "mirror").iterdir()} == {"one-1.2.3.tgz"}


def test_only_the_asked_releases_are_fetched_and_none_of_ours() -> None:
    everything = chosen_charts([])
    assert not [chart for chart in everything if chart.is_first_party]
    assert [chart.release for chart in chosen_charts(["kueue", "keda", "kueue"])] == ["kueue", "keda"]
    with pytest.raises(MirrorError, match=r"has no upstream release kedda: .*keda"):
        chosen_charts(["kedda"])
    with pytest.raises(MirrorError, match="has no upstream release model-server"):
        chosen_charts(["model-server"])


def test_the_command_ends_with_one_when_a_chart_is_missing(
    tmp_path: Path, charts: list[Chart], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def chosen(releases: Sequence[str]) -> list[Chart]:
        assert not releases
        return charts

    monkeypatch.setattr(charts_mirror, "chosen_charts", chosen)
    arguments = ["--folder", str(tmp_path / "mirror"), "--helm", str(copying_helm(tmp_path, "one"))]
    with pytest.raises(SystemExit) as end:
        charts_mirror.main(arguments)
    assert end.value.code == f"1 of 2 charts could not be had; {tmp_path}/mirror is not complete"
    package(tmp_path / "published", name="two")
    charts_mirror.main(arguments)
    assert f"{tmp_path}/mirror has all 2" in capsys.readouterr().out


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, charts: list[Chart]) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(MirrorError, match="file/mirror: cannot be made: Not a directory"):
        fill(tmp_path / "file/mirror", charts, Network(tmp_path / "helm"))
