"""Measures the rehearsal and writes docs/benchmarks/rehearse.md: `make bench`.

Every measurement is a process of its own, so that imports and memory count. The peer is the Pulumi SDK's own mock
monitor on the same program in the same run: it answers without judging or creating anything.
"""

# ruff: noqa: PLC0415 - only the processes that measure import what is measured

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import cycle
from math import isnan
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console

ROOT = Path(__file__).resolve().parents[1]
REPORT = ROOT / "docs" / "benchmarks" / "rehearse.md"
ACCOUNT, REGION = "333344445555", "us-east-1"
RUNS = 3
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")

TEXT = """# The rehearsal's speed

Measured by `make bench` on {date}: {machine}. Median of {runs} runs, each in a fresh process, imports included;
memory is the largest seen.

{table}

Importing the program and the parts of pulumi_aws that it uses takes {imports:.1f} s.

*Scaled* is prod's own components (roles, buckets, repositories, networks) repeated. *Plain mocks* is the Pulumi SDK's
own mock monitor on the same program, which neither judges nor creates anything.

Goals on two cores: plan of prod at most 6 s, whole rehearsal of prod at most 25 s, memory at most 600 MiB, growth
close to linear.
"""


def scaled_program(size: int) -> Callable[[], None]:
    """Return a program of prod's components, repeated until it registers about `size` resources."""
    from components.address_plan import plan_addresses
    from components.bucket import Bucket, BucketArgs
    from components.keys import Keys, KeysArgs
    from components.network import Network, NetworkArgs
    from components.node_role import NodeRole, NodeRoleArgs
    from components.registry import Registry, RegistryArgs

    def program() -> None:
        keys = Keys("bench", KeysArgs(account_id=ACCOUNT, region=REGION, deletion_window_days=30, retained=False))

        def role(index: int) -> None:
            NodeRole(f"role-{index}", NodeRoleArgs(account_id=ACCOUNT, region=REGION))

        def bucket(index: int) -> None:
            arguments = BucketArgs(
                bucket_name=f"bench-{index}-{ACCOUNT}",
                key_arn=keys.storage_key_arn,
                noncurrent_version_days=30,
                retained=False,
                force_destroy=True,
            )
            Bucket(f"bucket-{index}", arguments)

        def registry(index: int) -> None:
            arguments = RegistryArgs(
                prefix=f"bench-{index}",
                repositories=["serving", "training"],
                storage_key_arn=keys.storage_key_arn,
                untagged_expiry_days=14,
                kept_images=10,
                pull_through=[],
                retained=False,
                force_delete=True,
            )
            Registry(f"registry-{index}", arguments)

        def network(index: int) -> None:
            cidr = f"10.{index % 256}.0.0/16"
            arguments = NetworkArgs(
                cidr=cidr,
                addresses=plan_addresses(cidr, ZONES),
                nat="per-zone",
                interface_endpoints=["ecr.api", "sts"],
                cluster_name=f"bench-{index}",
                logs_key_arn=keys.logs_key_arn,
                flow_log_retention_days=30,
                account_id=ACCOUNT,
                region=REGION,
            )
            Network(f"network-{index}", arguments)

        pieces = cycle([(role, 5), (bucket, 8), (registry, 5), (network, 49)])
        registered = 11
        for index, (piece, resources) in enumerate(pieces):
            if registered + resources > size + 4 and piece is network:
                continue
            if registered >= size:
                break
            piece(index)
            registered += resources

    return program


def measure(kind: str, subject: str) -> int:
    """Run one measurement in this process; return the number of resources it went through."""
    from rehearsal import phases
    from rehearsal.aws.account import Account
    from rehearsal.environment import environment
    from rehearsal.phases import Silence, Target

    def run(target: Target) -> int:
        if kind == "mocks":
            return _under_plain_mocks(target)
        with Account(target.account_id, target.region) as account:
            work = phases.preview if kind == "plan" else phases.up
            rehearsal = work(target, account, Silence())
            if rehearsal.faults:
                raise SystemExit(f"{kind} {subject} has faults: {rehearsal.faults[:3]}")
            return len(rehearsal.resources)

    if subject.isdigit():
        return run(Target(scaled_program(int(subject)), "bench", "bench", ROOT, ACCOUNT, REGION))
    with environment(subject, ROOT) as (target, _):
        return run(target)


def _under_plain_mocks(target: Any) -> int:
    from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks

    from rehearsal.program import run_program

    class Echo(Mocks):
        def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
            return args.name, dict(args.inputs)

        def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
            return dict(args.args), []

    monitor = MockMonitor(Echo())
    run_program(target.program, monitor, project="bench", stack="bench", preview=True)
    return len(monitor.resources) + 1


def in_a_process(kind: str, subject: str) -> tuple[float, float, int]:
    """Return the median wall time in seconds, the most memory in MiB, and the number of resources."""
    seconds: list[float] = []
    memory = 0.0
    resources = 0
    for _ in range(RUNS):
        begun = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - this very module
            [sys.executable, "-m", "tests.bench", kind, subject], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        output = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        seconds.append(time.perf_counter() - begun)
        if status:
            raise SystemExit(f"{kind} {subject} failed")
        memory = max(memory, usage.ru_maxrss / 1024)
        resources = json.loads(output.splitlines()[-1])["resources"]
    return median(seconds), memory, resources


def rows(console: Console) -> Iterator[tuple[str, int, float, float, float, float]]:
    """Measure everything: subject, resources, plan s, whole s, MiB, plan against plain mocks."""
    for subject in ("dev", "staging", "prod", "50", "200", "1000"):
        with console.status(f"{subject}: plan, whole, plain mocks, {RUNS} times each"):
            plan, _, resources = in_a_process("plan", subject)
            whole, memory, _ = in_a_process("up", subject)
            # Plain mocks return no attributes, which the real program needs: there is a peer for the scaled one only.
            peer = in_a_process("mocks", subject)[0] if subject.isdigit() else float("nan")
        console.print(
            f"{subject:>8} {resources:>5} resources: plan {plan:.1f} s, whole {whole:.1f} s, {memory:.0f} MiB"
        )
        yield subject, resources, plan, whole, memory, plan / peer


def import_time() -> float:
    """Return the wall time of importing the program and everything it uses, in seconds."""
    # A service of pulumi_aws is imported when something of it is first used.
    services = ("ec2.Vpc", "ecr.Repository", "eks.Cluster", "fsx.LustreFileSystem", "iam.Role", "kms.Key", "s3.Bucket")
    services += ("cloudwatch.LogGroup", "sqs.Queue", "ssm.Parameter", "vpc.SecurityGroupIngressRule")
    code = "import stacks.llm_platform, pulumi_aws as aws; " + "; ".join(f"aws.{service}" for service in services)
    seconds: list[float] = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)  # noqa: S603 - our own code
        seconds.append(time.perf_counter() - begun)
    return median(seconds)


def main() -> None:
    """Measure and write the report."""
    console = Console()
    imports = import_time()
    table = [
        "| subject | resources | plan, s | whole rehearsal, s | ms per resource | memory, MiB | plan ÷ plain mocks |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for subject, resources, plan, whole, memory, ratio in rows(console):
        name = f"scaled to {subject}" if subject.isdigit() else subject
        peer = "" if isnan(ratio) else f"{ratio:.1f}"
        each = 1000 * whole / resources
        table.append(f"| {name} | {resources} | {plan:.1f} | {whole:.1f} | {each:.0f} | {memory:.0f} | {peer} |")
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    REPORT.write_text(
        TEXT.format(
            date=f"{datetime.now(UTC):%Y-%m-%d}", machine=machine, runs=RUNS, table="\n".join(table), imports=imports
        )
    )
    console.print(f"written to {REPORT.relative_to(ROOT)}")


if __name__ == "__main__":
    if sys.argv[1:]:  # kind and subject, as `in_a_process` gives them
        print(json.dumps({"resources": measure(sys.argv[1], sys.argv[2])}))  # noqa: T201 - read by the parent
    else:
        main()
