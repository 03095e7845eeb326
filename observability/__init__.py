"""What the platform measures: metrics, recording rules, objectives, prices and dashboards."""
