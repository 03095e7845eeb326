"""The pipeline's schema in PostgreSQL, as versions that alembic applies in order."""
