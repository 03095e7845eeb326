"""The extension, and the registry of collections, aliases and heads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the extension and the three tables; a collection's heads and aliases go when it goes."""
    namespace = context.config.attributes["namespace"]
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    collection = f"{namespace}.collections.name"
    op.create_table(
        "collections",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("dimension", sa.Integer, nullable=False),
        sa.Column("metric", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("revision", sa.Text, nullable=False),
        sa.Column("chunker", sa.Text, nullable=False),
        sa.Column("index", sa.Text, nullable=False),
        sa.Column("hnsw_m", sa.Integer, nullable=False),
        sa.Column("hnsw_ef_construction", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint("metric IN ('cosine', 'dot', 'euclidean')"),
        schema=namespace,
    )
    op.create_table(
        "aliases",
        sa.Column("alias", sa.Text, primary_key=True),
        sa.Column("collection", sa.Text, sa.ForeignKey(collection, ondelete="CASCADE"), nullable=False),
        schema=namespace,
    )
    op.create_table(
        "heads",
        sa.Column("collection", sa.Text, sa.ForeignKey(collection, ondelete="CASCADE"), primary_key=True),
        sa.Column("document", sa.Text, primary_key=True),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("chunks", sa.Integer, nullable=False),
        sa.Column("source_tag", sa.Text, nullable=False),
        schema=namespace,
    )


def downgrade() -> None:
    """Remove the registry; the extension stays, others may use it."""
    namespace = context.config.attributes["namespace"]
    for table in ("heads", "aliases", "collections"):
        op.drop_table(table, schema=namespace)
