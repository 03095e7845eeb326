"""A dnf repository of stand-in packages with its module streams, made by rpmbuild and createrepo_c.

One spec file makes many packages, so that hundreds take seconds; a name's second version goes into the next spec file.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from tests.ansible.lab.packages.contents import content, started
from tests.ansible.lab.packages.package_table import Package
from tests.ansible.lab.packages.signing import Signer

HEAD: Final = """\
Name: lab-{number}
Version: 1
Release: 1
Summary: stands in for the vendors' packages
License: Apache-2.0
AutoReqProv: no
%global debug_package %{{nil}}
%global _build_id_links none
%global __os_install_post %{{nil}}
%global _binary_payload w0.gzdio
%description
stands in for the vendors' packages
%install
"""
CONTEXT: Final = "9e22e3a4"


def write_repository(
    folder: Path, packages: Iterable[Package], modules: Mapping[str, Sequence[Mapping[str, Any]]], signer: Signer
) -> None:
    """Fill a folder with packages, their metadata and their module streams; the metadata is signed."""
    folder.mkdir(parents=True)
    work = folder.with_name(f".{folder.name}.work")
    listed = list(packages)
    for number, round_ in enumerate(_rounds(listed)):
        _build(round_, number, work, folder)
    shutil.rmtree(work)
    (folder / "modules.yaml").write_text(yaml.safe_dump_all(_modules(listed, modules), explicit_end=True))
    _run("createrepo_c", "--quiet", "--general-compress-type=gz", str(folder))
    _run("modifyrepo_c", "--mdtype=modules", str(folder / "modules.yaml"), str(folder / "repodata"))
    signer.detach(folder / "repodata/repomd.xml", folder / "repodata/repomd.xml.asc")


def _rounds(packages: Sequence[Package]) -> list[list[Package]]:
    """Packages in lists without two of one name, or of one file."""
    rounds: list[list[Package]] = []
    taken: list[set[str]] = []
    for package in packages:
        needed = {package.name, *package.files}
        place = next((number for number, names in enumerate(taken) if not names & needed), len(rounds))
        if place == len(rounds):
            rounds.append([])
            taken.append(set())
        rounds[place].append(package)
        taken[place] |= needed
    return rounds


def _build(packages: Sequence[Package], number: int, work: Path, folder: Path) -> None:
    # Contents lie under the hash of what they are: most files are in several packages.
    sources = work / "sources"
    sources.mkdir(parents=True, exist_ok=True)
    install, sections = list[str](), list[str]()
    for package in packages:
        listed: list[str] = []
        for path, source in package.files.items():
            made = content(path, source)
            kept = sources / hashlib.sha256(made.data).hexdigest()
            kept.write_bytes(made.data)
            install.append(f"install -D -m {made.mode:o} {kept} %{{buildroot}}{path}")
            listed.append(
                f"%attr({made.mode:04o}, root, root) {'%config(noreplace) ' if path.startswith('/etc/') else ''}{path}"
            )
        sections.append(_sections(package, listed))
    spec = work / f"lab-{number}.spec"
    spec.write_text(HEAD.format(number=number) + "\n".join(install) + "\n" + "\n".join(sections))
    defines = {
        "_topdir": str(work),
        "_rpmdir": str(folder),
        "_rpmfilename": "%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm",
    }
    arguments = [part for name, value in defines.items() for part in ("--define", f"{name} {value}")]
    _run("rpmbuild", "-bb", "--quiet", "--nodeps", "--target", "x86_64", *arguments, str(spec))


def _sections(package: Package, files: Sequence[str]) -> str:
    version, _, release = package.version.rpartition("-")
    lines = [f"%package -n {package.name}", "Summary: stands in for the vendor's package of this name"]
    lines += [f"Epoch: {package.epoch}"] if package.epoch else ["Epoch: 0"]
    lines += [f"Version: {version}", f"Release: {release}", "AutoReqProv: no"]
    relations = {"Requires": package.depends, "Provides": package.provides, "Conflicts": package.conflicts}
    lines += [f"{name}: {value}" for name, values in relations.items() for value in values]
    lines += [f"Obsoletes: {value}" for value in package.replaces]
    lines += [f"Recommends: {value}" for value in package.recommends]
    if package.module:
        lines.append(f"ModularityLabel: {package.module}:1:{CONTEXT}")
    lines += [f"%description -n {package.name}", "stands in for the vendor's package of this name"]
    units = any("/systemd/system/" in path for path in package.files)
    reload = "if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi\n" if units else ""
    if script := package.postinst + reload + started(tuple(package.enable)):
        lines += [f"%post -n {package.name}", "set -e", script]
    if package.postrm:
        lines += [f"%postun -n {package.name}", package.postrm]
    return "\n".join([*lines, f"%files -n {package.name}", *files, ""])


def _modules(packages: Sequence[Package], modules: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """One document per stream: its profiles, and which packages are its own."""
    documents = list[dict[str, Any]]()
    for name, streams in modules.items():
        for stream in streams:
            # A precompiled stream shares all but the modules with its branch's other stream.
            branch = str(stream["stream"]).removesuffix("-open")
            own = [each for each in packages if each.module in (f"{name}:{stream['stream']}", f"{name}:{branch}-open")]
            if branch == stream["stream"]:
                own = [each for each in own if not each.name.endswith("-dkms")]
            documents.append(
                {
                    "document": "modulemd",
                    "version": 2,
                    "data": {
                        "name": name,
                        "stream": stream["stream"],
                        "version": 1,
                        "context": CONTEXT,
                        "arch": "x86_64",
                        "summary": "stands in for the vendor's module",
                        "description": "stands in for the vendor's module",
                        "license": {"module": ["Apache-2.0"]},
                        "profiles": {key: {"rpms": rpms} for key, rpms in stream["profiles"].items()},
                        "artifacts": {"rpms": [_identity(each) for each in own]},
                    },
                }
            )
    return documents


def _identity(package: Package) -> str:
    version, _, release = package.version.rpartition("-")
    return f"{package.name}-{package.epoch}:{version}-{release}.x86_64"


def _run(*command: str) -> None:
    # Fixed programs on files that were just written here.
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - see above
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stderr.strip()[-2000:]}")
