"""Drift: whether new documents embed like those that the index was made of, with thresholds calibrated on them."""
