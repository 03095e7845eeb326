"""Roles on real Ubuntu, where its archive answers: a layer beside the hosts that pose as Ubuntu, skipped elsewhere.

Vendors' packages and the mirror are the stand-ins of all hosts; systemd, Python, apt, sshd and the rest are Ubuntu's.
"""

from __future__ import annotations

import pytest

from tests.ansible.lab.lab import Lab
from tests.ansible.lab.ubuntu_archive import SUITES, archive_is_away, ubuntu_tree

# The same roles on root trees that stand in for Ubuntu's: their own tests.
pytestmark = [pytest.mark.xdist_group("hosts-ubuntu"), pytest.mark.long]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("system", SUITES)
def test_roles_converge_once_on_real_ubuntu(lab: Lab, system: str) -> None:
    if away := archive_is_away():
        pytest.skip(f"no real Ubuntu: {away}; hosts that pose as it are tried all the same")
    host = lab.host(system, name="real", tree=ubuntu_tree(system))
    try:
        assert (
            SUITES[system]
            in host.run(". /usr/lib/os-release; apt-cache policy base-files; echo $VERSION_CODENAME").stdout
        )
        version = {"Ubuntu-22.04": "249", "Ubuntu-24.04": "255"}[system]
        assert host.run("systemctl --version").stdout.startswith(f"systemd {version} ")
        variables = {"base_os_minimum_free_gib": {}, "node_health_node": "real"}
        for role in ("base_os", "node_health"):
            first = lab.role(role, host, variables=variables)
            assert first.rc == 0, first.output
            second = lab.role(role, host, variables=variables)
            assert (second.rc, second.changed()) == (0, []), second.output
    finally:
        lab.stop(host)
