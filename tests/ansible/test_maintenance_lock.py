"""Who holds the lock of a roll, and when it may be taken. Two who come at once: test_node_maintenance.py."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ansible.role_filters import role_filters

FILTERS = role_filters("node_maintenance", "leases")
holder, answer, spec_of = FILTERS["lease_holder"], FILTERS["lease_answer"], FILTERS["lease_spec"]
NOW = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)


def lease(held_by: str, renewed: datetime = NOW, seconds: int = 7200) -> dict[str, Any]:
    return {"spec": {"holderIdentity": held_by, "renewTime": renewed.isoformat(), "leaseDurationSeconds": seconds}}


def ended_process() -> str:
    """Return the holder that a process of this machine was which has ended."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        name = f"upgrade somebody@{platform.node()} {process.pid} 123"
        process.communicate(b"\n")
    return name


def test_a_holder_is_this_process_and_says_what_it_does() -> None:
    name = holder("upgrade-driver")
    assert name.startswith("upgrade-driver ")
    assert f"@{platform.node()} {os.getpid()} " in name
    assert holder("upgrade-driver") == name
    assert holder("mig-layout") != name


@pytest.mark.parametrize("none", [None, {}, {"spec": {}}, {"spec": {"holderIdentity": ""}}])
def test_a_lock_that_nobody_holds_may_be_taken(none: dict[str, Any] | None) -> None:
    assert answer(none, "us", NOW)["free"]


def test_ours_may_be_renewed() -> None:
    assert answer(lease("us"), "us", NOW)["free"]


def test_another_machines_is_respected_until_it_expires() -> None:
    theirs = lease("upgrade alice@elsewhere 4711 99")
    refused = answer(theirs, "us", NOW + timedelta(seconds=7199))
    assert not refused["free"]
    assert refused["message"] == (
        "another roll is under way: upgrade alice@elsewhere 4711 99; its lock lasts until 2026-11-22 00:00:00+00:00"
    )
    assert answer(theirs, "us", NOW + timedelta(seconds=7200))["free"]


def test_a_process_of_this_machine_that_has_ended_holds_nothing() -> None:
    said = answer(lease(ended_process()), "us", NOW)
    assert said["free"]
    assert "has ended" in said["message"]


def test_a_process_of_this_machine_that_runs_holds_it() -> None:
    assert not answer(lease(holder("upgrade")), "us", NOW)["free"]


def test_a_number_that_another_process_has_by_now_is_not_the_holder() -> None:
    operation, place, pid, began = holder("upgrade").rsplit(" ", 3)
    assert answer(lease(f"{operation} {place} {pid} {int(began) - 1}"), "us", NOW)["free"]


@pytest.mark.parametrize("name", ["somebody", "a b c d", "system:serviceaccount:x", "up me@elsewhere 1 1"])
def test_what_cannot_be_looked_up_is_respected(name: str) -> None:
    assert not answer(lease(name), "us", NOW)["free"]


@given(st.text(min_size=1), st.datetimes(timezones=st.just(UTC), min_value=datetime(2000, 1, 1)), st.integers(1, 10**6))
def test_a_lease_that_was_taken_is_ours_and_nobody_elses(us: str, now: datetime, seconds: int) -> None:
    taken = {"spec": spec_of(None, us, now, seconds)}
    assert taken["spec"]["leaseTransitions"] == 0
    assert answer(taken, us, now)["free"]
    assert not answer(taken, f"not {us}", now)["free"]
    renewed = {"spec": spec_of(taken, us, now + timedelta(seconds=1), seconds)}
    assert renewed["spec"]["acquireTime"] == taken["spec"]["acquireTime"]
    assert renewed["spec"]["renewTime"] > taken["spec"]["renewTime"]
    other = {"spec": spec_of(renewed, f"not {us}", now + timedelta(seconds=2), seconds)}
    assert other["spec"]["leaseTransitions"] == 1
    assert other["spec"]["acquireTime"] == other["spec"]["renewTime"]
