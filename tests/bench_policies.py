"""Measures the policy pack and writes docs/benchmarks/policies.md: `make bench`.

The peer is the engine's own policy host, a process spoken to by gRPC, over the same resources in the same run.
"""

# ruff: noqa: PLC0415 - only the processes that measure import what is measured

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from rich.console import Console

if TYPE_CHECKING:
    from rehearsal.plan import Resource

ROOT = Path(__file__).resolve().parents[1]
REPORT = ROOT / "docs" / "benchmarks" / "policies.md"
SIZES = (250, 500, 1000)
RUNS = 3

TEXT = """# The policy pack's speed

Measured by `python -m tests.bench_policies` (`make bench`) on {date}: {machine}. Median of {runs} runs, each in a fresh
process that rehearses prod first; its resources are repeated, or cut off, to the size given. {policies} policies.

{table}

*Rehearsal* is what `rehearse` adds to a plan: every policy of one resource asked about each, every policy of the whole
stack asked once, in process. *Policy host* is the same pack as the engine runs it, a process of its own that is asked
by gRPC: it reads a resource's properties anew for every policy, which is the host's doing.

Goal on two cores: 1,000 resources through the whole pack in at most 2 s beside the plan.
"""


def resources_of_prod(size: int) -> tuple[list[Resource], Any]:
    """Return `size` resources as prod registers them, those beyond prod's own under other names, and the packs."""
    from rehearsal import phases
    from rehearsal.aws.account import Account
    from rehearsal.environment import environment
    from rehearsal.phases import Silence

    with environment("prod", ROOT) as (target, _), Account(target.account_id, target.region) as account:
        found = phases.preview(replace(target, packs=()), account, Silence()).resources
        packs = target.packs
    many: list[Resource] = []
    copy = 0
    while len(many) < size:
        many += [_copied(resource, copy) for resource in found[: size - len(many)]]
        copy += 1
    return many, packs


def _copied(resource: Resource, copy: int) -> Resource:
    if not copy:
        return resource
    registration = resource.registration

    def renamed(urn: str) -> str:
        return f"{urn}-{copy}" if urn else urn

    return replace(
        resource,
        registration=replace(
            registration,
            urn=renamed(registration.urn),
            name=f"{registration.name}-{copy}",
            parent=renamed(registration.parent),
            dependencies=tuple(map(renamed, registration.dependencies)),
            property_dependencies={
                name: tuple(map(renamed, urns)) for name, urns in registration.property_dependencies.items()
            },
        ),
    )


def measure(size: int) -> dict[str, float]:
    """Measure both in this process."""
    from rehearsal.policies.host import PolicyHost

    resources, packs = resources_of_prod(size)
    begun = time.perf_counter()
    host = PolicyHost(packs)
    host.judge(resources)
    rehearsal = time.perf_counter() - begun
    return {
        "resources": len(resources),
        "policies": host.results.policies,
        "rehearsal": rehearsal,
        "host": _under_the_host(resources),
    }


def _under_the_host(resources: Sequence[Resource]) -> float:
    from rehearsal.wire import encode
    from tests.policies.policy_host import running_pack
    from tests.policies.sample import Sample

    samples = [
        Sample(
            resource.registration.type,
            resource.registration.name + resource.registration.urn,
            json.loads(json.dumps(_plain(encode(resource.registration.inputs)))),
        )
        for resource in resources
    ]
    with running_pack() as analyzer:
        analyzer.configure()
        begun = time.perf_counter()
        for sample in samples:
            analyzer.analyze(sample)
        analyzer.analyze_stack(samples)
        return time.perf_counter() - begun


def _plain(struct: Any) -> Any:
    from google.protobuf.json_format import MessageToDict

    return MessageToDict(struct)


def main() -> None:
    """Measure, and write the report."""
    if len(sys.argv) > 1:
        print(json.dumps(measure(int(sys.argv[1]))))  # noqa: T201 - read by the process that started this one
        return
    console = Console()
    lines = ["| resources | rehearsal s | policy host s | ratio |", "|---|---|---|---|"]
    policies = 0
    for size in SIZES:
        with console.status(f"{size} resources, {RUNS} times"):
            runs = [_in_a_process(size) for _ in range(RUNS)]
        rehearsal, host = median(run["rehearsal"] for run in runs), median(run["host"] for run in runs)
        policies = int(runs[0]["policies"])
        console.print(f"{size:>6} resources: {rehearsal:.2f} s, policy host {host:.1f} s", highlight=False)
        lines.append(f"| {size} | {rehearsal:.2f} | {host:.1f} | {host / rehearsal:.0f} |")
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    REPORT.write_text(
        TEXT.format(
            date=datetime.now(UTC).date(), machine=machine, runs=RUNS, policies=policies, table="\n".join(lines)
        )
    )


def _in_a_process(size: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench_policies", str(size)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - this module
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
