"""Brings the pipeline's schema in PostgreSQL to the newest version; the other engines need none."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import psycopg
import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from workloads.embedding.faults import StoreError
from workloads.embedding.migrations.admin import grant
from workloads.embedding.settings import StoreSettings
from workloads.embedding.stores.pgvector_connections import connector
from workloads.embedding.stores.pgvector_faults import fault, faults

SCRIPTS = Path(__file__).parent


def upgrade(settings: StoreSettings, environ: Mapping[str, str] = os.environ, *, grant_to: str | None = None) -> str:
    """Make or upgrade extension, schema and registry; return the revision that stands then.

    All in one transaction, under a lock: two at once wait for each other, and one that is killed leaves nothing.
    `grant_to` is a user that is made, where it is missing, and given what the pipeline needs. Returns "" for engines
    other than pgvector. Raises the same faults as a store's methods.
    """
    if settings.engine != "pgvector":
        return ""
    connect, namespace = connector(settings, environ), settings.namespace
    engine = sqlalchemy.create_engine("postgresql+psycopg://", creator=connect, poolclass=NullPool)
    try:
        with faults("migrate"), engine.begin() as connection:
            key = {"key": f"embedding/{namespace}"}
            connection.execute(sqlalchemy.text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), key)
            connection.execute(sqlalchemy.schema.CreateSchema(namespace, if_not_exists=True))
            configuration = Config(attributes={"connection": connection, "namespace": namespace})
            configuration.set_main_option("script_location", str(SCRIPTS))
            command.upgrade(configuration, "head")
            if grant_to is not None:
                grant(cast("psycopg.Connection[Any]", connection.connection.driver_connection), namespace, grant_to)
            options = {"version_table_schema": namespace}
            return MigrationContext.configure(connection, opts=options).get_current_revision() or ""
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.Error):
            raise fault("migrate", error.orig) from error
        raise StoreError(f"migrate: {error}") from error
    except CommandError as error:
        # Such as a revision in the database that this version of the program does not know.
        raise StoreError(f"migrate: {error}") from error
