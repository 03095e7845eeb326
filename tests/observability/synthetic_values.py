"""What the exporters of a fleet that is well say: buckets, values of what stands still, names of GPUs."""

from __future__ import annotations

GPUS_OF_A_NODE = 8
# What the PodMonitor of charts/model-server leaves of vLLM's.
TTFT = ("0.04", "0.1", "0.25", "0.5", "0.75", "1.0", "2.5", "5.0", "7.5", "10.0", "20.0", "40.0")
TPOT = ("0.01", "0.025", "0.05", "0.075", "0.1", "0.15", "0.2", "0.3", "0.4", "0.5", "1.0")
E2E = ("0.5", "1.0", "2.5", "5.0", "10.0", "20.0", "30.0", "60.0", "120.0", "240.0", "960.0")
GATEWAY = (
    "0.01", "0.02", "0.04", "0.08", "0.16", "0.32", "0.64", "1.28", "2.56", "5.12", "10.24", "20.48", "40.96",
    "81.92",
)  # fmt: skip
BUCKETS = {
    "vllm:time_to_first_token_seconds": TTFT,
    "vllm:request_time_per_output_token_seconds": TPOT,
    "vllm:e2e_request_latency_seconds": E2E,
    "gen_ai_server_request_duration_seconds": GATEWAY,
}
STANDING = {
    "DCGM_FI_DEV_GPU_UTIL": "60",
    "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL": "0",
    "DCGM_FI_DEV_ROW_REMAP_FAILURE": "0",
    "DCGM_FI_DEV_NVLINK_CRC_FLIT_ERROR_COUNT_TOTAL": "0",
    "DCGM_FI_DEV_NVLINK_CRC_DATA_ERROR_COUNT_TOTAL": "0",
    "DCGM_FI_DEV_NVLINK_REPLAY_ERROR_COUNT_TOTAL": "0",
    "DCGM_FI_DEV_NVLINK_RECOVERY_ERROR_COUNT_TOTAL": "0",
    "DCGM_FI_DEV_THERMAL_VIOLATION": "0",
    "DCGM_FI_DEV_XID_ERRORS": "0",
    "vllm:kv_cache_usage_perc": "0.5",
    "vllm:num_requests_waiting": "0",
}
"""Values of what is well."""
XID, BROKEN_GPUS = "79", 100
"""What one of so many reports."""


def gpu_labels(number: int) -> dict[str, str]:
    """What DCGM's exporter says of a GPU, with the node that is set at the scrape."""
    node = f"node-{number // GPUS_OF_A_NODE}"
    labels = {
        "gpu": str(number % GPUS_OF_A_NODE), "UUID": f"GPU-{number}", "modelName": "NVIDIA H100 80GB HBM3",
        "node": node, "Hostname": node,
    }  # fmt: skip
    if number % 5:  # the fifth is free
        labels |= {"namespace": f"team-{number % 40}", "pod": f"holder-{number}", "container": "server"}
    return labels
