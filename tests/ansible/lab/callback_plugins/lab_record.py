"""Writes each task's result as one line of JSON into $LAB_RECORD, beside what is printed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible.executor.stats import AggregateStats
from ansible.executor.task_result import CallbackTaskResult
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: lab_record
type: notification
short_description: Writes each task's result as one line of JSON
description: Writes each task's result as one line of JSON into the file that the environment variable LAB_RECORD names.
requirements: [enabled in configuration]
"""


class CallbackModule(CallbackBase):
    """A callback of Ansible's."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "lab_record"
    CALLBACK_NEEDS_ENABLED = True

    def v2_runner_on_ok(self, result: CallbackTaskResult) -> None:
        self._record(result, "changed" if result.is_changed() else "ok")

    def v2_runner_on_failed(self, result: CallbackTaskResult, ignore_errors: bool = False) -> None:
        del ignore_errors  # what failed is told, whether or not the play went on
        self._record(result, "failed")

    def v2_runner_on_unreachable(self, result: CallbackTaskResult) -> None:
        self._record(result, "unreachable")

    def v2_runner_on_skipped(self, result: CallbackTaskResult) -> None:
        self._record(result, "skipped")

    def v2_playbook_on_stats(self, stats: AggregateStats) -> None:
        self._write({"stats": {host: stats.summarize(host) for host in stats.processed}})

    def _record(self, result: CallbackTaskResult, status: str) -> None:
        task = result.task
        role = task._role  # pyright: ignore[reportPrivateUsage] - there is no public name for it
        said = {
            "host": result.host.get_name(),
            "name": task.name or task.action,
            "role": role.get_name() if role else "",
        }
        self._write({**said, "action": task.action, "status": status, "result": result.result})

    def _write(self, said: dict[str, Any]) -> None:
        # An interrupted play leaves the lines that were written.
        with Path(os.environ["LAB_RECORD"]).open("a") as file:
            file.write(json.dumps(said, default=str) + "\n")
