"""Filters over an X.509 certificate of a node, as community.crypto describes it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

ASN1_TIME = "%Y%m%d%H%M%SZ"


def certificate_faults(certificate: Mapping[str, Any], node_name: str, now: str, public_key: str = "") -> list[str]:
    """Why IAM Roles Anywhere or nodeadm would refuse the certificate, one sentence each.

    `now` is UTC in the form of the certificate's own dates; `public_key` (PEM) is that of the private key beside it.
    """
    faults: list[str] = []
    common_name = certificate["subject"].get("commonName", "")
    if common_name != node_name:
        faults.append(f"its CN is {common_name!r}, the Node's name is {node_name!r}; they have to be the same")
    if now < certificate["not_before"]:
        faults.append(f"it is valid only from {certificate['not_before']} (now {now}; is the clock right?)")
    if now > certificate["not_after"]:
        faults.append(f"it expired at {certificate['not_after']} (now {now})")
    if public_key and public_key.strip() != certificate["public_key"].strip():
        faults.append("the private key beside it belongs to another certificate")
    if (certificate.get("basic_constraints") or [""])[0] == "CA:TRUE":
        faults.append("it is a CA's certificate, not a host's")
    return faults


def days_left(certificate: Mapping[str, Any], now: str) -> int:
    """Whole days until the certificate expires."""
    return (datetime.strptime(certificate["not_after"], ASN1_TIME) - datetime.strptime(now, ASN1_TIME)).days


class FilterModule:
    """The filters, by the names that the tasks use."""

    def filters(self) -> dict[str, Any]:
        """Return them."""
        return {"certificate_faults": certificate_faults, "days_left": days_left}
