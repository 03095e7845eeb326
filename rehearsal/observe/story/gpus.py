"""What dcgm-exporter tells of every GPU."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rehearsal.observe.story.fleet import IDLE, POOLS, TRAINING, Pool, nodes, pods
from rehearsal.observe.story.incidents import APPLICATION_FAULT, BROKEN_GPU, IDLE_TEAM
from rehearsal.observe.story.moment import Moment, noise, wave
from rehearsal.observe.story.sample import Labels, Sample, rising

BROKEN: Final = ("inference-2", 5)
XID: Final = 48
"""An uncorrected memory error: the GPU has to be reset."""
ERRORS: Final = 4
FAULTY_JOB: Final = ("training-2", 3)
JOBS_XID: Final = 31
"""A page fault: mostly the application's."""
WARM_NODE: Final = "training-2"
NANOSECONDS: Final = 1e9
MEMORY_MIB: Final = {"inference": 81_559, "training": 81_559, "spot": 46_068}


def gpus(now: Moment) -> Iterator[Sample]:
    """All GPUs of the nodes that are there."""
    held = {(pod.node, gpu): pod for pod in pods(now) for gpu in pod.gpus}
    for pool in POOLS:
        for node in nodes(pool, now):
            for gpu in range(pool.gpus):
                labels = {
                    "gpu": str(gpu), "UUID": f"GPU-{node}-{gpu}", "device": f"nvidia{gpu}",
                    "modelName": pool.gpu_model, "node": node, "Hostname": node, "DCGM_FI_DRIVER_VERSION": "580.95.05",
                }  # fmt: skip
                level = 0.0
                if pod := held.get((node, gpu)):
                    labels |= {"namespace": pod.model.namespace, "pod": pod.pod, "container": "server"}
                    level = 0.01 if pod.model.team == IDLE and now.during(IDLE_TEAM) else 0.25 + 0.6 * wave(now.hour)
                elif gpu < TRAINING.get(node, 0):
                    labels |= {"namespace": "research", "pod": f"pretrain-{node[-1]}", "container": "trainer"}
                    level = 0.92
                yield from _gpu(now, pool, node, gpu, labels, level)


def _gpu(now: Moment, pool: Pool, node: str, gpu: int, labels: Labels, level: float) -> Iterator[Sample]:
    key = f"{node}/{gpu}"
    use = min(1.0, max(0.0, level * (1 + noise(key, now.hour, 0.07))))
    warm = node == WARM_NODE
    broken = (node, gpu) == BROKEN and now.during(BROKEN_GPU)
    faulty = (node, gpu) == FAULTY_JOB and now.during(APPLICATION_FAULT)
    xid = XID if broken else JOBS_XID if faulty else 0
    size = MEMORY_MIB[pool.name]
    used = size * (0.01 if not level else 0.8 + noise(key, now.hour, 0.03) if pool.name == "training" else 0.91)
    watts = 70 + use * (280 if pool.name == "spot" else 600)
    heat = 34 + use * 38 + noise(key, now.hour, 2) + 9 * warm
    for name, value in (
        ("DCGM_FI_DEV_SM_CLOCK", 1980 - 60 * warm),
        ("DCGM_FI_DEV_GPU_TEMP", heat),
        ("DCGM_FI_DEV_MEMORY_TEMP", heat + 8),
        ("DCGM_FI_DEV_POWER_USAGE", watts),
        ("DCGM_FI_DEV_GPU_UTIL", 100 * use),
        ("DCGM_FI_DEV_FB_USED", used),
        ("DCGM_FI_DEV_FB_FREE", size - used),
        # Told until the next one, or until the exporter starts anew.
        ("DCGM_FI_DEV_XID_ERRORS", xid),
        ("DCGM_FI_DEV_ECC_DBE_VOL_TOTAL", ERRORS if broken else 0),
        ("DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS", 0),
        ("DCGM_FI_DEV_ROW_REMAP_FAILURE", 0),
        ("DCGM_FI_PROF_GR_ENGINE_ACTIVE", use),
        ("DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", use * (0.62 if pool.name == "training" else 0.31)),
        ("DCGM_FI_PROF_DRAM_ACTIVE", use * 0.45),
    ):
        yield Sample(name, labels, value)
    # A few errors are replayed without anybody noticing.
    yield rising("DCGM_FI_DEV_NVLINK_CRC_FLIT_ERROR_COUNT_TOTAL", labels, 0.002 if warm and gpu == 1 else 0)
    for kind in ("CRC_DATA", "REPLAY", "RECOVERY"):
        yield rising(f"DCGM_FI_DEV_NVLINK_{kind}_ERROR_COUNT_TOTAL", labels, 0)
    throttled = max(0.0, noise(key, now.hour, 0.2)) if warm and level else 0.0
    yield rising("DCGM_FI_DEV_THERMAL_VIOLATION", labels, throttled * NANOSECONDS)
    yield rising("DCGM_FI_DEV_POWER_VIOLATION", labels, 0.1 * use * NANOSECONDS)
