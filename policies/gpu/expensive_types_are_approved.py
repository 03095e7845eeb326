"""Somebody has approved, until a day, what costs a great deal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from policies import clock
from policies.instance_facts import facts_of
from policies.policy import EnforcementLevel, PolicyConfigSchema, Severity, StackPolicy, Violation, each
from policies.pools import machines_in
from policies.reading import Properties, Undecided
from policies.resources import Resource, Stack

RESERVATION = "aws:ec2/capacityReservation:CapacityReservation"
SHOWN = 3
"""Types that a message names."""


def validate(stack: Stack, configuration: Properties) -> Iterator[Violation]:
    """Look at the types of all machines, and of reservations; an instance on a dedicated host is paid with the host."""
    paid = [one for one in machines_in(stack) if one.on_cluster or one.max_nodes]
    for machines in paid:
        yield from each(
            [machines.resource],
            lambda one: _approved(one, machines.types, configuration),  # noqa: B023 - called at once
        )
    yield from each(
        stack.of_type(RESERVATION),
        lambda one: _approved(one, one.properties.texts("instanceType"), configuration),
    )


def _approved(resource: Resource, types: Sequence[str], configuration: Properties) -> Iterator[Violation]:
    reasons = [reason for type_ in types if (reason := _expensive(type_, configuration))]
    if not reasons:
        return
    why = ", ".join(reasons[:SHOWN]) + (f" and {len(reasons) - SHOWN} more" if len(reasons) > SHOWN else "")
    by, who = _mark(resource, "approved-by", configuration)
    if not who.strip():
        yield Violation(f"may start {why} and nobody approved it", f"name in {by} who did", by, resource)
    until, said = _mark(resource, "approved-until", configuration)
    fault = _fault_of_day(said, int(configuration.number("days_ahead") or 0))
    if fault:
        yield Violation(f"may start {why} and {fault}", f"give a day such as 2027-01-31 in {until}", until, resource)


def _expensive(type_: str, configuration: Properties) -> str | None:
    """Return the type with what makes it expensive; None where it is not."""
    facts = facts_of(type_)
    price = configuration.number("prices", type_) or (facts.usd_per_hour if facts else None)
    if price is None:
        return f"{type_} ({'has no price on demand' if facts else 'there are no facts of it'})"
    return f"{type_} ({price:g} USD an hour)" if price > (configuration.number("usd_per_hour") or 0) else None


def _fault_of_day(said: str, days_ahead: int) -> str | None:
    today = clock.today()
    try:
        day = date.fromisoformat(said)
    except ValueError:
        return f"its approval ends on {said!r}, which is no date" if said else "its approval has no end"
    if day < today:
        return f"its approval ended on {day}"
    if day > today + timedelta(days=days_ahead):
        return f"its approval ends on {day}, more than {days_ahead} days ahead"
    return None


def _mark(resource: Resource, name: str, configuration: Properties) -> tuple[str, str]:
    """Return key and value of a tag, or of an annotation where there are no tags."""
    prefix = configuration.text("prefix") or ""
    if resource.type.startswith("kubernetes:"):
        key = f"{prefix}/{name}"
        return key, resource.properties.inner("metadata.annotations").entry(key) or ""
    key = f"{prefix}:{name}"
    tags = resource.tags()
    if key in tags and tags[key] is None:
        raise Undecided(f"tags.{key}")
    return key, tags.get(key) or ""


POLICY = StackPolicy(
    name="expensive-types-are-approved",
    description="Machines of expensive types say who approved them, and until when.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "usd_per_hour": {
                "type": "number",
                "minimum": 0,
                "description": "Price on demand above which a type is expensive, as is one without a known price.",
                "default": 20,
            },
            "prices": {
                "type": "object",
                "additionalProperties": {"type": "number"},
                "description": "Prices of further types, or other prices: USD per hour by type.",
                "default": {},
            },
            "days_ahead": {
                "type": "integer",
                "minimum": 1,
                "description": "How many days ahead an approval may end.",
                "default": 400,
            },
            "prefix": {
                "type": "string",
                "description": "Before `:approved-by` and `:approved-until` in tags, with `/` in annotations.",
                "default": "llm-platform",
            },
        }
    ),
    validate=validate,
)
