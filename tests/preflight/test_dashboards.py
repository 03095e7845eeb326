"""Dashboards reach Amazon Managed Grafana with a token of their own, of which nothing is left.

moto has no Managed Grafana: its API is answered from botocore's own service model (Stubber refuses a request that the
model doesn't know), SSM is moto's, and Grafana's HTTP API is a stand-in's.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from observability.dashboards.grafana_api import GrafanaError
from observability.dashboards.library import DASHBOARDS
from preflight import dashboards
from preflight.grafana_token import ACCOUNT, short_token
from stacks.settings import Settings
from tests.observability.dashboards.grafana_stand_in import Grafana, standing
from tests.preflight.emulated import emulated_account
from tests.preflight.staging import staging

WORKSPACE = "g-0123456789"
KEY = "glsa_a-secret"
QUERY_URL = "https://aps-workspaces.us-east-1.amazonaws.com/workspaces/ws-1/"


@dataclass
class ManagedGrafana:
    """Service accounts and tokens of one workspace, behind a real client of boto3 that sends nothing."""

    client: Any
    accounts: list[str] = field(default_factory=list[str])
    tokens: dict[str, int] = field(default_factory=dict[str, int])
    asked: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        """Answer each request once botocore has checked it."""
        self.client.meta.events.register_first("before-call.grafana.*", self._answer)

    def _answer(self, model: Any, params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        self.asked.append(model.name)
        return _Ok(), getattr(self, f"_{model.name}")(params)

    def _ListWorkspaceServiceAccounts(self, _: dict[str, Any]) -> dict[str, Any]:
        others = [{"id": "1", "name": "somebody", "isDisabled": "false", "grafanaRole": "VIEWER"}]
        ours = [{"id": "7", "name": name, "isDisabled": "false", "grafanaRole": "ADMIN"} for name in self.accounts]
        # On two pages.
        return {"serviceAccounts": ours, "workspaceId": WORKSPACE} if "7" in self.paged() else self._first(others)

    def _first(self, others: list[dict[str, Any]]) -> dict[str, Any]:
        return {"serviceAccounts": others, "workspaceId": WORKSPACE, "nextToken": "7"}

    def paged(self) -> str:
        """Which page is asked for: each second request is for the second."""
        return "7" if self.asked.count("ListWorkspaceServiceAccounts") % 2 == 0 else ""

    def _CreateWorkspaceServiceAccount(self, _: dict[str, Any]) -> dict[str, Any]:
        self.accounts.append(ACCOUNT)
        return {"id": "7", "name": ACCOUNT, "grafanaRole": "ADMIN", "workspaceId": WORKSPACE}

    def _ListWorkspaceServiceAccountTokens(self, _: dict[str, Any]) -> dict[str, Any]:
        now = datetime.now(UTC)
        tokens = [{"id": id_, "name": f"publish-{id_}", "createdAt": now, "expiresAt": now} for id_ in self.tokens]
        return {"serviceAccountTokens": tokens, "serviceAccountId": "7", "workspaceId": WORKSPACE}

    def _CreateWorkspaceServiceAccountToken(self, params: dict[str, Any]) -> dict[str, Any]:

        id_ = str(len(self.asked))
        self.tokens[id_] = json.loads(params["body"])["secondsToLive"]
        return {"serviceAccountToken": {"id": id_, "name": "publish", "key": KEY}}

    def _DeleteWorkspaceServiceAccountToken(self, params: dict[str, Any]) -> dict[str, Any]:
        self.tokens.pop(params["url_path"].rpartition("/")[2])
        return {"tokenId": "1", "serviceAccountId": "7", "workspaceId": WORKSPACE}


class _Ok:
    """An answer of HTTP, as far as botocore looks at it."""

    status_code = 200


class Session:
    """boto3's session, whose client of Grafana is the one above."""

    def __init__(self, session: boto3.Session, managed: ManagedGrafana) -> None:
        self._session, self._managed = session, managed

    def client(self, name: str, **options: Any) -> Any:
        return self._managed.client if name == "grafana" else self._session.client(name, **options)  # pyright: ignore[reportUnknownMemberType, reportCallIssue, reportArgumentType] - any service


@pytest.fixture
def grafana() -> Iterator[Grafana]:
    with standing() as found:
        found.token = KEY
        yield found


@pytest.fixture
def session(grafana: Grafana) -> Iterator[boto3.Session]:
    with emulated_account() as session:
        ssm = session.client("ssm")
        for path, value in (
            ("grafana/workspace-id", WORKSPACE),
            ("grafana/endpoint", grafana.address),
            ("metrics/query-url", QUERY_URL),
        ):
            ssm.put_parameter(Name=f"/llm-platform/staging/observability/{path}", Value=value, Type="String")
        yield session


@pytest.fixture
def managed(session: boto3.Session) -> ManagedGrafana:
    return ManagedGrafana(session.client("grafana", region_name="us-east-1"))


def publish(session: boto3.Session, managed: ManagedGrafana) -> Any:
    return dashboards.publish_to(staging(), Session(session, managed))  # pyright: ignore[reportArgumentType] - as above


def test_dashboards_and_their_data_source_are_published_and_no_token_is_left(
    session: boto3.Session, managed: ManagedGrafana, grafana: Grafana
) -> None:
    for _ in range(2):
        assert len(publish(session, managed).urls) == len(DASHBOARDS)
    assert grafana.data_sources["llm-platform-metrics"]["url"] == QUERY_URL
    assert managed.accounts == [ACCOUNT], "the second time found the first one's"
    assert managed.tokens == {}
    assert managed.asked.count("CreateWorkspaceServiceAccountToken") == 2


def test_a_token_lives_for_minutes(managed: ManagedGrafana) -> None:
    with short_token(managed.client, WORKSPACE) as token:
        assert token == KEY
        assert list(managed.tokens.values()) == [900]


@pytest.mark.parametrize("end", [GrafanaError("refused"), KeyboardInterrupt(), SystemExit(143)])
def test_no_token_is_left_when_the_work_fails_or_is_interrupted(managed: ManagedGrafana, end: BaseException) -> None:
    with pytest.raises(type(end)), short_token(managed.client, WORKSPACE):
        raise end
    assert managed.tokens == {}


def test_what_a_killed_run_left_is_deleted(managed: ManagedGrafana) -> None:
    managed.tokens = {"3": 900, "4": 900}
    with short_token(managed.client, WORKSPACE):
        assert len(managed.tokens) == 1
    assert managed.tokens == {}


def test_a_refusal_leaves_no_token_and_tells_none(
    session: boto3.Session, managed: ManagedGrafana, grafana: Grafana
) -> None:
    grafana.token = "of somebody else"
    with pytest.raises(GrafanaError, match="401") as refusal:
        publish(session, managed)
    assert KEY not in str(refusal.value)
    assert managed.tokens == {}


class Command:
    """The command in the emulated account: exit status."""

    def __init__(self, settings: Settings, found: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        def read(_stack: str) -> Settings:
            return settings

        def signed_in(_settings: Settings) -> Any:
            return found

        monkeypatch.setattr(dashboards, "read_settings", read)
        monkeypatch.setattr(dashboards, "sign_in", signed_in)
        monkeypatch.setattr(sys, "argv", ["dashboards", "staging"])
        self.kept = signal.getsignal(signal.SIGTERM)

    def __call__(self) -> int:
        try:
            with pytest.raises(SystemExit) as end:
                dashboards.main()
        finally:
            signal.signal(signal.SIGTERM, self.kept)
        return int(end.value.code or 0)


def with_grafana() -> Settings:
    settings = staging()
    watched = settings.observability.model_copy(update={"grafana": object()})
    return settings.model_copy(update={"observability": watched})


def test_the_command_prints_addresses_and_no_token(
    session: boto3.Session,
    managed: ManagedGrafana,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert Command(with_grafana(), Session(session, managed), monkeypatch)() == 0
    printed = capfd.readouterr()
    assert "/d/llm-model\n" in printed.out
    assert KEY not in printed.out + printed.err


def test_a_terminated_command_leaves_no_token(
    session: boto3.Session, managed: ManagedGrafana, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any) -> None:
        assert managed.tokens
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(dashboards, "publish", killed)
    assert Command(with_grafana(), Session(session, managed), monkeypatch)() == 128 + signal.SIGTERM
    assert managed.tokens == {}


def test_an_environment_without_managed_grafana_has_nothing_to_publish(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Command(staging(), None, monkeypatch)() == 0
    assert "staging has no Managed Grafana" in capsys.readouterr().out


def test_before_the_first_update_the_command_says_so(
    session: boto3.Session,
    managed: ManagedGrafana,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    session.client("ssm").delete_parameter(Name="/llm-platform/staging/observability/grafana/workspace-id")
    assert Command(with_grafana(), Session(session, managed), monkeypatch)() == 1
    assert "no output observability/grafana/workspace-id of staging in SSM" in capsys.readouterr().err
    assert managed.asked == []


def test_what_aws_refuses_ends_with_status_1(
    session: boto3.Session,
    managed: ManagedGrafana,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refused(_: dict[str, Any]) -> dict[str, Any]:
        raise ClientError(
            {"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "CreateWorkspaceServiceAccount"
        )

    monkeypatch.setattr(managed, "_CreateWorkspaceServiceAccount", refused)
    assert Command(with_grafana(), Session(session, managed), monkeypatch)() == 1
    assert capsys.readouterr().err.startswith("AWS: An error occurred (AccessDeniedException)")
