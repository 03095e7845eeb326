"""`python -m tests.ansible.lab`: build the root trees, or bring up a host to work with by hand."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys

from rehearsal.cluster.cache_folder import CacheError
from tests.ansible.lab.command import LabError
from tests.ansible.lab.lab import Lab
from tests.ansible.lab.operating_systems import OPERATING_SYSTEMS
from tests.ansible.lab.root_tree import TREES


def main() -> None:
    """Exit status 0 when all is well, 1 when the lab can't, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.ansible.lab", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="build the root trees, once")
    up = commands.add_parser("up", help="boot a host and keep it until Ctrl-C")
    up.add_argument("systems", nargs="+", choices=list(OPERATING_SYSTEMS), help="one host for each")
    up.add_argument("--name", action="append", default=[], help="its name, in the order of the systems")
    up.add_argument("--machine", default="dgx-h100", help="machine of catalogue/gpu-machines.yaml")
    arguments = parser.parse_args()
    try:
        if arguments.command == "build":
            for tree in TREES:
                _say(f"{tree.name}: {tree.ready(_say)}")
        else:
            _up(arguments.systems, arguments.name, arguments.machine)
    except (LabError, CacheError) as error:
        sys.exit(f"{error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _up(systems: list[str], names: list[str], machine: str) -> None:
    lab = Lab(_say)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        names = names + [f"host-{number}" for number in range(len(names) + 1, len(systems) + 1)]
        hosts = [lab.host(system, name, machine) for system, name in zip(systems, names, strict=True)]
        inventory = lab.inventory(hosts)
        variables = " ".join(
            f"{name}={shlex.quote(value)}" for name, value in lab.environment().items() if name != "PATH"
        )
        environment = lab.folder / "environment"
        environment.write_text(f"export {variables}\n")
        _say(f"inventory: {inventory}\nenvironment: . {environment}")
        for host in hosts:
            _say(f"{host.name}: {host.description.system} at {host.address}, files in {host.root}")
        _say(f"cd ansible && . {environment} && ../.venv/bin/ansible-playbook -i {inventory} site.yml")
        _say("Ctrl-C ends it")
        signal.pause()
    finally:
        lab.close()


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a command's answer


if __name__ == "__main__":
    main()
