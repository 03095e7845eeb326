"""Backups of an index: its visible chunks with their vectors in an archive, restored into any of the engines."""
