"""The stand-in repositories hold what the roles ask for, and apt and dnf resolve them as they do the vendors'.

Not shown here: that the vendors' repositories hold the same; the tables say where each name was seen.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ansible.lab.packages import package_table
from tests.ansible.lab.packages.build import fingerprint, newest, prepared_packages
from tests.ansible.lab.packages.contents import content
from tests.ansible.lab.packages.package_table import Package
from tests.ansible.roles import ANSIBLE

VERSIONS: dict[str, Any] = yaml.safe_load((ANSIBLE / "versions" / "2026-11.yml").read_text())
UBUNTU = ["Ubuntu-22.04", "Ubuntu-24.04", "DGXOS-6", "DGXOS-7"]
DRIVER: str = VERSIONS["nvidia_driver"]["version"]
PREVIOUS: str = VERSIONS["nvidia_driver"]["previous_version"]
FAMILY = (
    *("nvidia-headless-no-dkms-{}-server-open", "nvidia-utils-{}-server", "nvidia-compute-utils-{}-server"),
    *("nvidia-kernel-common-{}-server", "nvidia-kernel-source-{}-server-open", "libnvidia-compute-{}-server"),
    *("libnvidia-cfg1-{}-server", "nvidia-fabricmanager-{}", "libnvidia-nscq-{}"),
)

pytestmark = [
    pytest.mark.xdist_group("lab-packages"),
    pytest.mark.skipif(not shutil.which("apt-get"), reason="there is no apt-get to resolve packages with"),
]


class Apt:
    """apt-get with a state of its own, that only pretends to install."""

    def __init__(self, folder: Path, repository: str) -> None:
        for name in ("state/lists/partial", "cache/archives/partial", "etc/preferences.d", "log"):
            (folder / name).mkdir(parents=True)
        self._status = folder / "status"
        self._status.write_text("")
        self._repository = prepared_packages() / "apt" / repository
        key = prepared_packages() / "files" / "archive-keyring.gpg"
        (folder / "sources.list").write_text(f"deb [signed-by={key}] file:{self._repository} ./\n")
        places = {"Etc": "etc", "State": "state", "Cache": "cache", "Log": "log", "Etc::sourcelist": "sources.list"}
        self._options = [f"-oDir::{name}={folder / place}" for name, place in places.items()]
        self._options += [f"-oDir::State::status={self._status}", "-oAPT::Architecture=amd64", "-oDebug::NoLocking=1"]
        self._options += ["-oAPT::Sandbox::User=root", "-oDir::Etc::sourceparts=/nonexistent"]
        assert self.run("update").returncode == 0

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - apt with a state of its own
            ["apt-get", *self._options, *arguments],  # noqa: S607 - the system's
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )

    def installs(self, *packages: str) -> dict[str, str]:
        """Return what would be installed, with versions."""
        seen = self.run("install", "--simulate", "--yes", "--allow-downgrades", *packages)
        assert seen.returncode == 0, seen.stdout + seen.stderr
        return dict(re.findall(r"^Inst (\S+) (?:\[\S+\] )?\((\S+)", seen.stdout, re.MULTILINE))

    def refusal(self, *packages: str) -> str:
        seen = self.run("install", "--simulate", "--yes", *packages)
        assert seen.returncode == 100
        return seen.stdout

    def install(self, *packages: str) -> None:
        """Pretend that these, and what they need, are installed."""
        chosen = self.installs(*packages)
        index = (self._repository / "Packages").read_text().split("\n\n")
        for entry in index:
            name, version = re.findall(r"^(?:Package|Version): (\S+)", entry, re.MULTILINE)
            if chosen.get(name) == version:
                with self._status.open("a") as status:
                    status.write(f"{entry.strip()}\nStatus: install ok installed\n\n")


def family(branch: str, version: str, release: str = "24.04") -> list[str]:
    return [f"{name.format(branch)}={version}-0ubuntu0.{release}.1" for name in FAMILY]


@pytest.fixture
def apt(tmp_path: Path) -> Apt:
    return Apt(tmp_path, "Ubuntu-24.04")


def offered(table: str, system: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for package in package_table.packages(table, system):
        epoch = f"{package.epoch}:" if package.epoch else ""
        found.setdefault(package.name, set()).add(f"{epoch}{package.version}")
    return found


@pytest.mark.parametrize("system", [*UBUNTU, "RedHat-9"])
def test_the_version_set_is_on_offer(system: str) -> None:
    found = offered("redhat" if system == "RedHat-9" else "ubuntu", system)
    red_hat = system == "RedHat-9"
    kernel = VERSIONS["kernel"][system]
    wanted = {
        "libnvidia-nscq-580": DRIVER,
        "nvidia-container-toolkit": VERSIONS["container_toolkit"]["version"],
        "containerd.io": VERSIONS["containerd"]["version"],
        "datacenter-gpu-manager-4-core": f"1:{VERSIONS['dcgm']['version']}",
        f"datacenter-gpu-manager-4-cuda{VERSIONS['dcgm']['cuda_major']}": f"1:{VERSIONS['dcgm']['version']}",
        "nvidia-mig-manager": VERSIONS["mig_manager"]["version"],
        "doca-ofed": VERSIONS["doca"]["version"],
    }
    for name, version in wanted.items():
        assert any(each.startswith(f"{version}-") for each in found[name]), (name, version, found[name])
    assert any(each.startswith(f"{PREVIOUS}-") for each in found["libnvidia-nscq-580"])
    if red_hat:
        assert kernel in found["kernel-core"]
    else:
        assert any(re.fullmatch(rf"linux-image-{re.escape(kernel)}-(generic|nvidia)", name) for name in found)


@pytest.mark.parametrize("system", [*UBUNTU, "RedHat-9"])
def test_relations_name_what_is_there(system: str) -> None:
    packages = package_table.packages("redhat" if system == "RedHat-9" else "ubuntu", system)
    known = {package.name for package in packages}
    known |= {provided.split()[0] for package in packages for provided in package.provides}
    for package in packages:
        needed = {relation.split()[0] for relation in package.depends}
        assert needed <= known, f"{package.name}: {needed - known}"


def test_the_family_locks_itself(apt: Apt) -> None:
    """NVIDIA/gpu-operator#544: a Fabric Manager of another version than the driver's."""
    apt.install(*family("580", DRIVER))
    chosen = apt.installs(*family("580", PREVIOUS))
    assert set(chosen.values()) == {f"{PREVIOUS}-0ubuntu0.24.04.1"}
    assert "nvidia-kernel-common-580-server" in apt.refusal(f"nvidia-fabricmanager-580={PREVIOUS}-0ubuntu0.24.04.1")


def test_modules_are_of_one_kernel_and_one_driver(apt: Apt) -> None:
    """The module package's version is the kernel's; which driver it is of, only its relations say."""
    modules = "linux-modules-nvidia-580-server-open-generic"
    chosen = apt.installs(*family("580", DRIVER), modules)
    assert chosen[modules] == "6.8.0-149.149+1"
    assert "linux-image-6.8.0-149-generic" in chosen
    assert "nvidia-kernel-common-580-server" in apt.refusal(*family("580", PREVIOUS), modules)
    exact = [f"{modules}=6.8.0-149.149", f"{modules.replace('generic', '6.8.0-149-generic')}=6.8.0-149.149"]
    assert apt.installs(*family("580", PREVIOUS), *exact)[modules] == "6.8.0-149.149"


def test_branches_exclude_each_other(apt: Apt) -> None:
    apt.install(*family("580", DRIVER))
    seen = apt.run("install", "--simulate", "--yes", *family("590", "590.48.01"))
    assert len(re.findall(r"^Remv \S+-580\S*", seen.stdout, re.MULTILINE)) == len(FAMILY)


def test_an_archive_that_keeps_only_the_newest_has_no_way_back(tmp_path: Path) -> None:
    apt = Apt(tmp_path, "Ubuntu-24.04-newest")
    assert apt.installs(f"nvidia-utils-580-server={DRIVER}-0ubuntu0.24.04.1")
    assert f"Version '{PREVIOUS}-0ubuntu0.24.04.1' for 'nvidia-utils-580-server' was not found" in (
        apt.run("install", "--simulate", f"nvidia-utils-580-server={PREVIOUS}-0ubuntu0.24.04.1").stderr
    )


def test_old_and_new_dcgm_exclude_each_other(apt: Apt) -> None:
    apt.install("datacenter-gpu-manager")
    seen = apt.run("install", "--simulate", "--yes", "datacenter-gpu-manager-4-cuda13")
    assert "Remv datacenter-gpu-manager " in seen.stdout


def test_a_package_is_a_real_one() -> None:
    file = next((prepared_packages() / "apt/Ubuntu-24.04").glob("nvidia-utils-580-server_580.178*.deb"))
    fields = subprocess.run(  # noqa: S603 - reads a package
        ["dpkg-deb", "--field", str(file), "Version", "Depends"],  # noqa: S607 - the system's
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert f"Version: {DRIVER}-0ubuntu0.24.04.1" in fields
    assert f"nvidia-kernel-common-580-server-{DRIVER}" in fields


def test_a_module_stream_brings_one_driver_of_epoch_3(tmp_path: Path) -> None:
    repository = prepared_packages() / "rpm/RedHat-9"
    options = ["--installroot", str(tmp_path), "--releasever", "9", "--assumeno", f"--repofrompath=lab,{repository}"]
    options += ["--repo=lab", "--setopt=module_platform_id=platform:el9", "--nogpgcheck", "--disableplugin=*"]
    seen = subprocess.run(  # noqa: S603 - resolves into an empty root
        ["dnf", *options, "module", "install", "nvidia-driver:580-open/fm"],  # noqa: S607 - the system's
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    rows = dict(re.findall(r"^ (\S+) +x86_64 +(\S+) +lab", seen, re.MULTILINE))
    assert rows["nvidia-open"] == f"3:{DRIVER}-1.el9"
    assert rows["nvidia-fabricmanager"] == f"{DRIVER}-1"
    assert "kmod-nvidia-580" not in rows


def test_another_table_is_built_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.ansible.lab.packages.build.INPUTS", (tmp_path,))
    table = tmp_path / "ubuntu.yaml"
    table.write_text("systems: {}\n")
    before = fingerprint()
    assert fingerprint() == before
    table.write_text("systems: {Ubuntu-24.04: {}}\n")
    assert fingerprint() != before


def test_a_line_that_says_nothing_known_is_refused() -> None:
    with pytest.raises(ValueError, match=r"/usr/bin/x: .* is no text, double, program or link"):
        content("/usr/bin/x", {"txt": "typed wrongly"})


def test_the_newest_is_so_by_number() -> None:
    packages = [Package("x", version) for version in ("580.9.1-1", "580.126.09-1", "580.178.04-1")]
    assert [package.version for package in newest(packages)] == ["580.178.04-1"]
