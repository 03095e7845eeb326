"""Networks as a firewall needs them: checked, searched for an address, written as matches of nftables."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence


def wrong_networks(networks: Sequence[str]) -> list[str]:
    """Return those that are no network, such as a name, or an address with bits below its mask."""
    return [text for text in networks if not _is_network(text)]


def in_networks(address: str, networks: Sequence[str]) -> bool:
    """Whether the address lies in one of them. sshd writes an IPv4 client of an IPv6 socket as ::ffff:10.0.0.1."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found in ipaddress.ip_network(text) for text in networks)


def source_matches(networks: Sequence[str]) -> list[str]:
    """Return the matches of nftables for packets that come from them: one for IPv4, one for IPv6, or none."""
    parsed = [ipaddress.ip_network(text) for text in networks]
    # Merged: sets with intervals that overlap are refused by nft.
    fours = ipaddress.collapse_addresses(each for each in parsed if isinstance(each, ipaddress.IPv4Network))
    sixes = ipaddress.collapse_addresses(each for each in parsed if isinstance(each, ipaddress.IPv6Network))
    named = (("ip", [str(each) for each in fours]), ("ip6", [str(each) for each in sixes]))
    return [f"{keyword} saddr {{ {', '.join(texts)} }}" for keyword, texts in named if texts]


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


class FilterModule:
    """The filters of role hardening."""

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return them by name."""
        return {"wrong_networks": wrong_networks, "in_networks": in_networks, "source_matches": source_matches}
