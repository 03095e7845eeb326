"""Is this the stack's account, and are its region and zones there?"""

from __future__ import annotations

from collections.abc import Iterator

from preflight.findings import AccountReader, Finding, Level

AREA = "identity"


def account(reader: AccountReader) -> Iterator[Finding]:
    """The credentials are of the stack's account."""
    wanted = reader.settings.aws.account_id
    identity = reader.ask("sts", "get_caller_identity")
    if identity["Account"] == wanted:
        yield Finding(Level.FINE, AREA, f"account {wanted}", f"signed in as {identity['Arn']}")
        return
    yield Finding(
        Level.STOP,
        AREA,
        f"account {identity['Account']}",
        f"the credentials are of another account than aws.account_id, {wanted}",
        "sign in to the stack's account, or correct aws.account_id",
    )


def region(reader: AccountReader) -> Iterator[Finding]:
    """The region is enabled for the account."""
    found = reader.ask("ec2", "describe_regions", RegionNames=[reader.region], AllRegions=True)["Regions"]
    status = found[0]["OptInStatus"] if found else "not-opted-in"
    if status == "not-opted-in":
        yield Finding(
            Level.STOP,
            AREA,
            f"region {reader.region}",
            "not enabled for the account",
            "enable it (Account > AWS Regions), or choose another aws.region",
        )
    else:
        yield Finding(Level.FINE, AREA, f"region {reader.region}", status)


def zones(reader: AccountReader) -> Iterator[Finding]:
    """The zones exist for this account: letters differ between accounts, and old zones take no new customers."""
    # By filter, not by ZoneNames: one unknown name would hide all the others.
    named = [{"Name": "region-name", "Values": [reader.region]}]
    found = reader.ask("ec2", "describe_availability_zones", Filters=named)["AvailabilityZones"]
    available = sorted(zone["ZoneName"] for zone in found if zone["State"] == "available")
    for zone in reader.settings.network.zones:
        if zone in available:
            yield Finding(Level.FINE, AREA, f"zone {zone}", "available")
        else:
            yield Finding(
                Level.STOP,
                AREA,
                f"zone {zone}",
                f"the account has no such zone; it has {', '.join(available)}",
                "choose other zones in network.zones and in the groups",
            )
