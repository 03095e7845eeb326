"""The programs that rules, routes and dashboards are tried with."""

from __future__ import annotations

import shutil

import pytest

PACKAGES = {
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "amtool": "prometheus-alertmanager",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "chromium": "chromium",
}
"""Debian's package of each."""


def program(name: str) -> str:
    """Where a program is; a test that needs one that is missing fails."""
    found = shutil.which(name)
    if found is None:
        pytest.fail(
            f"{name} is missing: apt-get install {PACKAGES[name]}"
            " (tests/install-debian-packages tests/observability/debian-packages.txt installs all of them)",
            pytrace=False,
        )
    return found
