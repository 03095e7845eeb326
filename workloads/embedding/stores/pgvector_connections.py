"""Connections to PostgreSQL: how they are made from the settings, and kept for the next call.

Not psycopg_pool: it tells of a server that refuses only that no connection was had in time, while a user needs to know
whether the password is wrong or the server is down.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from pgvector.psycopg import register_vector
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from workloads.embedding.settings import StoreSettings
from workloads.faults import AccessError, InputError

IDLE_SECONDS: Final = 30.0
"""After so long a connection is asked whether it still stands: a failover or a proxy may have cut it."""

Connection = psycopg.Connection[tuple[Any, ...]]
Connect = Callable[[], Connection]


def connector(settings: StoreSettings, environ: Mapping[str, str]) -> Connect:
    """Return what makes a connection; with IAM each has a token of its own, which is valid for 15 minutes.

    Raises `InputError` for settings that can't be meant, `AccessError` where a named variable is not set.
    """
    known = _known(settings)
    secret = _secret(settings, environ, known)

    def connect() -> Connection:
        password = secret()
        return psycopg.connect(
            make_conninfo(**(known | ({"password": password} if password else {}))),
            autocommit=True,
            # A plan made once for every filter would be a bad one; and a proxy pins a session that prepares.
            prepare_threshold=None,
        )

    return connect


def _known(settings: StoreSettings) -> dict[str, Any]:
    if not settings.url.startswith(("postgresql://", "postgres://")):
        raise InputError(f"store.url: {settings.url!r}: needs postgresql://user@host:5432/database")
    try:
        known: dict[str, Any] = conninfo_to_dict(settings.url)
    except psycopg.ProgrammingError as error:
        raise InputError(f"store.url: {settings.url!r}: {str(error).strip()}") from error
    if "password" in known:
        raise InputError("store.url: holds a password; name the variable that has it in store.api_key_env")
    milliseconds = int(settings.timeout_seconds * 1000)
    patience = {"connect_timeout": max(2, round(settings.timeout_seconds)), "tcp_user_timeout": milliseconds}
    trust = {"sslmode": "verify-full", "sslrootcert": settings.ca_file} if settings.ca_file else {}
    return {"application_name": "embedding", **patience, "keepalives_idle": 30, **known, **trust}


def _secret(settings: StoreSettings, environ: Mapping[str, str], known: Mapping[str, Any]) -> Callable[[], str | None]:
    if settings.iam_region:
        region, host, user = settings.iam_region, known.get("host"), known.get("user")
        if settings.api_key_env:
            raise InputError("store: has both iam_region and api_key_env; one way to sign in is enough")
        if not settings.ca_file:
            raise InputError("store.ca_file: iam_region needs the RDS certificate bundle: a token is sent to it")
        if not host or not user:
            raise InputError(f"store.url: {settings.url!r}: iam_region needs user and host in it")
        return _tokens(region, str(host), int(known.get("port") or 5432), str(user))
    name = settings.api_key_env
    if name is None:
        return lambda: None
    if not environ.get(name):
        raise AccessError(f"environment variable {name} (store.api_key_env): is not set; it needs the password")
    return lambda: environ[name]


def _tokens(region: str, host: str, port: int, user: str) -> Callable[[], str]:
    from boto3.session import Session  # noqa: PLC0415 - half a second that only who uses tokens should wait for
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as above

    # One session for all: it renews the credentials of a role before they expire.
    client = Session().client("rds", region_name=region)

    def token() -> str:
        try:
            return client.generate_db_auth_token(DBHostname=host, Port=port, DBUsername=user)
        except (BotoCoreError, ClientError) as error:
            raise AccessError(f"no IAM token for {user}@{host}: {error}") from error

    return token


class Connections:
    """Connections of which each is one thread's at a time; idle ones are kept."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._idle: list[tuple[float, Connection]] = []
        self._lock = threading.Lock()

    @contextmanager
    def use(self) -> Generator[Connection]:
        """Lend a connection that knows the vector types; after an error it is closed instead of kept."""
        connection = self._kept() or self._made()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._idle.append((time.monotonic(), connection))

    def close(self) -> None:
        """Close the idle ones; one that is lent closes when it is given back and asked again."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()

    def _made(self) -> Connection:
        connection = self._connect()
        try:
            register_vector(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _kept(self) -> Connection | None:
        with self._lock:
            since, connection = self._idle.pop() if self._idle else (0.0, None)
        if connection is None:
            return None
        if time.monotonic() - since > IDLE_SECONDS and not _stands(connection):
            # The others have been idle for longer still.
            connection.close()
            self.close()
            return None
        return connection


def _stands(connection: Connection) -> bool:
    try:
        connection.execute("")
    except psycopg.Error:
        return False
    return True
