"""What alembic runs: the versions beside this file, on the connection and in the schema that `upgrade` gives."""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table_schema=context.config.attributes["namespace"])
with context.begin_transaction():
    context.run_migrations()
