"""Real Karpenter on the simulated cluster: its core with the KWOK provider, on the program's own NodePools.

Ours are the machines it may buy (karpenter_types.py) and how the program's objects are turned to the provider.
EC2NodeClasses say how AWS starts a machine, of which nothing happens here, so that each becomes a KWOKNodeClass of the
same name; NodePools stay as they are but for the reference to it, and startup taints, which nothing here would lift.

Kept as they are in AWS: batching (1 s idle, 10 s at most), consolidation, disruption budgets, limits, expiry, eviction
with respect for disruption budgets. Not there: drift of a machine image, interruption messages (the drill `spot-storm`
does what Karpenter does when it gets one), capacity that AWS has run out of.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Callable, Generator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import yaml

from rehearsal.cluster.api import Api, ApiError
from rehearsal.cluster.karpenter_types import instance_types_document
from rehearsal.cluster.ports import ATTEMPTS, TAKEN, free_ports

NODE_POOL: Final = ("NodePool", "karpenter.sh/v1")
NODE_CLAIM: Final = ("NodeClaim", "karpenter.sh/v1")
NODE_CLASS: Final = ("KWOKNodeClass", "karpenter.kwok.sh/v1alpha1")
NODE_CLASS_GROUP: Final = "karpenter.kwok.sh"
NODE_POOL_LABEL: Final = "karpenter.sh/nodepool"
READY_WITHIN_SECONDS: Final = 180.0
STOPPED_WITHIN_SECONDS: Final = 10.0
LINES_OF_LOG: Final = 15
INSTANCE_TYPES: Final = "instance-types.json"
ROOT_DISK_GIB: Final = 100
"""Root disk where the caller names none: EC2NodeClasses have one each, the provider's list one per type."""


class KarpenterError(Exception):
    """Karpenter does not start or has ended; the message has the last lines of its log."""


class Tools(Protocol):
    """Where the built binary and the custom resource definitions that belong to it are."""

    @property
    def karpenter(self) -> Path:
        """The binary."""
        ...

    @property
    def karpenter_crds(self) -> tuple[Path, ...]:
        """Folders of the definitions."""
        ...


class ControlPlane(Protocol):
    """The running cluster, as far as Karpenter needs it."""

    @property
    def kubeconfig(self) -> Path:
        """How it is reached."""
        ...

    @property
    def folder(self) -> Path:
        """Where its files are; those of Karpenter come to stand beside them."""
        ...


@dataclass(frozen=True)
class Karpenter:
    """Karpenter while it runs."""

    process: subprocess.Popen[bytes]
    log: Path

    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def check(self) -> None:
        """Raise `KarpenterError` when it has ended."""
        if not self.alive():
            raise KarpenterError(f"karpenter ended with {self.process.returncode}:\n{last_lines(self.log)}")

    def stop(self) -> None:
        """End it in order, or else at once."""
        self.process.terminate()
        try:
            self.process.wait(STOPPED_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def last_lines(log: Path, count: int = LINES_OF_LOG) -> str:
    """Return the end of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:]) if log.exists() else "(no log)"


def node_class(name: str, boot_seconds: int) -> dict[str, Any]:
    """Return the class of simulated machines that take a while to join the cluster."""
    kind, api_version = NODE_CLASS
    spec = {"nodeRegistrationDelay": f"{boot_seconds}s"}
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, "spec": spec}


def for_the_provider(node_pool: Mapping[str, Any]) -> dict[str, Any]:
    """Return a NodePool of the program as the KWOK provider takes it."""
    pool = copy.deepcopy(dict(node_pool))
    metadata = pool.get("metadata") or {}
    kept = {key: metadata[key] for key in ("name", "labels", "annotations") if metadata.get(key)}
    template: dict[str, Any] = pool["spec"]["template"]["spec"]
    template.pop("startupTaints", None)
    reference = {"group": NODE_CLASS_GROUP, "kind": NODE_CLASS[0], "name": template["nodeClassRef"]["name"]}
    template["nodeClassRef"] = reference
    return {"apiVersion": NODE_POOL[1], "kind": NODE_POOL[0], "metadata": kept, "spec": pool["spec"]}


def apply_node_pools(api: Api, node_pools: Sequence[Mapping[str, Any]], boot_seconds: int) -> list[dict[str, Any]]:
    """Put the program's NodePools into the cluster; return them as they stand there.

    Raises `ApiError` when the API server refuses one: Karpenter's definitions check requirements, limits and budgets.
    """
    pools = [for_the_provider(pool) for pool in node_pools]
    for name in sorted({pool["spec"]["template"]["spec"]["nodeClassRef"]["name"] for pool in pools}):
        api.apply(node_class(name, boot_seconds))
    for pool in pools:
        try:
            api.apply(pool)
        except ApiError as error:
            # A NodePool that stands there with the EC2NodeClass it was declared with: the reference can't be changed.
            if "immutable" not in error.message:
                raise
            api.delete(*NODE_POOL, pool["metadata"]["name"])
            api.apply(pool)
    return pools


def prepare_karpenter(
    tools: Tools,
    control_plane: ControlPlane,
    api: Api,
    node_pools: Sequence[Mapping[str, Any]],
    zones: Sequence[str],
    region: str,
    *,
    boot_seconds: int = 0,
    disk_gib: int = ROOT_DISK_GIB,
) -> list[str]:
    """Put the NodePools into a cluster without pods and have Karpenter look at them; return what it finds wrong.

    Karpenter passes over a NodePool that it has not found ready yet and buys from the next one that fits. On a cluster
    whose pods wait when it starts, what it buys would depend on which NodePool it happens to look at first.

    Machines join `boot_seconds` (real ones: whatever compresses time has done so) after they were bought, with root
    disks of `disk_gib`. Raises `KarpenterError` when Karpenter does not come up, `ApiError` when a definition or a
    NodePool is refused.
    """
    folder = _folder(control_plane)
    folder.mkdir(exist_ok=True)
    refused = api.apply_all(definitions(tools.karpenter_crds))
    if refused:
        raise refused[0]
    pools = apply_node_pools(api, node_pools, boot_seconds)
    (folder / INSTANCE_TYPES).write_text(json.dumps(instance_types_document(zones, region, disk_gib), indent=1))
    with running_karpenter(tools, control_plane) as karpenter:
        return await_node_pools(api, {pool["metadata"]["name"] for pool in pools}, karpenter.check)


def await_node_pools(api: Api, names: Set[str], check: Callable[[], None]) -> list[str]:
    """Wait until Karpenter has judged the NodePools as they stand; return what keeps one from being ready.

    `check` raises when there is no point in waiting any longer. Raises `KarpenterError` after three minutes.
    """
    until = time.monotonic() + READY_WITHIN_SECONDS
    while True:
        check()
        seen = {pool["metadata"]["name"]: _conditions(pool) for pool in api.list(*NODE_POOL)}
        judged = {name for name in names if seen.get(name, {}).get("Ready", {}).get("status") in ("True", "False")}
        if judged == names:
            return [problem for name in sorted(names) for problem in _problems(name, seen[name])]
        if time.monotonic() > until:
            late = ", ".join(sorted(names - judged))
            raise KarpenterError(f"karpenter has not judged NodePool {late} after {READY_WITHIN_SECONDS:g} s")
        time.sleep(0.1)


def _conditions(pool: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return a NodePool's conditions by type, but for those of what it was before it was changed."""
    conditions: list[Mapping[str, Any]] = (pool.get("status") or {}).get("conditions") or []
    generation = pool["metadata"]["generation"]
    return {each["type"]: each for each in conditions if each.get("observedGeneration") == generation}


def _problems(name: str, conditions: Mapping[str, Mapping[str, Any]]) -> list[str]:
    if conditions["Ready"]["status"] == "True":
        return []
    # Ready itself only names the other conditions.
    wrong = [each for type_, each in sorted(conditions.items()) if each["status"] == "False" and type_ != "Ready"]
    why = "; ".join(str(each["message"]) for each in wrong) or conditions["Ready"]["message"]
    return [f"NodePool {name}: Karpenter buys nothing from it: {why}"]


def _folder(control_plane: ControlPlane) -> Path:
    return control_plane.folder / "karpenter"


def definitions(folders: Sequence[Path]) -> list[dict[str, Any]]:
    """Return the custom resource definitions in folders."""
    files = sorted(file for folder in folders for file in folder.glob("*.yaml"))
    return [document for file in files for document in yaml.safe_load_all(file.read_text()) if document]


@contextmanager
def running_karpenter(tools: Tools, control_plane: ControlPlane) -> Generator[Karpenter]:
    """Run Karpenter, on a cluster that `prepare_karpenter` has seen, until the context ends.

    Raises `KarpenterError` when it does not come up.
    """
    karpenter = _started(tools, control_plane)
    try:
        yield karpenter
    finally:
        karpenter.stop()


def _started(tools: Tools, control_plane: ControlPlane) -> Karpenter:
    attempt = 0
    while True:
        attempt += 1
        metrics, health = free_ports(2)
        karpenter = _start(tools, control_plane, metrics, health)
        try:
            _await_health(karpenter, health)
        except BaseException as error:
            karpenter.stop()
            if attempt < ATTEMPTS and isinstance(error, KarpenterError) and TAKEN.search(str(error)):
                continue
            raise
        return karpenter


def _start(tools: Tools, control_plane: ControlPlane, metrics: int, health: int) -> Karpenter:
    folder = _folder(control_plane)
    log = folder / "karpenter.log"
    settings = {
        "KUBECONFIG": str(control_plane.kubeconfig.resolve()),
        "INSTANCE_TYPES_FILE_PATH": str((folder / INSTANCE_TYPES).resolve()),
        "METRICS_PORT": str(metrics),
        "HEALTH_PROBE_PORT": str(health),
        "DISABLE_LEADER_ELECTION": "true",
        "KARPENTER_SERVICE": "karpenter",
        "SYSTEM_NAMESPACE": "kube-system",
        "LOG_LEVEL": "info",
    }
    environment = {key: os.environ[key] for key in ("HOME", "PATH", "TMPDIR") if key in os.environ}
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - the binary that the toolchain built
            [str(tools.karpenter)],
            env=environment | settings,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us alone, and it is stopped in order
        )
    (folder / "karpenter.pid").write_text(f"{process.pid}\n")
    return Karpenter(process, log)


def _await_health(karpenter: Karpenter, port: int) -> None:
    until = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < until:
        karpenter.check()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise KarpenterError(f"karpenter is not healthy after {READY_WITHIN_SECONDS:g} s:\n{last_lines(karpenter.log)}")
