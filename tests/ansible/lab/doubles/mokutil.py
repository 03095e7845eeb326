"""Double of mokutil: whether the firmware was told of the owner's key."""

from __future__ import annotations

import sys

from tests.ansible.lab.doubles.state import ended, here, unanswered


def main() -> None:
    """Answer what roles ask, and nothing else."""
    state, arguments = here(), sys.argv[1:]
    state.record("mokutil", *arguments)
    match arguments:
        case ["--test-key", key]:
            enrolled = bool(state.get("enrolled_keys"))
            ended(1 if enrolled else 0, f"{key} is {'already' if enrolled else 'not'} enrolled")
        case _:
            unanswered("mokutil", arguments)


if __name__ == "__main__":
    main()
