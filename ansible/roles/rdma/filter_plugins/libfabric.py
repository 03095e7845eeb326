"""Filters over what libfabric's fi_info prints."""

import re
from typing import Any

DOMAIN = re.compile(r"^\s*domain:\s*(\S+?)(?:-rdm|-dgrm)?$", re.MULTILINE)


def fabric_interfaces(listing: str, provider: str = "efa") -> list[str]:
    """Names of the provider's interfaces, each once: libfabric lists one for every fabric and endpoint type."""
    blocks = re.split(r"^(?=provider:)", listing, flags=re.MULTILINE)
    return sorted(
        {name for block in blocks if block.startswith(f"provider: {provider}") for name in DOMAIN.findall(block)}
    )


class FilterModule:
    """The filters, by the names that the tasks use."""

    def filters(self) -> dict[str, Any]:
        """Return them."""
        return {"fabric_interfaces": fabric_interfaces}
