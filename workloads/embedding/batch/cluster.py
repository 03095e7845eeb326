"""The Ray cluster that a batch runs on."""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

import ray
import ray.data

from workloads.embedding.batch.embedder_pool import first_line
from workloads.faults import ProgramError


class ClusterError(ProgramError):
    """The Ray cluster can't be reached, or this machine can't start one."""

    exit_status = 3


@contextmanager
def ray_cluster(**options: Any) -> Generator[None]:
    """Join the cluster that RAY_ADDRESS names, as it does in a RayJob, or start one on this machine.

    `options` go to `ray.init`.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    started: dict[str, Any] = {}
    if "RAY_ADDRESS" not in os.environ:
        started = {"address": "local", "include_dashboard": False}
        # Who can connect to Ray can run programs, so it wants a token; its own it would leave in the home folder.
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    try:
        cast("Any", ray).init(logging_level=logging.WARNING, **started, **options)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise ClusterError(f"ray: {first_line(error)}") from error
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False  # the run has its own
    try:
        yield
    finally:
        ray.shutdown()
