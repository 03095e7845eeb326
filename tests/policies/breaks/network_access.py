"""What breaks the policies of networks and permissions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.policies.breaking import Break, Mutation

BREAKS: Mapping[str, Sequence[Mutation]] = {
    "no-open-ingress": [
        Break("group-of-endpoints", "ingress.*.cidrBlocks.0", ["0.0.0.0/0"]),
        Break("group-of-endpoints", "ingress.*.ipv6CidrBlocks", [["::/0"]]),
        Break("rule-of-endpoints", "cidrIpv4", ["0.0.0.0/0"]),
        Break("rule-of-endpoints", "cidrIpv6", ["::/0"]),
    ],
}
