"""Double of nvidia-smi: the inventory of the host's GPUs, and the driver's two famous refusals.

Exit status 9 without a loaded driver was seen on a machine without GPU; 18 after an update of the userspace alone is
NVML's number for that error (nvml.h, NVML_ERROR_LIB_RM_VERSION_MISMATCH), 15 that for a GPU that is lost.
"""

from __future__ import annotations

import sys
from typing import Any, Final

from tests.ansible.lab.doubles.state import State, ended, here, installed_library, unanswered
from tests.ansible.lab.doubles.xml_log import current_mig, partitions, persistence, xml_log

NO_DRIVER: Final = (
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA "
    "driver is installed and running.\n"
)
MISMATCH: Final = "Failed to initialize NVML: Driver/library version mismatch\nNVML library version: {}"


def main() -> None:
    """Answer what roles ask, and nothing else."""
    state, arguments = here(), sys.argv[1:]
    state.record("nvidia-smi", *arguments)
    refuse(state)
    match arguments:
        case ["-L"]:
            for index, gpu in enumerate(state.get("gpus")):
                print(f"GPU {index}: {gpu['name']} (UUID: {gpu['uuid']})")  # noqa: T201 - a program's answer
                for number, (profile, uuid) in enumerate(partitions(state, gpu)):
                    line = f"  MIG {profile:<12} Device {number:>2}: (UUID: {uuid})"
                    print(line)  # noqa: T201 - a program's answer
        case ["-q", "-x"]:
            print(xml_log(state))  # noqa: T201 - a program's answer
        case [query, form] if query.startswith("--query-gpu=") and form.startswith("--format=csv,noheader"):
            csv(state, query.partition("=")[2].split(","), form)
        case ["--query-compute-apps=pid,process_name,gpu_uuid", "--format=csv,noheader"]:
            uuid = [gpu["uuid"] for gpu in state.get("gpus")][:1]
            for pid, name in enumerate(state.get("clients", []), start=4711):
                print(f"{pid}, {name}, {''.join(uuid)}")  # noqa: T201 - a program's answer
        case ["nvlink", "--status"]:
            nvlink(state)
        case _:
            unanswered("nvidia-smi", arguments)


def refuse(state: State) -> None:
    """End where the real program can't reach the driver or a GPU."""
    failure, loaded, library = state.failure("nvidia-smi"), state.loaded_version(), installed_library()
    if failure == "no-answer":
        ended(124)  # what `timeout` makes of a program that hangs, for which tests would have to wait
    if failure == "no-driver" or not loaded:
        ended(9, NO_DRIVER)
    if failure == "library-mismatch" or loaded != library:
        ended(18, MISMATCH.format(".".join(library.split(".")[:2])))
    if failure == "gpu-lost" or loaded in state.get("broken_versions", []):
        bus = state.get("gpus")[-1]["bus_id"].removeprefix("0000")
        ended(
            15,
            f"Unable to determine the device handle for GPU{bus}: GPU is lost.  Reboot the system to recover this GPU",
        )


def csv(state: State, fields: list[str], form: str) -> None:
    """One line per GPU, with units unless asked without."""
    units = not form.endswith(",nounits")
    for index, gpu in enumerate(state.get("gpus")):
        known = {
            "index": str(index),
            "name": gpu["name"],
            "uuid": gpu["uuid"],
            "serial": gpu["serial"],
            "pci.bus_id": gpu["bus_id"],
            "driver_version": state.loaded_version(),
            "vbios_version": gpu["vbios"],
            "memory.total": f"{gpu['memory_mib']}{' MiB' if units else ''}",
            "persistence_mode": persistence(state),
            "mig.mode.current": bracketed(current_mig(state, gpu)),
            "mig.mode.pending": bracketed(gpu.get("mig_pending", current_mig(state, gpu))),
            "ecc.mode.current": "Enabled" if gpu["ecc"] else "Disabled",
        }
        if unknown := [name for name in fields if name not in known]:
            unanswered("nvidia-smi", [f"--query-gpu={','.join(unknown)}"])
        print(", ".join(known[name] for name in fields))  # noqa: T201 - a program's answer


def bracketed(value: str) -> str:
    """The CSV form puts what does not apply in brackets, the XML form does not."""
    return "[N/A]" if value == "N/A" else value


def nvlink(state: State) -> None:
    """Each GPU's links, of which some may be down."""
    for index, gpu in enumerate(state.get("gpus")):
        lines: list[Any] = [f"GPU {index}: {gpu['name']} (UUID: {gpu['uuid']})"]
        for link in range(gpu["links"]):
            lines.append(f"\t Link {link}: {'<inactive>' if link < gpu['links_down'] else '26.562 GB/s'}")
        print(*lines, sep="\n")  # noqa: T201 - a program's answer


if __name__ == "__main__":
    main()
