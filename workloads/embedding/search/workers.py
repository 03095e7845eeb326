"""Threads that search, so many at a time, and none waited for longer than a caller waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from workloads.embedding.search.problems import OverloadedError, SlowAnswerError

T = TypeVar("T")
_WAITING_PER_THREAD: Final = 8
"""Searches take tens of milliseconds; with more than this before it, one would not be answered in time."""


class Workers:
    """A bounded pool. A search that is given up before it began never runs."""

    def __init__(self, threads: int, timeout_seconds: float) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="search")
        self._most = threads * (1 + _WAITING_PER_THREAD)
        self._timeout = timeout_seconds
        self._taken = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Return what `work` returns; raises `OverloadedError` at once, `SlowAnswerError` after the timeout."""
        if self._taken >= self._most:
            raise OverloadedError(f"{self._taken} searches run or wait; allowed: {self._most}")
        self._taken += 1
        try:
            future = self._pool.submit(work)
        except BaseException:
            self._taken -= 1
            raise
        loop = asyncio.get_running_loop()
        # Counted until the thread is free again: a search that nobody waits for any more still takes one.
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._given_back))
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._timeout)
        except TimeoutError as error:
            raise SlowAnswerError(f"no answer within {self._timeout:g} s") from error

    def close(self) -> None:
        """Let running searches end, drop waiting ones."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _given_back(self) -> None:
        self._taken -= 1
