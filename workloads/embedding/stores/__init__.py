"""Vector stores: one port, one adapter per engine."""
