"""Rules of the section `hybrid_nodes`: credentials of its provider, networks apart, names once, possible layouts."""

from __future__ import annotations

import binascii
import re
import ssl
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Final

from stacks.mig_layouts import layout_fault
from stacks.sections.hybrid_nodes import HybridNodesSettings
from stacks.sections.section import Broken, Path, Unread

if TYPE_CHECKING:
    from stacks.settings import Settings

PRIVATE_RANGES: Final = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
"""What EKS takes for remote networks.
https://docs.aws.amazon.com/eks/latest/userguide/hybrid-nodes-networking.html"""

SERVICE_RANGES: Final = tuple(map(IPv4Network, ("10.100.0.0/16", "172.20.0.0/16")))
"""What EKS gives Kubernetes services where the program does not say: the one of the two that is apart from the VPC.
https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html"""

_CERTIFICATE: Final = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def _section(settings: Settings) -> HybridNodesSettings | None:
    return settings.hybrid_nodes


def credentials(settings: Settings) -> Iterator[Broken]:
    """Each provider has what it needs, and nothing of the other."""
    section = _section(settings)
    if section is None:
        return
    authority = section.certificate_authority
    if section.credential_provider == "iam-roles-anywhere":
        if authority is None:
            message = "required for iam-roles-anywhere; allowed: a mapping with one of the keys pem, private_ca_arn"
            yield Broken(("hybrid_nodes", "certificate_authority"), None, message)
        if section.activation_until is not None:
            message = "belongs to credential_provider 'ssm'; leave it out"
            yield Broken(("hybrid_nodes", "activation_until"), section.activation_until, message)
    elif authority is not None:
        message = "belongs to credential_provider 'iam-roles-anywhere'; leave it out"
        yield Broken(("hybrid_nodes", "certificate_authority"), list(authority.model_fields_set), message)


def certificate_authority(settings: Settings) -> Iterator[Broken]:
    """A CA is named once; PEM holds certificates, all of them readable, and no key."""
    section = _section(settings)
    authority = section.certificate_authority if section else None
    if authority is None:
        return
    path: Path = ("hybrid_nodes", "certificate_authority")
    if (authority.pem is None) == (authority.private_ca_arn is None):
        yield Broken(path, sorted(authority.model_fields_set), "allowed: exactly one of pem, private_ca_arn")
    if authority.pem is None:
        return
    if "PRIVATE KEY" in authority.pem:
        # The value itself must not reach a terminal or a log.
        message = "allowed: certificates alone; keep the CA's key where it is safe"
        yield Broken((*path, "pem"), "<a private key>", message)
        return
    found = _CERTIFICATE.findall(authority.pem)
    if not found:
        yield Broken((*path, "pem"), authority.pem[:40], "no certificate in it; allowed: CA certificates in PEM")
    for number, certificate in enumerate(found, 1):
        try:
            ssl.PEM_cert_to_DER_cert(certificate)
        except (ValueError, binascii.Error):
            message = f"certificate {number} is not base64; allowed: CA certificates in PEM"
            yield Broken((*path, "pem"), certificate[:40], message)


def remote_networks(settings: Settings) -> Iterator[Broken]:
    """Remote networks are private, and apart from one another, from the VPC and from the services."""
    section = _section(settings)
    if section is None:
        return
    taken: list[tuple[str, IPv4Network]] = []
    with suppress(Unread):
        if settings.network.vpc_cidr is not None:
            taken.append(("network.vpc_cidr", IPv4Network(settings.network.vpc_cidr)))
    taken += [("a range that EKS may give to services,", network) for network in SERVICE_RANGES]
    for key in ("remote_node_networks", "remote_pod_networks"):
        ranges: tuple[str, ...] = ()
        with suppress(Unread):
            ranges = getattr(section, key)
        for index, text in enumerate(ranges):
            network, path = IPv4Network(text), ("hybrid_nodes", key, index)
            if not any(network.subnet_of(private) for private in PRIVATE_RANGES):
                allowed = "10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16"
                yield Broken(path, text, f"not a private range; allowed: ranges within {allowed}")
            for owner, other in taken:
                if network.overlaps(other):
                    yield Broken(path, text, f"overlaps {owner} {other}; allowed: a range of its own")
            taken.append((f"hybrid_nodes.{key}[{index}]", network))


def host_names(settings: Settings) -> Iterator[Broken]:
    """A host's name is its own: among DGX systems, and beside the instances on dedicated hosts."""
    owner: dict[str, str] = {}
    with suppress(Unread):
        for index, group in enumerate(settings.dedicated_hosts):
            for number in range(group.hosts):
                for slot in range(group.instances_per_host):
                    owner[f"{group.name}-{number}-{slot}"] = f"an instance of dedicated_hosts[{index}]"
    section = _section(settings)
    for at, group in enumerate(section.groups if section else ()):
        hosts: tuple[str, ...] = ()
        with suppress(Unread):
            hosts = group.hosts
        for index, name in enumerate(hosts):
            if name in owner:
                message = f"already the name of {owner[name]}; a name stands for one host"
                yield Broken(("hybrid_nodes", "groups", at, "hosts", index), name, message)
            owner.setdefault(name, f"hybrid_nodes.groups[{at}].hosts[{index}]")


def mig_layouts(settings: Settings) -> Iterator[Broken]:
    """A layout is one that the machine's GPUs can have."""
    with suppress(Unread):
        for index, host in enumerate(settings.dedicated_hosts):
            if host.mig_layout and (fault := layout_fault(host.mig_layout, host.instance_type)):
                yield Broken(("dedicated_hosts", index, "mig_layout"), host.mig_layout, fault)
    section = _section(settings)
    for index, group in enumerate(section.groups if section else ()):
        with suppress(Unread):
            if group.mig_layout and (fault := layout_fault(group.mig_layout, group.machine)):
                yield Broken(("hybrid_nodes", "groups", index, "mig_layout"), group.mig_layout, fault)


RULES = (credentials, certificate_authority, remote_networks, host_names, mig_layouts)
