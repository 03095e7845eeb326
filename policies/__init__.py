"""The policy pack: one policy a file, by theme; the engine's policy host and `rehearse` run the same."""
