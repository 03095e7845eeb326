"""An apt repository of stand-in packages: each a .deb of the vendor's name, version and relations, nearly empty."""

from __future__ import annotations

import email.utils
import gzip
import hashlib
import io
import os
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tests.ansible.lab.packages.contents import Content, content, started
from tests.ansible.lab.packages.package_table import Package
from tests.ansible.lab.packages.signing import Signer

SCRIPT: Final = "#!/bin/sh\nset -e\n"
MADE: Final = 1_763_700_000
"""The time of all files in packages: the same input makes the same bytes."""
DATE: Final = email.utils.formatdate(MADE, usegmt=True)


def write_repository(folder: Path, packages: Iterable[Package], pool: Path, signer: Signer) -> None:
    """Fill a folder with packages and their signed index, flat: the suite's name is `./`.

    Files lie once in the pool, whichever repositories offer them.
    """
    folder.mkdir(parents=True)
    pool.mkdir(exist_ok=True)
    index = "\n".join(_offered(package, folder, pool) for package in packages).encode()
    (folder / "Packages").write_bytes(index)
    lines = [f"Origin: Lab\nLabel: {folder.name}\nSuite: lab\nArchitectures: amd64\nDate: {DATE}\nSHA256:"]
    lines.append(f" {hashlib.sha256(index).hexdigest()} {len(index)} Packages\n")
    (folder / "Release").write_text("\n".join(lines))
    signer.clearsign(folder / "Release", folder / "InRelease")
    signer.detach(folder / "Release", folder / "Release.gpg")


def _offered(package: Package, folder: Path, pool: Path) -> str:
    """Put a package into the repository, and return what the index says of it."""
    described = hashlib.sha256(repr(package).encode()).hexdigest()[:16]
    kept = pool / f"{described}.deb"
    if not kept.exists():
        kept.write_bytes(deb(package))
    file = folder / f"{package.name}_{package.version}_amd64.deb"
    os.link(kept, file)
    with kept.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return f"{_control(package)}Filename: ./{file.name}\nSize: {file.stat().st_size}\nSHA256: {digest}\n"


def deb(package: Package) -> bytes:
    """Return a package file: an ar archive of a version and two tar archives, as deb(5) has it."""
    files = {path: content(path, source) for path, source in package.files.items()}
    scripts = {
        "postinst": package.postinst + _reloaded(files) + started(tuple(package.enable)),
        "postrm": package.postrm,
    }
    control = {name: Content((SCRIPT + text).encode(), 0o755) for name, text in scripts.items() if text}
    control |= {"control": Content(_control(package).encode())}
    if kept := [path for path in files if path.startswith("/etc/")]:
        control["conffiles"] = Content("".join(f"{path}\n" for path in sorted(kept)).encode())
    members = {
        "debian-binary": b"2.0\n",
        "control.tar.gz": gzip.compress(_tar(control), compresslevel=1, mtime=0),
        "data.tar.gz": gzip.compress(_tar(files), compresslevel=1, mtime=0),
    }
    return b"!<arch>\n" + b"".join(_member(name, data) for name, data in members.items())


def _control(package: Package) -> str:
    version = f"{package.epoch}:{package.version}" if package.epoch else package.version
    fields = {
        "Package": package.name,
        "Version": version,
        "Architecture": "amd64",
        "Maintainer": "Lab <lab@example.com>",
    }
    relations = {
        "Depends": package.depends,
        "Recommends": package.recommends,
        "Provides": package.provides,
        "Conflicts": package.conflicts,
        "Replaces": package.replaces,
    }
    fields |= {name: ", ".join(values) for name, values in relations.items() if values}
    fields["Description"] = "stands in for the vendor's package of this name"
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


def _reloaded(files: dict[str, Content]) -> str:
    """What debhelper adds to a package with units."""
    if not any("/systemd/system/" in path for path in files):
        return ""
    return "if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi\n"


def _tar(files: dict[str, Content]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        folders = {folder for path in files for folder in Path("/", path).parents if folder != Path("/")}
        for folder in sorted(folders):
            entry = tarfile.TarInfo(f".{folder}/")
            entry.type, entry.mode, entry.mtime = tarfile.DIRTYPE, 0o755, MADE
            archive.addfile(entry)
        for path, file in sorted(files.items()):
            entry = tarfile.TarInfo(f".{Path('/', path)}")
            entry.mode, entry.mtime, entry.size = file.mode, MADE, len(file.data)
            if file.target:
                entry.type, entry.linkname = tarfile.SYMTYPE, file.target
            archive.addfile(entry, io.BytesIO(file.data))
    return buffer.getvalue()


def _member(name: str, data: bytes) -> bytes:
    header = f"{name:<16}{MADE:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n"
    return header.encode() + data + b"\n" * (len(data) % 2)
