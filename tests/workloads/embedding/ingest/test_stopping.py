"""The first signal stops, later ones don't disturb, and afterwards all is as before."""

from __future__ import annotations

import signal

import pytest

from workloads.embedding.ingest.stopping import SIGNALS, Interrupted, interruptible


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_stops_and_a_second_does_not_disturb(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    closed: list[bool] = []

    def work() -> None:
        try:
            signal.raise_signal(number)
        finally:
            signal.raise_signal(number)
            closed.append(True)

    with pytest.raises(Interrupted) as caught, interruptible():
        work()
    assert closed
    assert caught.value.exit_status == 128 + number
    assert signal.getsignal(number) is before
