"""Pod security levels of namespaces: which the platform's charts need, as several policies are configured with them."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any, Final

from policies.configuration import texts

PRIVILEGED_NAMESPACES: Final[dict[str, Any]] = texts(
    "Namespaces whose pods may be privileged, for charts that reach into nodes; `*` for anything.",
    ["kube-system", "gpu-operator", "monitoring", "spegel"],
)
"""Configuration `privileged_namespaces`."""

BASELINE_NAMESPACES: Final[dict[str, Any]] = texts(
    "Namespaces at level baseline, for charts whose images run as root; `*` for anything.",
    ["spark-operator", "vector-stores"],
)
"""Configuration `baseline_namespaces`."""


def any_matches(patterns: Iterable[str], text: str) -> bool:
    """Say whether a text is meant by one of some patterns."""
    return any(fnmatchcase(text, pattern) for pattern in patterns)
