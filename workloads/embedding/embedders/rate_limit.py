"""Requests and tokens per minute, so that an endpoint's limits are kept instead of run into."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class RateLimit:
    """Spaces what is used evenly over time, across threads; None is no limit."""

    def __init__(
        self,
        per_minute: int | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._per_second = None if per_minute is None else per_minute / 60
        self._clock = clock
        self._sleep = sleep
        self._free_at = clock()
        self._lock = threading.Lock()

    def take(self, amount: int) -> None:
        """Wait until this much may be used. More than a minute allows is let through, and waited for afterwards."""
        if self._per_second is None:
            return
        with self._lock:
            now = self._clock()
            start = max(now, self._free_at)
            self._free_at = start + amount / self._per_second
        if start > now:
            self._sleep(start - now)
