"""Keeps a rehearsal on this machine and within its time: no connection but loopback, no hang for ever."""

from __future__ import annotations

import _thread
import faulthandler
import ipaddress
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any


class NetworkRefusedError(ConnectionRefusedError):
    """Something tried to leave this machine during a rehearsal."""


class WatchdogError(Exception):
    """The rehearsal did not end in its time."""


_guards = 0
_lifted = 0
_installed = False


def _is_loopback(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode(errors="replace")
    if host in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def _refuse_outside(event: str, arguments: tuple[Any, ...]) -> None:
    if not _guards or _lifted:
        return
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if not _is_loopback(host):
        raise NetworkRefusedError(f"the rehearsal works offline, but something tried to reach {host}")


@contextmanager
def offline() -> Generator[None]:
    """Refuse every network connection and name look-up but loopback, in all threads."""
    global _guards, _installed  # noqa: PLW0603 - an audit hook is process-wide and cannot be removed, only idle
    if not _installed:
        sys.addaudithook(_refuse_outside)
        _installed = True
    _guards += 1
    try:
        yield
    finally:
        _guards -= 1


@contextmanager
def online() -> Generator[None]:
    """Lift the guard for what is meant to reach the network; the program under rehearsal must not run meanwhile."""
    global _lifted  # noqa: PLW0603 - as in `offline`
    _lifted += 1
    try:
        yield
    finally:
        _lifted -= 1


@contextmanager
def watchdog(seconds: float) -> Generator[None]:
    """Interrupt the main thread when the work takes longer, and show where every thread was."""
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        faulthandler.dump_traceback(file=sys.__stderr__ or sys.stderr)
        _thread.interrupt_main()

    timer = threading.Timer(seconds, expire)
    timer.daemon = True
    timer.start()
    try:
        yield
    except KeyboardInterrupt:
        if expired.is_set():
            raise WatchdogError(f"not done after {seconds:g} s; the threads' positions are above") from None
        raise
    finally:
        timer.cancel()
