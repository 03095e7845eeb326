"""The simulated Kubernetes cluster: a real control plane, simulated nodes, and where every pod lands."""
