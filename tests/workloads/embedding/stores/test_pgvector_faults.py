"""What errors of PostgreSQL are taken for."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import errors

from workloads.embedding.faults import StoreError, StoreUnavailableError
from workloads.embedding.stores.pgvector_faults import fault, faults
from workloads.faults import AccessError, InputError, ProgramError


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (errors.DiskFull("could not extend file"), StoreUnavailableError),
        (errors.TooManyConnections("sorry, too many clients already"), StoreUnavailableError),
        (errors.OutOfMemory("out of memory"), StoreUnavailableError),
        (errors.AdminShutdown("terminating connection"), StoreUnavailableError),
        (errors.CannotConnectNow("the database system is starting up"), StoreUnavailableError),
        (errors.QueryCanceled("canceling statement due to statement timeout"), StoreUnavailableError),
        (errors.DeadlockDetected("deadlock detected"), StoreUnavailableError),
        (errors.ReadOnlySqlTransaction("cannot execute INSERT in a read-only transaction"), StoreUnavailableError),
        (errors.IoError("could not read block"), StoreUnavailableError),
        (errors.InvalidPassword("password authentication failed"), AccessError),
        (errors.InsufficientPrivilege("permission denied for table heads"), AccessError),
        (errors.UndefinedTable('relation "embedding.heads" does not exist'), InputError),
        (errors.DataException("expected 8 dimensions, not 9"), StoreError),
        (errors.ProgramLimitExceeded("index row size exceeds maximum"), StoreError),
        (psycopg.OperationalError("connection failed: Connection refused"), StoreUnavailableError),
        (
            psycopg.OperationalError('connection failed: FATAL:  password authentication failed for user "x"'),
            AccessError,
        ),
        (psycopg.OperationalError('connection failed: FATAL:  PAM authentication failed for user "x"'), AccessError),
        (psycopg.OperationalError('FATAL:  no pg_hba.conf entry for host "10.0.0.1", no encryption'), AccessError),
        (psycopg.OperationalError("could not translate host name: Name or service not known"), StoreUnavailableError),
        (psycopg.OperationalError("the connection is closed"), StoreUnavailableError),
        (psycopg.ProgrammingError("vector type not found in the database"), StoreError),
    ],
    ids=str,
)
def test_meaning(error: psycopg.Error, meaning: type[ProgramError]) -> None:
    found = fault("write points into docs", error)
    assert type(found) is meaning
    assert str(found).startswith("write points into docs: ")


def test_everything_else_goes_its_way() -> None:
    with pytest.raises(KeyError), faults("read"):
        raise KeyError("ours")
    with pytest.raises(StoreError) as raised, faults("read"):
        raise errors.SyntaxError("syntax error")
    assert isinstance(raised.value.__cause__, psycopg.Error)
