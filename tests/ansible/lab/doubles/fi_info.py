"""Double of libfabric's fi_info: the EFA interfaces of an EC2 machine."""

from __future__ import annotations

import sys

from tests.ansible.lab.doubles.state import ended, here, unanswered


def main() -> None:
    """List the provider's interfaces, or say that there is none."""
    state, arguments = here(), sys.argv[1:]
    state.record("fi_info", *arguments)
    if arguments not in (["-p", "efa"], ["-p", "efa", "-t", "FI_EP_RDM"]):
        unanswered("fi_info", arguments)
    count = state.get("rdma_interfaces")
    if state.failure("fi_info") == "no-provider" or not count:
        ended(61, "fi_getinfo: -61 (No data available)")
    for index in range(count):
        lines = [
            "provider: efa",
            f"    fabric: efa-direct\n    domain: rdmap{16 + index}s0-rdm",
            "    version: 201.0\n    type: FI_EP_RDM\n    protocol: FI_PROTO_EFA",
        ]
        print(*lines, sep="\n")  # noqa: T201 - a program's answer


if __name__ == "__main__":
    main()
