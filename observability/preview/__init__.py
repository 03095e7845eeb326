"""Dashboards drawn without Grafana: reads their JSON, asks a Prometheus, writes pages of HTML and SVG."""
