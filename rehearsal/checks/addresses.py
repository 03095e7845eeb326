"""Address blocks as AWS reads them."""

from __future__ import annotations

from ipaddress import IPv4Network, ip_network


def problem(text: str) -> str | None:
    """Return what is wrong with an IPv4 block in CIDR notation, or None."""
    if "/" not in text:
        return f"{text!r} is not an address block such as 10.0.0.0/16"
    try:
        network = ip_network(text, strict=False)
    except ValueError as error:
        return str(error)
    if not isinstance(network, IPv4Network):
        return f"{text} is not an IPv4 block"
    if str(network) != text:
        return f"{text} has host bits set; the block is {network}"
    return None


def block(text: object) -> IPv4Network | None:
    """Return a well-formed IPv4 block, or None."""
    if not isinstance(text, str) or problem(text):
        return None
    return IPv4Network(text)
