"""GPUs: pools, taints, spot capacity, reservations, approvals."""
