"""The network between GPU hosts: installed by exact version, never changed under running pods, counted afterwards.

Packages, EFA's installer and fi_info are stand-ins, the folder of RDMA devices is a made one: that a link carries
traffic, and kernel modules, are not proved here.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.ansible.complaints import complaints
from tests.ansible.joining import EXPORT, digest, play_role
from tests.ansible.lab.host import Host
from tests.ansible.lab.lab import Lab
from tests.ansible.lab.package_repository import URL
from tests.ansible.lab.play import Played

pytestmark = pytest.mark.xdist_group("hosts-joining")

INSTALLED = "/opt/amazon/efa_installed_packages"
DEVICES = "/var/lib/gpu-double/infiniband"
PEERMEM = "/etc/modules-load.d/nvidia-peermem.conf"
# A distribution's Open MPI, as far as the package database tells of it.
OPEN_MPI = """\
mkdir -p /tmp/mpi/DEBIAN && cd /tmp/mpi
printf 'Package: libopenmpi-dev\\nVersion: 4.1\\nArchitecture: all\\n' > DEBIAN/control
printf 'Maintainer: lab\\nDescription: MPI\\n' >> DEBIAN/control
dpkg-deb --build . ../mpi.deb && dpkg --install ../mpi.deb
"""


@dataclass
class Pair:
    """An EC2 instance and a DGX."""

    lab: Lab
    instance: Host
    dgx: Host

    def play(self, *, instance: dict[str, Any] | None = None, dgx: dict[str, Any] | None = None) -> Played:
        """Play the role on those that are told something."""
        version = str((instance or {}).get("rdma_efa_version", "1.50.0"))
        name = f"aws-efa-installer-{version}.tar.gz"
        efa = {
            "platform": EXPORT,
            "rdma_efa_version": version,
            "rdma_efa_url": f"{URL}/files/{name}",
            "rdma_efa_sha256": digest(self.lab, name),
        }
        doca = {"platform": EXPORT, "rdma_infiniband_path": DEVICES, "rdma_link_type": "infiniband"}
        told = ((self.instance, efa, instance), (self.dgx, doca, dgx))
        return play_role(self.lab, "rdma", {host: {**given, **own} for host, given, own in told if own is not None})


@pytest.fixture(scope="module")
def pair(lab: Lab) -> Generator[Pair]:
    """Machines with the network devices that the catalogue says."""
    made = Pair(
        lab,
        lab.host("Ubuntu-24.04", name="host-a10g-1", machine="g5.48xlarge"),
        lab.host("RedHat-9", name="dgx-31", machine="dgx-h100"),
    )
    assert made.instance.run(OPEN_MPI).returncode == 0
    # An rpm database without any package looks to Ansible like none at all; no real host has one.
    assert made.dgx.run("dnf install -qy tar").returncode == 0
    for number in range(10):
        made.dgx.write(f"{DEVICES}/mlx5_{number}/ports/1/link_layer", "InfiniBand\n")
    yield made
    lab.stop(made.instance)
    lab.stop(made.dgx)


def test_what_is_in_the_way_is_told(pair: Pair) -> None:
    pair.dgx.write(f"{DEVICES}/mlx5_3/ports/1/link_layer", "Ethernet\n")
    played = pair.play(instance={}, dgx={})
    pair.dgx.write(f"{DEVICES}/mlx5_3/ports/1/link_layer", "InfiniBand\n")
    assert "libopenmpi-dev of the distribution is installed on host-a10g-1" in complaints(played, pair.instance.name)
    assert "rdma_efa_remove_conflicts=true" in complaints(played, pair.instance.name)
    assert "mlx5_3 of dgx-31 are not infiniband links" in complaints(played, pair.dgx.name)
    assert "mlxconfig -d <device> set LINK_TYPE_P1=1" in complaints(played, pair.dgx.name)


def test_both_are_installed_by_version_and_then_left_alone(pair: Pair) -> None:
    wanted = {"instance": {"rdma_efa_remove_conflicts": True}, "dgx": {"rdma_peermem_mode": "peermem"}}
    first = pair.play(**wanted)
    assert first.rc == 0, first.output
    assert "EFA installer version: 1.50.0" in pair.instance.read(INSTALLED)
    assert "Status: install" not in pair.instance.run("dpkg --status libopenmpi-dev").stdout
    assert pair.dgx.run("rpm --query doca-ofed").stdout.startswith("doca-ofed-3.2.1-")
    assert pair.dgx.read(PEERMEM) == "nvidia_peermem\n"
    second = pair.play(**wanted)
    assert (second.rc, second.changed()) == (0, []), second.output


def test_missing_interfaces_and_a_version_that_moved_on_are_told(pair: Pair) -> None:
    """An upgrade takes the network away: it waits for who drains the host. DMA-BUF needs no module."""
    pair.instance.double.fail("fi_info", "no-provider")
    played = pair.play(instance={"rdma_efa_version": "1.51.0"}, dgx={"rdma_interfaces": 12})
    pair.instance.double.heal()
    undone = played.task("Say that EFA is left as it is", "host-a10g-1").message
    assert "EFA 1.50.0 stays on host-a10g-1 (wanted 1.51.0)" in undone
    assert "EFA installer version: 1.50.0" in pair.instance.read(INSTALLED)
    assert "libfabric sees 0 EFA interfaces on host-a10g-1, the catalogue says 1" in complaints(
        played, pair.instance.name
    )
    assert "dgx-31 has 10 RDMA devices, the catalogue says at least 12" in complaints(played, pair.dgx.name)
    assert not (pair.dgx.root / PEERMEM[1:]).exists()


def test_an_upgrade_that_is_allowed_happens_and_a_downgrade_never(pair: Pair) -> None:
    upgraded = pair.play(instance={"rdma_efa_version": "1.51.0", "rdma_change_allowed": "true"})
    assert upgraded.rc == 0, upgraded.output
    assert "EFA installer version: 1.51.0" in pair.instance.read(INSTALLED)
    older = pair.play(instance={"rdma_change_allowed": "true"})
    assert "EFA 1.51.0 is installed on host-a10g-1, wanted is 1.50.0" in older.messages
    assert "uninstall first" in older.messages
