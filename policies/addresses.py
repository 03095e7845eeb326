"""Address ranges: which of them are the internet's, and how wide they are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final

from policies.configuration import texts
from policies.reading import Properties, WrongType

Network = IPv4Network | IPv6Network

PRIVATE_NETWORKS: Final = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "127.0.0.0/8",
    "fc00::/7",
    "fe80::/10",
    "::1/128",
)
"""Ranges that no packet from the internet comes from: RFC 1918, 6598 (pods of EKS), 3927, 1122, 4193 and 4291."""

PRIVATE_NETWORKS_ENTRY: Final[dict[str, Any]] = texts(
    "Ranges that are not the internet: private ones, and public ones that are routed inside only.",
    list(PRIVATE_NETWORKS),
)
"""Entry of a configuration schema."""


IPV4: Final = 4


def widest_entries(ipv4: int, ipv6: int) -> dict[str, Any]:
    """Return entries of a configuration schema: how wide public ranges may be, and which ranges are not public."""
    return {
        "widest_ipv4": {
            "type": "integer",
            "minimum": 1,
            "maximum": 32,
            "description": "Shortest prefix that a public IPv4 range may have.",
            "default": ipv4,
        },
        "widest_ipv6": {
            "type": "integer",
            "minimum": 1,
            "maximum": 128,
            "description": "Shortest prefix that a public IPv6 range may have.",
            "default": ipv6,
        },
        "private_networks": PRIVATE_NETWORKS_ENTRY,
    }


def too_wide(properties: Properties, path: str, configuration: Properties) -> str:
    """Say what is wrong with the range at a path, as `widest_entries` configure it; empty where nothing is."""
    network = network_at(properties, path)
    if network is None or not is_public(network, networks_of(configuration, "private_networks")):
        return ""
    widest = configuration.value("widest_ipv4" if network.version == IPV4 else "widest_ipv6")
    return f"{network}; public ranges may have /{widest:.0f} at the widest" if network.prefixlen < widest else ""


def network_at(properties: Properties, path: str) -> Network | None:
    """Return the range that stands at a path; None where there is none."""
    text = properties.text(path)
    if text is None:
        return None
    try:
        return _network(text)
    except ValueError:
        raise WrongType(properties.at(path), text, "an address range such as 10.0.0.0/16") from None


def networks_of(properties: Properties, path: str) -> tuple[Network, ...]:
    """Return a list of ranges, as configurations have it."""
    found = (network_at(properties, f"{path}.{number}") for number in range(properties.count(path)))
    return tuple(network for network in found if network)


@lru_cache(maxsize=4096)
def _network(text: str) -> Network:
    return ip_network(text, strict=False)


def is_public(network: Network, private: Sequence[Network]) -> bool:
    """Say whether an address of the internet is in a range: whether the range is not wholly within a private one."""
    return not any(within(network, other) for other in private)


def within(network: Network, other: Network) -> bool:
    """Say whether a range is part of another one."""
    if isinstance(network, IPv4Network):
        return isinstance(other, IPv4Network) and network.subnet_of(other)
    return isinstance(other, IPv6Network) and network.subnet_of(other)
