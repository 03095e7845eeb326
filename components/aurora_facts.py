"""What of an Aurora cluster its alarms watch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, kw_only=True)
class AuroraFacts:
    """An Aurora PostgreSQL cluster as CloudWatch knows it."""

    cluster_identifier: pulumi.Input[str]
    instance_identifiers: Sequence[pulumi.Input[str]]
    """The first of them starts as the writer."""
    memory_gib: float
    """Of an instance; of a serverless one at its largest."""
    serverless: bool
    pauses: bool
    """A serverless cluster that may go down to nothing, and then reports nothing."""
    proxy_name: pulumi.Input[str] | None
