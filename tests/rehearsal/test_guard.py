"""The guard. Does not prove that a C extension with its own sockets would be refused: Python's audit cannot see it."""

import socket
import threading
import time

import pytest

from rehearsal.guard import NetworkRefusedError, WatchdogError, offline, online, watchdog


def test_a_connection_to_the_outside_is_refused() -> None:
    with (
        offline(),
        socket.socket() as client,
        pytest.raises(NetworkRefusedError, match=r"reach 192\.0\.2\.1"),
    ):
        client.connect(("192.0.2.1", 443))


def test_a_name_look_up_is_refused() -> None:
    with offline(), pytest.raises(NetworkRefusedError, match=r"reach eks\.us-east-1\.amazonaws\.com"):
        socket.getaddrinfo("eks.us-east-1.amazonaws.com", 443)


def test_other_threads_are_refused_too() -> None:
    caught: list[BaseException] = []

    def connect() -> None:
        try:
            socket.create_connection(("192.0.2.1", 443), timeout=1)
        except OSError as error:
            caught.append(error)

    with offline():
        thread = threading.Thread(target=connect)
        thread.start()
        thread.join()
    assert isinstance(caught[0], NetworkRefusedError)


def test_loopback_stays_open_and_the_guard_ends_with_its_block() -> None:
    with offline(), socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())
    assert socket.getaddrinfo("localhost", 80)


def test_the_watchdog_interrupts_what_takes_too_long(capfd: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        with watchdog(0.2):
            for _ in range(200):
                time.sleep(0.05)

    with pytest.raises(WatchdogError, match=r"not done after 0\.2 s"):
        work()
    assert "test_guard.py" in capfd.readouterr().err


def test_the_watchdog_lets_quick_work_pass() -> None:
    with watchdog(30):
        pass


def test_an_interruption_by_the_user_is_not_taken_for_the_watchdog() -> None:
    with pytest.raises(KeyboardInterrupt), watchdog(30):
        raise KeyboardInterrupt


def test_the_guard_can_be_lifted_for_a_while() -> None:
    with offline(), socket.socket() as client:
        with online():
            client.settimeout(0.01)
            with pytest.raises(OSError) as caught:  # noqa: PT011 - whatever this machine's network says
                client.connect(("192.0.2.1", 443))
            assert not isinstance(caught.value, NetworkRefusedError)
        with pytest.raises(NetworkRefusedError):
            client.connect(("192.0.2.1", 443))
