"""Migrating as another user than the pipeline's: one that may make extensions and users, such as Aurora's master user.

The pipeline's own user needs neither: it signs in with tokens of IAM where the database knows them, makes the tables of
its collections, and owns no more than those.
"""

from __future__ import annotations

from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from workloads.embedding.settings import StoreSettings
from workloads.faults import InputError

REGISTRY: Final = ("collections", "aliases", "heads")
IAM_ROLE: Final = "rds_iam"
"""Stands in every Aurora and RDS PostgreSQL; who has it signs in by tokens.
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html"""


def signed_in_as(settings: StoreSettings, url: str, password_env: str | None) -> StoreSettings:
    """Return the settings with another user's url, who has a password or none, but no token.

    The url may name another host: a proxy that takes tokens alone lets no administrator in.
    """
    return settings.model_copy(update={"url": url, "api_key_env": password_env, "iam_region": None})


def user_of(settings: StoreSettings) -> str:
    """Return the user that the settings name."""
    try:
        user = conninfo_to_dict(settings.url).get("user")
    except psycopg.ProgrammingError as error:
        raise InputError(f"store.url: {settings.url!r}: {str(error).strip()}") from error
    if not user:
        raise InputError(f"store.url: {settings.url!r}: needs the user that the pipeline signs in as")
    return str(user)


def grant(connection: psycopg.Connection[Any], namespace: str, user: str) -> None:
    """Make a user where it is missing, and let it keep collections in a schema."""
    role, schema = sql.Identifier(user), sql.Identifier(namespace)
    if not _role_stands(connection, user):
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
    if _role_stands(connection, IAM_ROLE):
        connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(IAM_ROLE), role))
    connection.execute(sql.SQL("GRANT USAGE, CREATE ON SCHEMA {} TO {}").format(schema, role))
    for table in REGISTRY:
        connection.execute(
            sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}").format(sql.Identifier(namespace, table), role)
        )


def _role_stands(connection: psycopg.Connection[Any], name: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone() is not None
