"""Do the account's quotas allow the peak, with what others use already?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from catalogue.instance_types import load_instance_types
from preflight.demand import Quota, peak_hosts, peak_vcpus, quota_of
from preflight.findings import AccountReader, Finding, Level, Unseen
from preflight.ownership import is_ours

AREA = "quotas"
VPCS, EIPS, NATS = "L-F678F1CE", "L-0263D0A3", "L-FE5A380F"
"""VPCs per Region, EC2-VPC Elastic IPs, NAT gateways per Availability Zone:
https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
"""
_HOLDING = ["pending", "running", "stopping", "shutting-down"]


def vcpus(reader: AccountReader) -> Iterator[Finding]:
    """The quotas of vCPUs allow every group's maximum at once."""
    quotas = _applied(reader, "ec2")
    others = _vcpus_of_others(reader)
    for quota, needed in sorted(peak_vcpus(reader.settings).items(), key=lambda item: item[0].name):
        limit = quotas.get(quota.code) if quota.code else None
        yield _compared(quota.title, limit, needed, others[quota], "vCPUs")


def hosts(reader: AccountReader) -> Iterator[Finding]:
    """The quotas of dedicated hosts allow those of the stack file; each family has one of its own."""
    needed = peak_hosts(reader.settings)
    if not needed:
        return
    by_name = _applied(reader, "ec2", "QuotaName")
    standing = reader.all("ec2", "describe_hosts", "Hosts")
    for family, count in sorted(needed.items()):
        name = f"Running Dedicated {family} Hosts"
        used = sum(
            1
            for host in standing
            if host["State"] == "available"
            and not is_ours(reader.settings, host.get("Tags"))
            and _family(host) == family
        )
        yield _compared(name, by_name.get(name), count, used, "hosts")


def addresses(reader: AccountReader) -> Iterator[Finding]:
    """The network's VPC, NAT gateways and their addresses fit; an adopted network brings its own."""
    network = reader.settings.network
    if network.adopt is not None:
        return
    ours = [{"Name": "state", "Values": ["pending", "available"]}]
    vpcs = [vpc for vpc in reader.all("ec2", "describe_vpcs", "Vpcs") if not _ours(reader, vpc)]
    in_vpc = _applied(reader, "vpc")
    yield _compared(f"VPCs per Region ({VPCS})", in_vpc.get(VPCS), 1, len(vpcs), "VPCs")
    zones = {"none": (), "single": network.zones[:1], "per-zone": network.zones}[network.nat]
    if not zones:
        return
    found = reader.ask("ec2", "describe_addresses")["Addresses"]
    taken = [address for address in found if not _ours(reader, address)]
    limit = _applied(reader, "ec2").get(EIPS)
    yield _compared(f"EC2-VPC Elastic IPs ({EIPS})", limit, len(zones), len(taken), "addresses")
    gateways = [
        gateway
        for gateway in reader.all("ec2", "describe_nat_gateways", "NatGateways", Filters=ours)
        if not _ours(reader, gateway)
    ]
    by_zone = _by_zone(reader, gateways)
    for zone in zones:
        yield _compared(f"NAT gateways in {zone} ({NATS})", in_vpc.get(NATS), 1, by_zone[zone], "NAT gateways")


def _compared(subject: str, limit: float | None, needed: int, others: int, unit: str) -> Finding:
    used = f" and {others} used by others" if others else ""
    if limit is None:
        message = f"Service Quotas does not list it; the stack needs {needed} {unit}{used}"
        return Finding(Level.UNSEEN, AREA, subject, message, "look it up in the Service Quotas console")
    if needed + others <= limit:
        return Finding(Level.FINE, AREA, subject, f"{limit:g} {unit}: {needed} at the peak{used}")
    return Finding(
        Level.STOP,
        AREA,
        subject,
        f"{limit:g} {unit}, but the peak needs {needed}{used}",
        f"ask for {needed + others} in Service Quotas, or lower the maximum in the stack file",
    )


def _applied(reader: AccountReader, service: str, key: str = "QuotaCode") -> Mapping[str, float]:
    """Return the quotas of a service; those that were never changed are listed among AWS's defaults only."""
    applied = reader.all("service-quotas", "list_service_quotas", "Quotas", ServiceCode=service)
    defaults: list[Any] = []
    with suppress(Unseen):  # then those that were never changed are reported as not listed
        defaults = reader.all("service-quotas", "list_aws_default_service_quotas", "Quotas", ServiceCode=service)
    return {quota[key]: quota["Value"] for quota in [*defaults, *applied]}


def _vcpus_of_others(reader: AccountReader) -> Counter[Quota]:
    """Return what instances that are not this environment's draw on each quota."""
    used: Counter[Quota] = Counter()
    running = [{"Name": "instance-state-name", "Values": _HOLDING}]
    for reservation in reader.all("ec2", "describe_instances", "Reservations", Filters=running):
        for instance in reservation["Instances"]:
            kind = load_instance_types().get(instance["InstanceType"])
            on_host = instance.get("Placement", {}).get("Tenancy") == "host"
            if kind is None or on_host or is_ours(reader.settings, instance.get("Tags")):
                continue
            market = "spot" if instance.get("InstanceLifecycle") == "spot" else "on-demand"
            used[quota_of(kind.quota_family, market)] += kind.vcpus
    return used


def _by_zone(reader: AccountReader, gateways: list[Any]) -> Counter[str]:
    if not gateways:
        return Counter()
    subnets = reader.all("ec2", "describe_subnets", "Subnets")
    zones = {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in subnets}
    return Counter(zones.get(gateway["SubnetId"], "") for gateway in gateways)


def _family(host: Mapping[str, Any]) -> str:
    properties = host["HostProperties"]
    return str(properties.get("InstanceFamily") or properties.get("InstanceType", "").partition(".")[0])


def _ours(reader: AccountReader, thing: Mapping[str, Any]) -> bool:
    return is_ours(reader.settings, thing.get("Tags"))
