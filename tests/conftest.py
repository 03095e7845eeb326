"""How property tests run: the same examples each time, so that one commit gives one result."""

from __future__ import annotations

from hypothesis import Phase, settings

settings.register_profile(
    "repeatable",
    derandomize=True,
    database=None,
    deadline=None,  # a busy machine is no fault
    # Without `explain`, which traces every line of the program while it looks for examples.
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
)
settings.load_profile("repeatable")
