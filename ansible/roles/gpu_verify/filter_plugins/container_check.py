"""Whether a container saw the host's GPUs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any


def container_check(answer: Mapping[str, Any], image: str, found: str, gpus: int) -> dict[str, Any]:
    """Return the check's `status` and `problems`, of the answer of `nvidia-smi -L` in a container."""
    if not image:
        return _not_run("no image is named (gpu_verify_container_image)")
    if not found:
        return _not_run(f"the image {image} is not on the host")
    if answer.get("rc", 1):
        words = " ".join(f"{answer.get('stdout', '')} {answer.get('stderr', '')}".split())[-500:]
        return {"status": "failed", "problems": [f"the container ended with exit status {answer.get('rc')}: {words}"]}
    seen = len(re.findall(r"^GPU \d+: ", str(answer.get("stdout", "")), re.MULTILINE))
    problems = [] if seen == gpus else [f"a container sees {seen} GPUs, the host {gpus}"]
    return {"status": "failed" if problems else "passed", "problems": problems}


def _not_run(why: str) -> dict[str, Any]:
    return {"status": "not-run", "problems": [why]}


class FilterModule:
    """Ansible's way to the filters."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By the names that templates use."""
        return {"container_check": container_check}
