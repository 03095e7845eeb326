"""Role storage: which disks it takes and never takes, and what it makes of them.

Real here: loop devices, their signatures (wipefs, blkid), mkfs, mount, folders. Doubles: lsblk, which calls the loop
devices NVMe disks with serial numbers, and mdadm, whose array is a loop device of its own: the kernel that hosts share
has no md.
Not proved: that an array is assembled again at boot, and the order of mounts and containerd.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.ansible.complaints import refused
from tests.ansible.lab.command import attempt, run
from tests.ansible.lab.doubles.bundle import bundle
from tests.ansible.lab.host import Host
from tests.ansible.lab.lab import Lab
from tests.ansible.role_filters import role_filters

pytestmark = pytest.mark.xdist_group("hosts-storage")
plan = role_filters("storage", "disks")["scratch_plan"]
MIB = 1024 * 1024


def disk(name: str, serial: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "disk", "tran": "nvme", "serial": serial, "model": "MICRON 7450", **more}


def planned(*disks: dict[str, Any], signatures: dict[str, list[str]] | None = None, **more: Any) -> dict[str, Any]:
    return plan({"blockdevices": list(disks)}, "llm-scratch", signatures or {}, **more)


MOUNTED = {"name": "/dev/nvme0n1p1", "type": "part", "mountpoints": ["/", None]}


class TestWhichDisks:
    def test_an_empty_disk_is_taken_and_the_system_disk_is_not(self) -> None:
        system = disk("/dev/nvme0n1", "S0", pttype="gpt", children=[MOUNTED])
        found = planned(system, disk("/dev/nvme1n1", "S1"))
        assert (found["disks"], found["wiped"]) == (["/dev/nvme1n1"], [])
        assert found["left"] == ["/dev/nvme0n1 (serial S0) is in use: /dev/nvme0n1p1 is mounted at /"]

    @pytest.mark.parametrize(
        ("carries", "signatures"),
        [
            ({"fstype": "ext4"}, {}),
            ({"pttype": "gpt"}, {}),
            ({"children": [{"name": "/dev/nvme1n1p1", "type": "part"}]}, {}),
            ({}, {"/dev/nvme1n1": ["zfs_member"]}),
        ],
        ids=["file system", "partition table", "partition", "signature that lsblk does not name"],
    )
    def test_a_disk_that_carries_anything_is_left_alone_until_its_serial_is_declared(
        self, carries: dict[str, Any], signatures: dict[str, list[str]]
    ) -> None:
        carrying = disk("/dev/nvme1n1", "S1", **carries)
        left = planned(carrying, signatures=signatures)
        assert left["disks"] == []
        assert "S1" in left["left"][0]
        assert planned(carrying, signatures=signatures, serials=["S1"])["faults"], "named, and still not to be wiped"
        wiped = planned(carrying, signatures=signatures, wipe_serials=["S1"])
        assert (wiped["disks"], wiped["wiped"], wiped["faults"]) == (["/dev/nvme1n1"], ["/dev/nvme1n1"], [])

    @pytest.mark.parametrize(
        "child",
        [MOUNTED, {"name": "/dev/md0", "type": "raid5"}, {"name": "/dev/mapper/vg-data", "type": "lvm"}],
        ids=["mounted", "array", "volume group"],
    )
    def test_a_disk_in_use_is_not_wiped_even_when_declared(self, child: dict[str, Any]) -> None:
        found = planned(disk("/dev/nvme0n1", "S0", children=[child]), wipe_serials=["S0"])
        assert (found["disks"], found["wiped"]) == ([], [])
        assert child["name"] in found["faults"][0]

    def test_volumes_of_a_network_and_other_buses_are_not_local_disks(self) -> None:
        volume = disk("/dev/nvme1n1", "vol0123", model="Amazon Elastic Block Store")
        assert planned(volume, disk("/dev/sda", "S2", tran="sata"))["disks"] == []

    def test_a_serial_that_no_disk_has_is_a_fault(self) -> None:
        assert planned(disk("/dev/nvme0n1", "S0"), serials=["S9"])["faults"] == ["no local NVMe disk has the serial S9"]

    def test_what_carries_the_label_is_found_again_and_nothing_else_is_touched(self) -> None:
        array = {"name": "/dev/md127", "type": "raid0", "label": "llm-scratch", "fstype": "xfs"}
        found = planned(disk("/dev/nvme0n1", "S0", children=[array]), disk("/dev/nvme1n1", "S1"), wipe_serials=["S1"])
        assert (found["existing"], found["wiped"]) == ("/dev/md127", [])


@dataclass(frozen=True)
class Disks:
    """A host with three NVMe disks, of which the third carries a file system."""

    host: Host

    def device(self, name: str) -> str:
        return self.host.run(f"blkid -p -o value -s TYPE -s LABEL {name}").stdout


@pytest.fixture(scope="module")
def disks(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disks]:
    host = lab.host("Ubuntu-24.04", name="storage-01", machine="p5.48xlarge")
    folder = tmp_path_factory.mktemp("disks")
    loops: list[str] = []
    try:
        for name in ("nvme0n1", "nvme1n1", "nvme2n1", "md127"):
            loops.append(attach(folder / name))
            number = os.minor(Path(loops[-1]).stat().st_rdev)
            done = host.run(f"mknod /dev/{name} b 7 {number}")
            assert done.returncode == 0, done.stderr
        for program in ("lsblk", "mdadm"):
            file = host.root / "usr/local/sbin" / program
            file.write_bytes(bundle(program))
            file.chmod(0o755)
        assert host.run("mkfs.ext4 -q -L precious /dev/nvme2n1").returncode == 0
        named = [f"/dev/nvme{number}n1" for number in range(3)]
        host.double.set("disks", [{"name": name, "tran": "nvme", "serial": f"S{at}"} for at, name in enumerate(named)])
        yield Disks(host)
    finally:
        host.run("umount /scratch")
        lab.stop(host)
        for loop in loops:
            attempt("losetup", "--detach", loop)


def attach(file: Path) -> str:
    with file.open("wb") as image:
        image.truncate(400 * MIB)
    return run("losetup", "--find", "--show", file).strip()


def test_scratch_space_is_made_of_the_free_disks_and_of_no_other(lab: Lab, disks: Disks) -> None:
    """Check mode, first run, second run, a folder more, in one sequence: each stands on the one before."""
    host = disks.host
    said = lab.role("storage", host, variables={"storage_source": "nvme"}, check=True)
    assert said.rc == 0, said.output
    assert "Make the array" in said.output
    assert host.double.calls("mdadm") == []

    first = lab.role("storage", host, variables={"storage_source": "nvme"})
    assert first.rc == 0, first.output
    assert host.double.calls("mdadm")[0][-2:] == ["/dev/nvme0n1", "/dev/nvme1n1"]
    assert "precious" in disks.device("/dev/nvme2n1")
    mounted = host.run("findmnt --noheadings --output=FSTYPE,OPTIONS --mountpoint /scratch").stdout
    assert "xfs" in mounted
    assert "noatime" in mounted
    line = next(line for line in host.read("/etc/fstab").splitlines() if "/scratch" in line)
    assert line.startswith("LABEL=llm-scratch /scratch xfs")
    assert {"nofail", "x-systemd.before=containerd.service"} <= set(line.split()[3].split(","))
    assert host.run("stat --format='%a %U' /scratch/weights").stdout == "755 root\n"

    folders = [{"path": "weights", "mode": "0755"}, {"path": "vllm", "group": "2000", "mode": "2775"}]
    more = lab.role("storage", host, variables={"storage_source": "nvme", "storage_folders": folders})
    assert more.changed() == ["Make the folders"], more.output
    assert host.run("stat --format='%a %g' /scratch/vllm").stdout == "2775 2000\n"
    again = lab.role("storage", host, variables={"storage_source": "nvme", "storage_folders": folders})
    assert (again.rc, again.changed()) == (0, []), again.output


def test_what_can_not_be_meant_is_refused_by_name(lab: Lab, disks: Disks) -> None:
    cases: dict[str, dict[str, Any]] = {
        "storage_label": {"storage_source": "nvme", "storage_label": "much-too-long-a-label"},
        "storage_path": {"storage_source": "nvme", "storage_path": "/var"},
        "storage_folders": {"storage_source": "none", "storage_folders": [{"path": "../etc"}]},
        "storage_existing_path": {"storage_source": "existing", "storage_existing_path": "/raid"},
    }
    for name, said in refused(lab, "storage", disks.host, cases).items():
        assert name in said
        assert "Nothing was changed" in said
