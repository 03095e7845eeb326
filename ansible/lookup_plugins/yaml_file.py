"""Lookup of a YAML file's content. Runs on the control node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

DOCUMENTATION = """
name: yaml_file
author: llm-platform
short_description: Content of YAML files on the control node
description:
  - As the lookup C(file) with the filter C(from_yaml), which were a fifth of what a run of site.yml computed.
  - A task reads a file once, however many of its variables need it, and with the parser that is written in C.
options:
  _terms: {description: Absolute paths, required: true}
"""


class LookupModule(LookupBase):
    """What the files hold, one value each."""

    def run(  # pyright: ignore[reportIncompatibleMethodOverride] - the base class only raises
        self,
        terms: Sequence[str],
        variables: Mapping[str, Any] | None = None,  # noqa: ARG002 - the signature of every lookup
        **kwargs: Any,
    ) -> list[Any]:
        """Return the content of each; a file that can't be read, or is no YAML, is an error that names it."""
        if kwargs:
            raise AnsibleLookupError(f"yaml_file takes paths only, not {', '.join(sorted(kwargs))}")
        return [_read(str(term)) for term in terms]


# A worker is one task: a file that changes meanwhile is read by the next.
@lru_cache
def _read(path: str) -> Any:
    try:
        return yaml.load(Path(path).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise AnsibleLookupError(f"{path}: {error}") from error
