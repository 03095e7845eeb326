"""Judges registrations before they are created, and what stands after."""
