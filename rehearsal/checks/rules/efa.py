"""What EC2 refuses in a launch template's network interfaces, EFA ones above all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

from catalogue.instance_types import load_instance_types
from rehearsal.checks.reading import is_set, items, text
from rehearsal.checks.rule import Broken, one_of, rule
from rehearsal.checks.world import World
from rehearsal.plan import UNKNOWN, Registration

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
KINDS = ("interface", "efa", "efa-only")
SOURCE = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-acc-inst-types.html"


def interfaces(r: Registration) -> list[tuple[int, int, str]] | None:
    """Return card, device and kind of each network interface, or None unless all are known."""
    found: list[tuple[int, int, str]] = []
    for item in items(r, "networkInterfaces") or []:
        if not isinstance(item, Mapping):
            return None
        interface = cast("Mapping[str, Any]", item)
        card, device = interface.get("networkCardIndex") or 0, interface.get("deviceIndex") or 0
        kind = interface.get("interfaceType") or "interface"
        if kind is UNKNOWN or not isinstance(card, int) or not isinstance(device, int):
            return None
        found.append((card, device, str(kind)))
    return found or None


@rule(
    TEMPLATE,
    source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RequestLaunchTemplateData.html",
)
def places(r: Registration, _: World) -> Broken:
    """Each interface has its own place, one of them device 0 on card 0, and they hold the security groups."""
    found = interfaces(r)
    if found is None:
        return
    if is_set(r, "vpcSecurityGroupIds"):
        yield "vpcSecurityGroupIds", "belong into the network interfaces, which are given"
    taken = Counter((card, device) for card, device, _kind in found)
    for (card, device), count in taken.items():
        if count > 1:
            yield "networkInterfaces", f"{count} interfaces at card {card}, device {device}"
    if (0, 0) not in taken:
        yield "networkInterfaces", "there is no primary interface: device 0 on card 0"
    for index, (_card, _device, kind) in enumerate(found):
        if kind not in KINDS:
            yield f"networkInterfaces[{index}].interfaceType", one_of(kind, KINDS)


@rule(TEMPLATE, source=SOURCE)
def of_the_type(r: Registration, _: World) -> Broken:
    """The instance type has the network cards, and an EFA for each card that is asked for one."""
    found, known = interfaces(r), load_instance_types().get(text(r, "instanceType") or "")
    if found is None or known is None:
        return
    for index, (card, _device, _kind) in enumerate(found):
        if card >= known.network_cards:
            message = f"card {card}; {known.name} has {known.network_cards} network cards"
            yield f"networkInterfaces[{index}].networkCardIndex", message
    with_efa = Counter(card for card, _device, kind in found if kind.startswith("efa"))
    if with_efa.total() > known.efa_interfaces:
        message = f"{with_efa.total()} EFA interfaces; {known.name} has {known.efa_interfaces}"
        yield "networkInterfaces", message
    for card, count in with_efa.items():
        if count > 1:
            yield "networkInterfaces", f"{count} EFA interfaces on network card {card}; a card has one"
