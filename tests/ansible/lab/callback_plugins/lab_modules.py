"""Builds each of Ansible's modules once for all runs of a lab, and compiled: both take longer than what modules do.

Ansible builds a module anew for each run, which is a third of the run's own processor time. A host compiles all that a
module imports whenever it runs it, which is most of the module's; byte code of another Python it passes over.

And it imports what lookups import (LAB_IMPORTS) before Ansible forks a worker for each task, which would do so anew.
"""

from __future__ import annotations

import base64
import compileall
import importlib
import io
import os
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path
from py_compile import PycInvalidationMode

from ansible.executor.module_common import _CachedModule  # pyright: ignore[reportPrivateUsage] - nothing else is asked
from ansible.plugins.callback import CallbackBase

from ansible import constants

DOCUMENTATION = """
name: lab_modules
type: notification
short_description: Keeps the modules that Ansible builds for the next run, compiled
description: Puts Ansible's folder of built modules, else a run's own, where the environment variable LAB_MODULES says.
requirements: [enabled in configuration]
"""


class CallbackModule(CallbackBase):
    """A callback of Ansible's: those are made before the first module is built."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "lab_modules"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        kept = Path(os.environ["LAB_MODULES"])
        built = Path(constants.DEFAULT_LOCAL_TMP) / "ansiballz_cache"  # pyright: ignore[reportAttributeAccessIssue] - made as it loads
        if not built.exists():
            built.symlink_to(kept)
            _CachedModule.dump = _dump_compiled
        for name in os.environ.get("LAB_IMPORTS", "").split():
            importlib.import_module(name)


_dump = _CachedModule.dump


def _dump_compiled(self: _CachedModule, path: str) -> None:
    """Add to the module's archive what Python makes of each file, and write it as Ansible does."""
    zipped = io.BytesIO(base64.b64decode(self.zip_data))
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(zipped, "a", zipfile.ZIP_DEFLATED) as content:
        content.extractall(folder)
        compileall.compile_dir(
            folder, stripdir=folder, legacy=True, quiet=2, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH
        )
        for file in sorted(Path(folder).rglob("*.pyc")):
            content.write(file, file.relative_to(folder))
    _dump(replace(self, zip_data=base64.b64encode(zipped.getvalue())), path)
