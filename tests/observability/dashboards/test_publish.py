"""Dashboards are sent to Grafana's HTTP API; a stand-in answers as Grafana's documentation says, no Grafana does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from observability.dashboards import publish
from observability.dashboards.grafana_api import GrafanaApi, GrafanaError
from observability.dashboards.library import DASHBOARDS
from tests.observability.dashboards.grafana_stand_in import TOKEN, Grafana, standing


@pytest.fixture
def grafana() -> Iterator[Grafana]:
    with standing() as found:
        yield found


def api(grafana: Grafana, token: str = TOKEN) -> GrafanaApi:
    return GrafanaApi(grafana.address, token)


@pytest.mark.parametrize("folder_status", [200, 409, 412])
def test_every_dashboard_goes_into_the_folder(grafana: Grafana, folder_status: int) -> None:
    grafana.folder_status = folder_status
    published = publish.publish(api(grafana))
    assert len(published.urls) == len(DASHBOARDS)
    assert "/d/llm-model" in published.urls
    assert (grafana.asked[0], grafana.bodies[0]) == (
        ("POST", "/api/folders"),
        {"uid": "llm-platform", "title": "LLM platform"},
    )
    sent = [body for body in grafana.bodies if "dashboard" in body]
    assert len(sent) == len(DASHBOARDS)
    for body in sent:
        assert body["folderUid"] == "llm-platform"
        assert body["overwrite"] is True
        assert "id" not in body["dashboard"], "an id is of one Grafana only"


def test_a_second_time_changes_nothing(grafana: Grafana) -> None:
    publish.publish(api(grafana))
    before = dict(grafana.dashboards)
    again = publish.publish(api(grafana))
    assert (again.removed, grafana.dashboards) == ([], before)


def test_those_that_no_file_has_any_more_are_removed_and_nobody_elses(grafana: Grafana) -> None:
    grafana.dashboards = {
        "llm-of-last-year": {"folderUid": "llm-platform"},
        "made-by-hand": {"folderUid": "llm-platform"},
        "llm-elsewhere": {"folderUid": "general"},
    }
    published = publish.publish(api(grafana))
    assert published.removed == ["llm-of-last-year"]
    assert {"made-by-hand", "llm-elsewhere"} <= set(grafana.dashboards)
    assert publish.told(published)[-1] == "removed llm-of-last-year"


def test_a_folder_without_files_removes_nothing(grafana: Grafana, tmp_path: Path) -> None:
    grafana.dashboards = {"llm-model": {"folderUid": "llm-platform"}}
    with pytest.raises(GrafanaError, match="no dashboards; all in Grafana would be removed"):
        publish.publish(api(grafana), tmp_path)
    assert grafana.asked == []


def test_each_dashboard_of_ours_can_be_told_by_its_uid() -> None:
    uids = [json.loads(path.read_text())["uid"] for path in publish.FILES.glob("*.json")]
    assert len(uids) == len(DASHBOARDS)
    assert all(uid.startswith(publish.OURS) for uid in uids)


def test_the_data_source_is_made_once_and_then_kept_as_it_should_be(grafana: Grafana) -> None:
    wanted = publish.amazon_prometheus("https://aps-workspaces.us-east-1.amazonaws.com/workspaces/ws-1/", "us-east-1")
    for _ in range(2):
        api(grafana).put_data_source(wanted)
    grafana.data_sources[wanted["uid"]]["url"] = "https://elsewhere"
    api(grafana).put_data_source(wanted)
    assert grafana.data_sources == {"llm-platform-metrics": wanted}
    assert [method for method, _ in grafana.asked] == ["GET", "POST", "GET", "PUT", "GET", "PUT"]
    assert wanted["type"] == "prometheus", "what the dashboards' variable offers"


def test_a_wrong_token_is_said_and_not_repeated(grafana: Grafana) -> None:
    with pytest.raises(GrafanaError, match="folders: 401") as refusal:
        publish.publish(api(grafana, "another"))
    assert "another" not in str(refusal.value)


def test_a_refused_dashboard_is_said(grafana: Grafana) -> None:
    grafana.dashboard_status = 412
    with pytest.raises(GrafanaError, match="dashboards/db: 412"):
        publish.publish(api(grafana))


def test_a_grafana_that_is_not_there_is_said(nobody: str) -> None:
    with pytest.raises(GrafanaError, match="does not answer"):
        publish.publish(GrafanaApi(nobody, TOKEN))


def test_no_token_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("GRAFANA_TOKEN", raising=False)
    monkeypatch.setattr("sys.argv", ["publish", "http://localhost"])
    with pytest.raises(SystemExit):
        publish.main()
    assert "set GRAFANA_TOKEN" in capsys.readouterr().err
