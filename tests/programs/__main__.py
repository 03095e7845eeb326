"""`make test-programs`: builds the programs that tests run and that no package registry has as programs."""

from __future__ import annotations

import sys

from rehearsal.cluster.cache_folder import CacheError
from rehearsal.cluster.go_build import GoError
from rehearsal.observe.player import PLAYER
from tests.programs.go_program import PROGRAMS


def main() -> None:
    """Exit status 0 when everything is there, 1 when it can't be built, 130 interrupted."""
    try:
        for program in (*PROGRAMS, PLAYER):
            file = program.ready(lambda line: print(line, file=sys.stderr))  # noqa: T201 - a command's progress
            print(f"{program.name} {program.version} ready in {file.parent}")  # noqa: T201 - a command's answer
    except (GoError, CacheError, OSError) as error:
        sys.exit(f"{error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
