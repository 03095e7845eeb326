"""`make test-servers`: builds the servers that tests talk to and that no package registry has as programs."""

from __future__ import annotations

import sys

from rehearsal.cluster.cache_folder import CacheError
from rehearsal.cluster.go_build import GoError
from tests.servers.weaviate_build import ready_weaviate, version


def main() -> None:
    """Exit status 0 when everything is there, 1 when it can't be built, 130 interrupted."""
    try:
        program = ready_weaviate(lambda line: print(line, file=sys.stderr))  # noqa: T201 - a command's progress
    except (GoError, CacheError, OSError) as error:
        sys.exit(f"{error}")
    except KeyboardInterrupt:
        sys.exit(130)
    print(f"weaviate {version()} ready in {program.parent}")  # noqa: T201 - a command's answer


if __name__ == "__main__":
    main()
