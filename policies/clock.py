"""The day that exemptions and approvals are measured against."""

from __future__ import annotations

from datetime import UTC, date, datetime


def today() -> date:
    """Return the day, in UTC."""
    return datetime.now(UTC).date()
