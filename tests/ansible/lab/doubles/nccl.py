"""Double of nccl-tests' all_reduce_perf: the table of sizes with times and bandwidths, out of place and in place."""

from __future__ import annotations

import re
import sys
from typing import Final

from tests.ansible.lab.doubles.nvidia_smi import refuse
from tests.ansible.lab.doubles.state import ended, here, unanswered

HEAD: Final = """\
# nThread 1 nGpus {count} minBytes {low} maxBytes {high} step: 2(factor) warmup iters: 5 iters: 20 validation: 1
#
# Using devices
{devices}
#
#                                                              out-of-place                       in-place
#       size         count      type   redop    root     time   algbw   busbw #wrong     time   algbw   busbw #wrong
#        (B)    (elements)                               (us)  (GB/s)  (GB/s)            (us)  (GB/s)  (GB/s)       """
UNITS: Final = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}


def main() -> None:
    """Print what the fabric would do; bandwidth grows with the size up to the machine's."""
    state, arguments = here(), sys.argv[1:]
    state.record("all_reduce_perf", *arguments)
    given = re.fullmatch(r"-b (\d+[KMG]?) -e (\d+[KMG]?) -f 2 -g (\d+)", " ".join(arguments))
    if given is None:
        unanswered("all_reduce_perf", arguments)
    refuse(state)
    low, high, count = _bytes(given[1]), _bytes(given[2]), int(given[3])
    gpus = state.get("gpus")
    if count > len(gpus):
        ended(1, "host: Test CUDA failure common.cu:892 'invalid device ordinal'")
    devices = "\n".join(
        f"#  Rank {index:2} Group  0 Pid   4711 on       host device {index:2} [0x1b] {gpu['name']}"
        for index, gpu in enumerate(gpus[:count])
    )
    lines, size, best, total = [HEAD.format(count=count, low=low, high=high, devices=devices)], low, 0.0, []
    peak = state.get("bus_bandwidth_gb_per_s") * (0.5 if state.failure("all_reduce_perf") == "slow" else 1)
    while size <= high:
        best = peak * size / (size + 16 * 2**20)
        algorithm = best * count / (2 * (count - 1)) if count > 1 else best
        time = size / max(algorithm, 0.001) / 1000
        half = f"{time:9.1f} {algorithm:7.2f} {best:7.2f} {0:6}"
        lines.append(f"{size:12} {size // 4:13}     float     sum      -1 {half} {half}")
        total.append(best)
        size *= 2
    lines += ["# Out of bounds values : 0 OK", f"# Avg bus bandwidth    : {sum(total) / len(total):.3f}", "#"]
    ended(0, *lines)


def _bytes(text: str) -> int:
    return int(text.rstrip("KMG")) * UNITS[text.lstrip("0123456789")]


if __name__ == "__main__":
    main()
