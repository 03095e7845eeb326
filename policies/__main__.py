"""Starts the pack: `pulumi preview --policy-pack policies` runs this file."""

from policies.pack import start

start()
