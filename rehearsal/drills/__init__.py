"""Drills: what happens to the workloads when something happens to the cluster."""
