"""The whole of it: the day is played, then Prometheus and Alertmanager go on, and one page shows both."""

from __future__ import annotations

import errno
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from observability.preview.local_server import serving
from observability.preview.prometheus_api import PrometheusApi
from observability.preview.site import Site, boards_in, server
from rehearsal.cluster.cache_folder import CacheError
from rehearsal.cluster.go_build import GoError
from rehearsal.observe.exposition import Exposition, exporting
from rehearsal.observe.faults import ObserveError
from rehearsal.observe.front_page import messages_section, story_section
from rehearsal.observe.live import alertmanager_running, prometheus_running
from rehearsal.observe.messages import Messages, receiving
from rehearsal.observe.outcome import Fired, fired
from rehearsal.observe.player import MINUTE, PLAYER, Played, phases, play
from rehearsal.observe.programs import Programs, find_programs
from rehearsal.observe.rule_files import rule_files
from rehearsal.observe.story.incident import Incident
from rehearsal.observe.story.moment import HOURS

DASHBOARDS: Final = Path(__file__).resolve().parents[2] / "charts" / "monitoring" / "dashboards"


class Progress(Protocol):
    """Is told how far it is."""

    def said(self, line: str) -> None:
        """Something happened."""

    def playing(self, at: float, end: float) -> None:
        """The day is at this time."""

    def stop(self) -> None:
        """Nothing goes on any more that is to be seen."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the user asks for."""

    incidents: frozenset[Incident]
    hours: float
    """The last hours of the day, which are played by the minute."""
    until: float | None
    """Unix time at which the day ends, with nothing after it; None: now, and on."""
    port: int
    keep: Path | None


@dataclass(frozen=True)
class Day:
    """A day that was played."""

    end: float
    played: Played
    fired: Sequence[Fired]


@dataclass(frozen=True)
class Observed:
    """Where everything is."""

    day: Day
    page: str
    prometheus: PrometheusApi
    alertmanager: str | None


@contextmanager
def played_day(request: Request, progress: Progress) -> Generator[tuple[Path, Day, int]]:
    """The folder with the day's storage, the day, and the port of the page that goes on. Raises `ObserveError`."""
    try:
        program = PLAYER.ready(progress.said)
    except (GoError, CacheError) as error:
        raise ObserveError(str(error)) from None
    with ExitStack() as stack:
        folder = request.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="observe-")))
        _prepare(folder)
        end = time.time() // MINUTE * MINUTE if request.until is None else request.until
        exposition = Exposition(end, request.incidents)
        port = stack.enter_context(exporting(exposition))
        played = play(
            program, folder / "data", f"http://127.0.0.1:{port}/metrics", rule_files(folder),
            phases(end, request.hours, until_now=request.until is None), lambda at: progress.playing(at, end),
        )  # fmt: skip
        progress.stop()
        day = Day(end, played, fired(played.changes, end, HOURS - request.hours))
        progress.said(
            f"played {request.hours:g} h and the days before in {played.seconds:.0f} s: {played.series:,} series, "
            f"{played.evaluations:,} evaluations of rules, {len(day.fired)} alerts"
        )
        yield folder, day, port


@contextmanager
def observing(request: Request, progress: Progress) -> Generator[Observed]:
    """The page and all behind it, until the block ends. Raises `ObserveError`."""
    programs = find_programs()
    _free(request.port)
    with played_day(request, progress) as (folder, day, port), ExitStack() as stack:
        messages = Messages()
        alertmanager, api = _going_on(request, programs, folder, port, messages, stack)

        def front() -> str:
            told = messages_section(messages.all()) if request.until is None else ""
            return story_section(request.incidents, day.fired, day.end) + told

        site = Site(api, boards_in(DASHBOARDS), front=front)
        page = stack.enter_context(serving(server(site, request.port, request.until)))
        address = f"http://127.0.0.1:{alertmanager}" if alertmanager else None
        yield Observed(day, f"http://127.0.0.1:{page}/", api, address)


def _going_on(
    request: Request, programs: Programs, folder: Path, port: int, messages: Messages, stack: ExitStack
) -> tuple[int | None, PrometheusApi]:
    if request.until is not None:
        return None, stack.enter_context(prometheus_running(programs, folder, None, None, ()))
    webhook = stack.enter_context(receiving(messages))
    alertmanager = stack.enter_context(alertmanager_running(programs, folder, webhook))
    rules = rule_files(folder)
    return alertmanager, stack.enter_context(prometheus_running(programs, folder, port, alertmanager, rules))


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise ObserveError(f"{folder} is not empty: a day is kept in a folder of its own")
    except OSError as error:
        raise ObserveError(f"{folder}: {error.strerror}") from None


def _free(port: int) -> None:
    """Say now what would be found out only when the day is played."""
    try:
        server(Site(PrometheusApi(""), ()), port).server_close()
    except OSError as error:
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            raise ObserveError(
                f"port {port} is taken or not ours ({error.strerror}): choose another with --port"
            ) from None
        raise
