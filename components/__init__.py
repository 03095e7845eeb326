"""Pulumi components, one noun a file."""
