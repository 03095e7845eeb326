"""One collector for all tests of a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.observability.logs.local_collector import Collector, running


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """The collector as production has it."""
    folder: Path = tmp_path_factory.mktemp("collector")
    with running(folder) as started:
        yield started
