"""How connections are made from the settings: users, passwords, tokens, certificates. Aurora itself is not met."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from botocore.signers import RequestSigner
from psycopg.conninfo import conninfo_to_dict

from tests.workloads.embedding.conftest import EngineServers
from workloads.embedding.settings import StoreSettings
from workloads.embedding.stores import pgvector_connections
from workloads.embedding.stores.opening import open_store
from workloads.embedding.stores.pgvector_connections import connector
from workloads.faults import AccessError, InputError

AURORA = {
    "engine": "pgvector",
    "url": "postgresql://pipeline@writer.cluster-x.eu-central-1.rds.amazonaws.com:5432/embedding",
    "iam_region": "eu-central-1",
    "ca_file": "/etc/rds/bundle.pem",
}


def aurora(**changes: Any) -> StoreSettings:
    return StoreSettings.model_validate({**AURORA, **changes})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What libpq is asked for, in place of connections."""
    asked: list[dict[str, Any]] = []

    def connect(conninfo: str, **_: object) -> None:
        asked.append(dict(conninfo_to_dict(conninfo)))

    monkeypatch.setattr(psycopg, "connect", connect)
    return asked


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")


@pytest.mark.usefixtures("credentials")
def test_each_connection_has_a_token_of_its_own(asked: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    connect = connector(aurora(), {})
    connect()
    made: list[int] = []

    def sign(*_: object, **__: object) -> str:
        made.append(1)
        return "https://second"

    monkeypatch.setattr(RequestSigner, "generate_presigned_url", sign)
    connect()
    first, second = (parse_qs(urlsplit(f"https://{one['password']}").query) for one in asked)
    assert (first["Action"], first["DBUser"]) == (["connect"], ["pipeline"])
    assert first["X-Amz-Credential"][0].split("/")[2] == "eu-central-1"
    assert (second, made) == ({}, [1])
    assert {one["user"] for one in asked} == {"pipeline"}


@pytest.mark.usefixtures("credentials")
def test_certificate_is_verified_in_full(asked: list[dict[str, Any]]) -> None:
    connector(aurora(url=f"{AURORA['url']}?sslmode=disable"), {})()
    assert (asked[0]["sslmode"], asked[0]["sslrootcert"]) == ("verify-full", "/etc/rds/bundle.pem")


def test_missing_credentials_are_said_to_be_so(
    asked: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    with pytest.raises(AccessError, match="IAM token for pipeline@writer"):
        connector(aurora(), {})()
    assert asked == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"url": "postgresql://pipeline@host/db?password=secret"}, "store.url: holds a password"),
        ({"url": "https://host:5432"}, "needs postgresql://"),
        ({"url": "postgresql://host/db?nonsense=1"}, "nonsense"),
        ({"ca_file": None}, "store.ca_file"),
        ({"url": "postgresql:///db"}, "needs user and host"),
        ({"api_key_env": "PASSWORD"}, "iam_region and api_key_env"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as raised:
        open_store(aurora(**changes), {"PASSWORD": "x"})
    assert "secret" not in str(raised.value)


def test_variable_that_is_not_set_is_named() -> None:
    settings = StoreSettings(engine="pgvector", url="postgresql://pipeline@host/db", api_key_env="PGPASSWORD_PIPELINE")
    for environ in ({}, {"PGPASSWORD_PIPELINE": ""}):
        with pytest.raises(AccessError, match="PGPASSWORD_PIPELINE"):
            open_store(settings, environ)


@pytest.mark.xdist_group("pgvector")
def test_server_that_wants_a_password(engine_servers: EngineServers, tmp_path: Path) -> None:
    settings = engine_servers("pgvector").fresh(tmp_path)
    folder = Path(parse_qs(urlsplit(settings.url).query)["host"][0]) / "data"
    rules = folder / "pg_hba.conf"
    with psycopg.connect(settings.url, autocommit=True) as connection:
        connection.execute("CREATE ROLE locked LOGIN PASSWORD 'right'")
        rules.write_text(f"local all locked scram-sha-256\n{rules.read_text()}")
        before = connection.execute("SELECT pg_conf_load_time()").fetchone()
        connection.execute("SELECT pg_reload_conf()")
    # The rules are read before the next session begins in which the time is another.
    loaded = before
    while loaded == before:
        with psycopg.connect(settings.url) as connection:
            loaded = connection.execute("SELECT pg_conf_load_time()").fetchone()
    url = settings.url.replace("postgres@", "locked@")
    locked = settings.model_copy(update={"url": url, "api_key_env": "PASSWORD"})
    with pytest.raises(AccessError, match="authentication failed"):
        open_store(locked, {"PASSWORD": "wrong"}).names()
    with pytest.raises(AccessError, match="no password supplied"):
        open_store(locked.model_copy(update={"api_key_env": None}), {}).names()
    with pytest.raises(AccessError, match="permission denied"):
        open_store(locked, {"PASSWORD": "right"}).names()


@pytest.mark.xdist_group("pgvector")
def test_idle_connection_that_was_cut_is_not_used(
    engine_servers: EngineServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pgvector_connections, "IDLE_SECONDS", -1.0)
    settings = engine_servers("pgvector").fresh(tmp_path)
    store = open_store(settings, {})
    assert store.names() == []
    with psycopg.connect(settings.url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'embedding'"
        )
    assert store.names() == []
    store.close()
