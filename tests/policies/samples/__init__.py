"""Resources that keep every policy, by theme."""
