"""What nccl-tests' all_reduce_perf measured: the bus bandwidth at the largest size, and whether the sums were right."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

# size count type redop root, then out of place and in place: time algbw busbw #wrong
COLUMNS = 13
BUS_BANDWIDTHS = (7, 11)
WRONG = (8, 12)


def all_reduce(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return `bus_gb_per_s` (the lower of the two ways), `size_bytes`, `wrong`; or `refusal`, why there is nothing."""
    printed = str(answer.get("stdout", ""))
    rows = [line.split() for line in printed.splitlines() if re.match(r"\s*\d", line)]
    rows = [row for row in rows if len(row) == COLUMNS]
    if not rows:
        said = answer.get("stderr", "") or answer.get("msg", "")
        words = " ".join(f"{printed[-300:]} {said}".split())
        return {"refusal": f"all_reduce_perf measured nothing, exit status {answer.get('rc', 'unknown')}: {words}"}
    largest = max(rows, key=lambda row: int(row[0]))
    # Without validation the columns say N/A.
    wrong = sum(int(row[column]) for row in rows for column in WRONG if row[column].isdigit())
    checked = any(row[column].isdigit() for row in rows for column in WRONG)
    return {
        "refusal": "",
        "size_bytes": int(largest[0]),
        "bus_gb_per_s": min(float(largest[column]) for column in BUS_BANDWIDTHS),
        "wrong": wrong,
        "checked": checked,
        "status": int(answer.get("rc", 0)),
    }


def bandwidth_check(measured: Mapping[str, Any], expected: float, fraction: float, size_bytes: int) -> dict[str, Any]:
    """Return the check's `status`, `problems` and what was `seen`; an expectation of 0 judges the sums alone."""
    if measured["refusal"]:
        return {"status": "not-run", "problems": [measured["refusal"]], "seen": {}}
    problems: list[str] = []
    if measured["wrong"]:
        problems.append(f"{measured['wrong']} sums are wrong: data is changed on its way between GPUs")
    if not measured["checked"]:
        problems.append("the sums were not checked")
    if measured["size_bytes"] < size_bytes:
        problems.append(f"the run ended at {measured['size_bytes']} bytes of {size_bytes}")
    elif measured["status"] and not measured["wrong"]:
        problems.append(f"all_reduce_perf ended with exit status {measured['status']}")
    floor = expected * fraction
    if measured["bus_gb_per_s"] < floor:
        problems.append(
            f"{measured['bus_gb_per_s']:.1f} GB/s of bus bandwidth, below {floor:.1f}, {fraction:.0%} of {expected:.0f}"
        )
    seen = {
        "bus_gb_per_s": measured["bus_gb_per_s"],
        "expected_gb_per_s": expected,
        "size_bytes": measured["size_bytes"],
    }
    return {"status": "failed" if problems else "passed", "problems": problems, "seen": seen}


def size_in_bytes(text: str) -> int:
    """Return the bytes of a size as all_reduce_perf takes it: 8, 512M, 8G."""
    match = re.fullmatch(r"(\d+)([KMG]?)", text)
    return int(match[1]) * {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}[match[2]] if match else 0


class FilterModule:
    """Ansible's way to the filters."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By the names that templates use."""
        return {"all_reduce": all_reduce, "bandwidth_check": bandwidth_check, "size_in_bytes": size_in_bytes}
