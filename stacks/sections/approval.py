"""The settings `approval` of node groups, node pools and dedicated hosts: who agreed to what the machines cost."""

from __future__ import annotations

from stacks.sections.section import Section
from stacks.value_types import Day, Words


class ApprovalSettings(Section):
    """Who agreed to what these machines cost, and for how long; the policy pack demands it of expensive types."""

    by: Words
    """Team or role that agreed, as it stands in a tag; no person's name"""

    until: Day
    """Last day of the agreement"""
