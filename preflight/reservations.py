"""Are the capacity reservations and blocks that the stack file names there, and do they hold what it asks?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from preflight.findings import AccountReader, Finding, Level
from stacks.sections.node_groups import TrainingGroupSettings

AREA = "reservations"
_USABLE = {"active", "scheduled"}
"""A capacity block is scheduled until it begins."""


def reservations(reader: AccountReader) -> Iterator[Finding]:
    """Each training group's reservation is usable for it."""
    wanted = [group for group in reader.settings.node_groups.training if group.capacity.reservation_id]
    if not wanted:
        return
    # By filter, not by id: one unknown id would hide all the others.
    ids = [{"Name": "capacity-reservation-id", "Values": sorted({str(g.capacity.reservation_id) for g in wanted})}]
    found = {
        each["CapacityReservationId"]: each
        for each in reader.all("ec2", "describe_capacity_reservations", "CapacityReservations", Filters=ids)
    }
    for group in wanted:
        reservation_id = str(group.capacity.reservation_id)
        subject = f"{reservation_id} of group {group.name}"
        reservation = found.get(reservation_id)
        if reservation is None:
            yield Finding(
                Level.STOP,
                AREA,
                subject,
                "the account has no such reservation in this region, and none of that id is shared with it",
                "correct capacity.reservation_id, or make the reservation",
            )
            continue
        faults = list(_faults(group, reservation))
        for message, remedy in faults:
            yield Finding(Level.STOP, AREA, subject, message, remedy)
        if not faults:
            yield _room(group, reservation, subject)


def _faults(group: TrainingGroupSettings, reservation: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if reservation["State"] not in _USABLE:
        yield f"it is {reservation['State']}", "make another one, or take the nodes on demand"
    if reservation["InstanceType"] != group.instance_type:
        yield (
            f"it is for {reservation['InstanceType']}, the group takes {group.instance_type}",
            "give both the same instance type",
        )
    if reservation["AvailabilityZone"] != group.zone:
        yield f"it is in {reservation['AvailabilityZone']}, the group in {group.zone}", "move the group to its zone"
    block = reservation.get("ReservationType") == "capacity-block"
    if block != (group.capacity.kind == "capacity-block"):
        kind = "capacity-block" if block else "reservation"
        yield f"its kind is {kind}, the group's is {group.capacity.kind}", f"set capacity.kind to {kind}"


def _room(group: TrainingGroupSettings, reservation: dict[str, Any], subject: str) -> Finding:
    free, total = reservation["AvailableInstanceCount"], reservation["TotalInstanceCount"]
    if reservation["State"] == "scheduled":
        begins = reservation.get("StartDate")
        when = f" until {begins:%Y-%m-%d %H:%M} UTC" if begins else ""
        return Finding(Level.NOTE, AREA, subject, f"scheduled: it gives no instance{when}; {total} then")
    if total < group.max_nodes:
        return Finding(
            Level.STOP,
            AREA,
            subject,
            f"it holds {total} instances, the group goes up to {group.max_nodes}",
            "enlarge the reservation, or lower max_nodes",
        )
    if free < group.max_nodes:
        message = f"{free} of its {total} instances are free, the group goes up to {group.max_nodes}"
        return Finding(Level.NOTE, AREA, subject, message, "see who uses the others, if it is not this environment")
    return Finding(Level.FINE, AREA, subject, f"{free} of {total} free")
