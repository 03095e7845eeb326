"""The pipeline's schema on a real PostgreSQL: made once, the same afterwards, and by whom. Aurora itself is not met."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.workloads.embedding.conftest import EngineServers
from tests.workloads.embedding.stores.points import NAME, point, spec
from workloads.embedding.faults import StoreError, StoreUnavailableError
from workloads.embedding.migrations.admin import signed_in_as
from workloads.embedding.migrations.upgrade import upgrade
from workloads.embedding.settings import StoreSettings
from workloads.embedding.stores.opening import open_store
from workloads.faults import AccessError, InputError

pytestmark = pytest.mark.xdist_group("pgvector")


@pytest.fixture
def bare(engine_servers: EngineServers, tmp_path: Path) -> StoreSettings:
    """A schema that does not stand yet."""
    settings = engine_servers("pgvector").fresh(tmp_path)
    return settings.model_copy(update={"namespace": f"bare_{settings.namespace}"})


def tables(settings: StoreSettings) -> list[tuple[Any, ...]]:
    with psycopg.connect(settings.url) as connection:
        query = (
            "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
            " WHERE table_schema = %s ORDER BY 1, ordinal_position"
        )
        return connection.execute(query, [settings.namespace]).fetchall()


def test_before_it_the_store_says_what_is_missing(bare: StoreSettings) -> None:
    store = open_store(bare, {})
    for call in (store.names, lambda: store.create(spec())):
        with pytest.raises(InputError, match=r"workloads\.embedding migrate"):
            call()
    store.close()


def test_again_changes_nothing(bare: StoreSettings) -> None:
    assert upgrade(bare, {}) == "0001"
    made = tables(bare)
    assert {row[0] for row in made} == {"aliases", "alembic_version", "collections", "heads"}
    store = open_store(bare, {})
    store.create(spec())
    store.upsert(NAME, [point()])
    assert upgrade(bare, {}) == "0001"
    assert store.count(NAME) == 1
    store.close()
    assert [row for row in tables(bare) if not row[0].startswith("points_")] == made


def test_several_at_once_wait_for_each_other(bare: StoreSettings) -> None:
    ended: list[object] = []

    def migrate() -> None:
        try:
            ended.append(upgrade(bare, {}))
        except Exception as error:
            ended.append(error)

    # Alembic's own context is of one thread only, so processes are what would meet; here a lock is held by another.
    with psycopg.connect(bare.url) as held:
        held.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"embedding/{bare.namespace}"])
        waiting = threading.Thread(target=migrate)
        waiting.start()
        waiting.join(0.5)
        assert waiting.is_alive()
    waiting.join()
    assert ended == ["0001"]


def test_schemas_are_apart(bare: StoreSettings) -> None:
    other = bare.model_copy(update={"namespace": f"{bare.namespace}_other"})
    for settings in (bare, other):
        upgrade(settings, {})
    one, two = open_store(bare, {}), open_store(other, {})
    one.create(spec())
    assert (one.names(), two.names()) == ([NAME], [])
    one.close()
    two.close()


def test_revision_of_a_later_program_is_refused(bare: StoreSettings) -> None:
    upgrade(bare, {})
    with psycopg.connect(bare.url) as connection:
        versions = sql.Identifier(bare.namespace, "alembic_version")
        connection.execute(sql.SQL("UPDATE {} SET version_num = '9999'").format(versions))
    with pytest.raises(StoreError, match="9999"):
        upgrade(bare, {})


def test_schema_may_be_named_by_a_word_of_sql(bare: StoreSettings) -> None:
    settings = bare.model_copy(update={"namespace": "select"})
    assert upgrade(settings, {}) == "0001"
    store = open_store(settings, {})
    store.create(spec("order"))
    assert store.names() == ["order"]
    store.close()


def test_other_engines_need_none(tmp_path: Path) -> None:
    assert upgrade(StoreSettings(engine="qdrant", url=f"path:{tmp_path}"), {}) == ""


def test_server_that_is_not_there_is_said_to_be_so(bare: StoreSettings, tmp_path: Path) -> None:
    nowhere = bare.model_copy(update={"url": f"postgresql://postgres@/postgres?host={tmp_path}"})
    with pytest.raises(StoreUnavailableError, match="migrate"):
        upgrade(nowhere, {})


def test_users_rights_are_enough_for_a_pipeline(bare: StoreSettings) -> None:
    user = f"pipeline-{os.getpid()}"
    pipeline = signed_in_as(bare, bare.url.replace("postgres@", f"{user}@"), None)
    with pytest.raises(AccessError, match="does not exist"):
        upgrade(pipeline, {})
    for _ in range(2):
        upgrade(bare, {}, grant_to=user)
    store = open_store(pipeline, {})
    store.create(spec())
    store.upsert(NAME, [point()])
    store.point_alias("docs", NAME)
    assert store.count("docs") == 1
    store.drop(NAME)
    assert store.names() == []
    store.close()
    with psycopg.connect(pipeline.url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(bare.namespace, "heads")))


def test_users_of_aurora_sign_in_by_token(bare: StoreSettings) -> None:
    with psycopg.connect(bare.url, autocommit=True) as connection:
        connection.execute("CREATE ROLE rds_iam")
        try:
            upgrade(bare, {}, grant_to="token_user")
            query = "SELECT pg_has_role('token_user', 'rds_iam', 'member')"
            assert connection.execute(query).fetchone() == (True,)
        finally:
            connection.execute("DROP ROLE rds_iam")
