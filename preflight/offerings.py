"""Does EC2 offer each group's instance types in the group's zones?"""

from __future__ import annotations

from collections.abc import Iterator

from preflight.demand import Pool, pools
from preflight.findings import AccountReader, Finding, Level

AREA = "offerings"


def instance_types(reader: AccountReader) -> Iterator[Finding]:
    """Each group can be started in each of its zones."""
    groups = pools(reader.settings)
    names = sorted({name for pool in groups for name in pool.instance_types})
    offered = {
        (entry["InstanceType"], entry["Location"])
        for entry in reader.all(
            "ec2",
            "describe_instance_type_offerings",
            "InstanceTypeOfferings",
            LocationType="availability-zone",
            Filters=[{"Name": "instance-type", "Values": names}],
        )
    }
    for pool in groups:
        yield from _pool(pool, offered)


def _pool(pool: Pool, offered: set[tuple[str, str]]) -> Iterator[Finding]:
    for zone in pool.zones:
        missing = [name for name in pool.instance_types if (name, zone) not in offered]
        subject, types = f"group {pool.name} in {zone}", ", ".join(missing)
        if not missing:
            yield Finding(Level.FINE, AREA, subject, ", ".join(pool.instance_types))
        elif len(missing) == len(pool.instance_types):
            elsewhere = sorted({place for name, place in offered if name in pool.instance_types})
            yield Finding(
                Level.STOP,
                AREA,
                subject,
                f"{types}: not offered in this zone",
                f"take one of {', '.join(elsewhere)}" if elsewhere else "take another instance type",
            )
        else:
            yield Finding(
                Level.NOTE,
                AREA,
                subject,
                f"{types}: not offered in this zone; the group's other types are",
                "take another zone if the group should have all its types",
            )
