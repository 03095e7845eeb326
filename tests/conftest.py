"""How tests run: properties are tried with the same examples each time, servers end with the group they are for."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Generator

import pytest
from hypothesis import Phase, settings

settings.register_profile(
    "repeatable",
    derandomize=True,  # one commit gives one result
    database=None,
    deadline=None,  # a busy machine is no fault
    # Without `explain`, which traces every line of the program while it looks for examples.
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
)
settings.load_profile("repeatable")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    """End what the last test of an xdist group leaves running, which would slow all tests that follow.

    Session fixtures end with their worker otherwise: booted hosts, control planes and databases. A later test that
    asks for one gets a new one.
    """
    yield
    if nextitem is None or _group(item) in {None, _group(nextitem)}:
        return
    manager = item.session._fixturemanager  # pyright: ignore[reportPrivateUsage] - no public way to fixtures
    known = manager._arg2fixturedefs  # pyright: ignore[reportPrivateUsage] - no public way to fixtures
    for fixture in itertools.chain.from_iterable(known.values()):
        if fixture.scope == "session" and inspect.isgeneratorfunction(fixture.func):
            fixture.finish(item._request)  # pyright: ignore[reportAttributeAccessIssue] - of functions, which all tests are


def _group(item: pytest.Item) -> str | None:
    mark = item.get_closest_marker("xdist_group")
    return mark.args[0] if mark else None
