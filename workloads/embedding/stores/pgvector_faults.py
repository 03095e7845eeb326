"""What PostgreSQL's errors mean for a user of the pipeline."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import psycopg

from workloads.embedding.faults import StoreError, StoreUnavailableError
from workloads.faults import AccessError, InputError, ProgramError

ACCESS: Final = ("28", "42501")
"""Invalid authorization; insufficient privilege. SQLSTATE or its class, as in the two below:
https://www.postgresql.org/docs/18/errcodes-appendix.html"""
UNAVAILABLE: Final = ("08", "25006", "40", "53", "55P03", "57", "58")
"""Connection lost; a writer that became a reader; a deadlock; disk full, too many connections, out of memory; a lock
not had in time; shut down, not yet started or cancelled by the timeout; input or output failed."""
NOT_MIGRATED: Final = ("3F000", "42P01")
"""No such schema or table."""
REFUSED: Final = ("authentication failed", "no pg_hba.conf entry", "does not exist", "no password supplied")
"""In what the server says of a connection that it does not let in: psycopg gives it no SQLSTATE."""


@contextmanager
def faults(doing: str) -> Generator[None]:
    """Turn an error of psycopg into one of ours, with what was being done."""
    try:
        yield
    except psycopg.Error as error:
        raise fault(doing, error) from error


def fault(doing: str, error: psycopg.Error) -> ProgramError:
    """Return the fault that an error means."""
    state = error.sqlstate or ""
    said = (error.diag.message_primary or str(error)).strip().rpartition("FATAL:  ")[2].strip()
    message = f"{doing}: {said}"
    if state.startswith(ACCESS) or (not state and any(words in said for words in REFUSED)):
        return AccessError(message)
    if state.startswith(UNAVAILABLE) or (not state and isinstance(error, psycopg.OperationalError)):
        return StoreUnavailableError(message)
    if state in NOT_MIGRATED:
        return InputError(f"{message}; the schema is made by: python -m workloads.embedding migrate")
    return StoreError(message)
