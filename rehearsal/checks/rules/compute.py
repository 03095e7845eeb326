"""What EC2 refuses in launch templates, instances, hosts and placement groups."""

from __future__ import annotations

import base64
import binascii
import re

from catalogue.instance_types import load_instance_types
from rehearsal.checks import facts
from rehearsal.checks.reading import is_absent, is_given, mappings, numbers, of, text, texts
from rehearsal.checks.rule import Broken, exactly_one, rule
from rehearsal.checks.world import World
from rehearsal.plan import Registration

TEMPLATE, INSTANCE = "aws:ec2/launchTemplate:LaunchTemplate", "aws:ec2/instance:Instance"
HOST, PLACEMENT = "aws:ec2/dedicatedHost:DedicatedHost", "aws:ec2/placementGroup:PlacementGroup"

HOPS = range(1, 65)
MOST_PARTITIONS = 7
IOPS_PER_GIB = 500
IOPS_PER_MIBPS = 4
# gp3 since September 2025: 64 TiB, 80,000 IOPS, 2,000 MiB/s.
GP3 = {"volumeSize": (1, 65536), "iops": (3000, 80000), "throughput": (125, 2000)}
_VOLUMES = ("blockDeviceMappings[].ebs", "rootBlockDevice", "ebsBlockDevices[]")
_DEVICE = re.compile(r"/dev/(?:sd[a-z]\d*|xvd[a-z]{1,2}|nvme\d+n\d+)|xvd[b-z][a-z]?|sd[b-z]\d*")


@rule(
    TEMPLATE,
    INSTANCE,
    source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceMetadataOptionsRequest.html",
)
def hop_limit(r: Registration, _: World) -> Broken:
    """The metadata service's hop limit is 1 to 64."""
    for at, hops in numbers(r, "metadataOptions.httpPutResponseHopLimit"):
        if hops not in HOPS:
            yield at, f"{hops} is not allowed; allowed: 1 to 64"


@rule(TEMPLATE, INSTANCE, source="https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html")
def gp3_volume(r: Registration, _: World) -> Broken:
    """A gp3 volume keeps its limits and ratios; only an encrypted volume has a key."""
    for path in _VOLUMES:
        for at, volume in mappings(r, path):
            if volume.get("encrypted") in (False, "false") and of(volume, "kmsKeyId"):
                yield f"{at}.kmsKeyId", "a volume that is not encrypted takes no key"
            if volume.get("volumeType") != "gp3":
                continue
            figures = {name: value for name in GP3 if isinstance(value := of(volume, name), int | float)}
            for name, value in figures.items():
                low, high = GP3[name]
                if not low <= value <= high:
                    yield f"{at}.{name}", f"{value} is not allowed for gp3; allowed: {low} to {high}"
            iops = 3000 if volume.get("iops") is None else figures.get("iops")
            if iops and figures.get("throughput", 0) > iops / IOPS_PER_MIBPS:
                yield (
                    f"{at}.throughput",
                    f"{figures['throughput']} MiB/s; {iops} IOPS allow {iops / IOPS_PER_MIBPS:g}",
                )
            size = figures.get("volumeSize")
            if size and figures.get("iops", 0) > max(3000, size * IOPS_PER_GIB):
                yield f"{at}.iops", f"{figures['iops']} IOPS on {size} GiB; allowed: {IOPS_PER_GIB} a GiB"


@rule(TEMPLATE, source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html")
def device_names(r: Registration, _: World) -> Broken:
    """Block devices have device names, each once."""
    seen: set[str] = set()
    for at, name in texts(r, "blockDeviceMappings[].deviceName"):
        if not _DEVICE.fullmatch(name):
            yield at, f"{name!r} is not a device name such as /dev/xvda"
        if name in seen:
            yield at, f"{name} is mapped twice"
        seen.add(name)


@rule(TEMPLATE, source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html")
def user_data(r: Registration, _: World) -> Broken:
    """A template's user data is base64."""
    for at, data in texts(r, "userData"):
        try:
            base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError):
            yield at, "is not base64"


@rule(PLACEMENT, source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreatePlacementGroup.html")
def placement(r: Registration, _: World) -> Broken:
    """A placement group has a strategy; partitions and spread levels belong to theirs."""
    strategy = text(r, "strategy")
    if is_absent(r, "strategy"):
        yield "strategy", "is missing; allowed: cluster, spread, partition"
    for name, owner in (("partitionCount", "partition"), ("spreadLevel", "spread")):
        if strategy and strategy != owner and is_given(r, name):
            yield name, f"belongs to the {owner} strategy, not to {strategy}"
    for at, count in numbers(r, "partitionCount"):
        if not 1 <= count <= MOST_PARTITIONS:
            yield at, f"{count} is not allowed; allowed: 1 to {MOST_PARTITIONS}"


@rule(HOST, source=facts.source("families_without_hosts"))
def host(r: Registration, _: World) -> Broken:
    """A host is for one type or one family that dedicated hosts take."""
    yield from exactly_one(r, ("instanceType", "instanceFamily"), "a host")
    for at, name in texts(r, "instanceType"):
        known = load_instance_types().get(name)
        if name not in facts.instance_types():
            yield at, f"EC2 has no instance type {name}"
        elif name.partition(".")[0] in facts.values("families_without_hosts") or (known and not known.dedicated_host):
            yield at, f"{name} does not run on dedicated hosts"


@rule(INSTANCE, source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/dedicated-hosts-understanding.html")
def instance_on_host(r: Registration, world: World) -> Broken:
    """An instance on a host has host tenancy, the host's family and the host's zone."""
    if is_absent(r, "ami") and is_absent(r, "launchTemplate"):
        yield "ami", "is missing, and no launch template names one"
    tenancy = text(r, "tenancy")
    if not is_absent(r, "hostId") and (is_absent(r, "tenancy") or tenancy not in (None, "host")):
        yield "tenancy", f"{tenancy!r} with a host id; a host takes instances of host tenancy only"
    found = world.find(text(r, "hostId") or "", HOST)
    if found is None:
        return
    type_, zone = text(r, "instanceType"), None
    theirs = of(found.outputs, "instanceType") or of(found.outputs, "instanceFamily")
    if type_ and isinstance(theirs, str) and type_.partition(".")[0] != theirs.partition(".")[0]:
        yield "instanceType", f"{type_} on a host for {theirs}"
    subnet = world.find(text(r, "subnetId") or "", "aws:ec2/subnet:Subnet")
    zone = of(subnet.outputs, "availabilityZone") if subnet else None
    if zone and zone != of(found.outputs, "availabilityZone"):
        yield "subnetId", f"is in {zone}; the host is in {of(found.outputs, 'availabilityZone')}"
