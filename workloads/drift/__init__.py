"""Has one window of vectors drifted from another: scores, windows and calibrated thresholds, for any program."""
