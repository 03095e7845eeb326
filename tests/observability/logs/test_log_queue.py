"""What Loki does not take waits on the node's disk, and survives the collector.

Not proven: that the disk survives, and that lines do which the collector was reading in the moment it was killed (of
the last tenth of a second, at most a hundred of a kind).
"""

from __future__ import annotations

import re
import shutil

import pytest

from tests.observability.logs.local_collector import Collector, deployed, running

LINES = [f"line {number}" for number in range(500)]


def accepted(collector: Collector) -> int:
    """How many lines the collector has read and put into its queues."""
    counts = re.findall(
        r"^otelcol_receiver_accepted_log_records\{[^}]*\} (\d+)$", collector.metrics("own-metrics"), re.MULTILINE
    )
    return sum(map(int, counts))


def test_lines_that_wait_survive_a_collector_that_is_killed(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Their files are gone before the next collector begins, as the kubelet rotates them away.

    A batch that is made before the queue is kept for as long as in production: in memory, where it would be lost.
    """
    folder = tmp_path_factory.mktemp("killed")
    with running(folder, changes={"batch": deployed("prod")["processors"]["batch"]}) as killed:
        killed.received.answers = 503
        killed.write("waiting", LINES)
        killed.wait(lambda: accepted(killed) == len(LINES), "all lines to be read")
        killed.kill()
        assert killed.received.logs == []
    shutil.rmtree(folder / "pods")
    with running(folder) as collector:
        assert sorted(collector.lines_of("waiting", len(LINES))) == sorted(LINES)
