"""The player evaluates rules as Prometheus does: `for` to the second, series that vanish, rules that fail.

Plays a few minutes of a small page; tests/observability/test_observe.py plays the day.
"""

from __future__ import annotations

import time
import urllib.parse
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import yaml

from observability.preview.local_server import LocalServer, serving
from observability.preview.prometheus_api import Window
from rehearsal.observe.faults import ObserveError
from rehearsal.observe.live import prometheus_running
from rehearsal.observe.player import PLAYER, Played, play
from rehearsal.observe.programs import find_programs

BEGIN = 1_795_000_020.0
"""A whole minute: range queries ask at those."""
MINUTE = 60
SHOWN = {"summary": "{{ $value }}"}
RULES = {
    "groups": [
        {"name": "a", "rules": [{"alert": "Hot", "expr": "heat:now > 90", "for": "5m", "annotations": SHOWN}]},
        {"name": "recorded", "interval": "1m", "rules": [{"record": "heat:now", "expr": "max by (room) (heat)"}]},
        {"name": "slow", "interval": "5m", "rules": [{"record": "heat:slow", "expr": "max(heat)"}]},
    ]
}  # fmt: skip


@contextmanager
def pages(text: Callable[[float], str]) -> Generator[str]:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = text(float(urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["at"][0])).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with serving(LocalServer(0, Page)) as port:
        yield f"http://127.0.0.1:{port}/metrics"


def played(folder: Path, text: Callable[[float], str], rules: dict[str, Any] = RULES, minutes: float = 40) -> Played:
    file = folder / "rules.yaml"
    file.write_text(yaml.safe_dump(rules))
    stretch = {"from": BEGIN, "to": BEGIN + minutes * MINUTE, "step": MINUTE, "rules": True}
    with pages(text) as address:
        return play(PLAYER.ready(), folder / "data", address, [file], [stretch], lambda _: None)


def heat(at: float) -> str:
    """Hot from minute 10 on, gone from minute 20 on."""
    minute = (at - BEGIN) / MINUTE
    return "" if minute >= 20 else f'heat{{room="1"}} {95 if minute >= 10 else 20}\n'


def test_an_alert_fires_when_for_is_over_and_ends_with_its_series(tmp_path: Path) -> None:
    changes = played(tmp_path, heat).changes
    assert [(one.alert, one.firing, (one.at - BEGIN) / MINUTE) for one in changes] == [
        ("Hot", True, 15),
        ("Hot", False, 20),
    ]
    assert changes[0].labels == {"alertname": "Hot", "room": "1"}
    assert changes[0].annotations == {"summary": "95"}


def test_a_prometheus_reads_what_was_played(tmp_path: Path) -> None:
    played(tmp_path, heat)
    with prometheus_running(find_programs(), tmp_path, None, None, ()) as api:
        window = Window(BEGIN, BEGIN + 40 * MINUTE, MINUTE)

        def minutes(query: str) -> list[float]:
            (series,) = api.range(query, window)
            return [(at - BEGIN) / MINUTE for at, _ in series.points]

        assert minutes('ALERTS{alertstate="firing"}') == [15, 16, 17, 18, 19]
        assert minutes("heat") == list(range(20))
        (heat_series,) = api.instant("heat", BEGIN + MINUTE)
        assert heat_series.labels == {"room": "1", "job": "platform", "instance": "platform"}
        (slow,) = api.instant("count_over_time(heat:slow[1h])", BEGIN + 40 * MINUTE)
        assert slow.points[0][1] == 4, "its group has an interval of five minutes"


def test_a_rule_that_fails_ends_the_play(tmp_path: Path) -> None:
    two = 'heat{room="1"} 1\nheat{room="2"} 2\n'
    failing = {"groups": [{"name": "a", "rules": [{"record": "twice", "expr": "heat * on () group_left () heat"}]}]}
    with pytest.raises(ObserveError, match=r"rule twice at .*many-to-many matching not allowed"):
        played(tmp_path, lambda _: two, failing)


@pytest.mark.parametrize(
    ("text", "said"),
    [("heat 1\nheat 2\n", "heat stands there twice"), ("heat{ 1\n", "page of")],
)
def test_a_page_that_is_none_ends_the_play(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ObserveError, match=said):
        played(tmp_path, lambda _: text)


def test_a_play_without_end_goes_on_until_now(tmp_path: Path) -> None:
    begin, seen = time.time() - 3 * MINUTE, list[float]()
    stretch = {"from": begin, "to": 0, "step": MINUTE, "rules": False}

    def text(at: float) -> str:
        seen.append(at)
        return "heat 1\n"

    with pages(text) as address:
        play(PLAYER.ready(), tmp_path / "data", address, [], [stretch], lambda _: None)
    assert len(seen) == 4
    assert 0 <= time.time() - seen[-1] < MINUTE
