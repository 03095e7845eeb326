"""A program whose port somebody else took gets another; what else ends it is said at once."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearsal.cluster.ports import free_port
from rehearsal.observe import programs
from rehearsal.observe.faults import ObserveError
from tests.observability.dashboards.local_prometheus import running

pytestmark = pytest.mark.xdist_group("series")


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_a_taken_port_is_left_to_who_has_it(taken: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ports = iter([taken, taken, other := free_port()])
    monkeypatch.setattr(programs, "free_port", lambda: next(ports))
    with running(tmp_path) as api:
        assert api.address == f"http://127.0.0.1:{other}"


def test_ports_that_are_always_taken_are_said(taken: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "free_port", lambda: taken)
    with pytest.raises(ObserveError, match="address already in use"), running(tmp_path):
        pass


def test_another_fault_is_no_reason_to_try_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ports = iter([free_port()])
    monkeypatch.setattr(programs, "free_port", lambda: next(ports))
    with (
        pytest.raises(ObserveError, match=r"ended with status 2:\n.*nothing not found"),
        running(tmp_path, "nothing: 1"),
    ):
        pass
