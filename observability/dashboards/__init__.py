"""Grafana dashboards as Python: one module per dashboard, written to charts/monitoring/dashboards as JSON."""
