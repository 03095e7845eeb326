"""What vendors offer as files and not as packages, nodeadm and the EFA installer: both stand in for the real ones."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from pathlib import Path
from typing import Final

from tests.ansible.lab.doubles.bundle import bundle

NODEADM: Final = ("1.0.19", "1.0.20")
EFA: Final = ("1.50.0", "1.51.0")
MADE: Final = 1_763_700_000

# Writes what the real one leaves behind, which is what roles compare.
INSTALLER: Final = """\
#!/bin/sh
set -e
for flag in "$@"; do
    case "$flag" in
        -y|-k|-n|-g|--minimal|-m) ;;
        *) echo "double of efa_installer.sh: not answered: $flag" >&2; exit 64 ;;
    esac
done
mkdir -p /opt/amazon/efa/bin
printf '%s\\n' '# EFA installer version: {version}' "# Debug packages installed: no" '# Packages installed:' \\
    'libfabric1-aws_2.3.1amzn3.0_amd64' > /opt/amazon/efa_installed_packages
cp "$(dirname "$0")/fi_info" /opt/amazon/efa/bin/fi_info
echo '- EFA software components installed successfully.'
"""


def write_plain_files(folder: Path) -> None:
    """Write the files, each with its checksum beside it."""
    written: list[Path] = []
    for version in NODEADM:
        # As on AWS' site: one folder per release, a file for each architecture below it.
        file = folder / "releases" / f"v{version}" / "bin/linux/amd64/nodeadm"
        file.parent.mkdir(parents=True)
        file.write_bytes(bundle("nodeadm", version))
        written.append(file)
    for version in EFA:
        file = folder / f"aws-efa-installer-{version}.tar.gz"
        file.write_bytes(_installer(version))
        written.append(file)
    for file in written:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        file.with_name(f"{file.name}.sha256").write_text(f"{digest}  {file.name}\n")


def _installer(version: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        members = {"efa_installer.sh": INSTALLER.format(version=version).encode(), "fi_info": bundle("fi_info")}
        for name, data in members.items():
            entry = tarfile.TarInfo(f"aws-efa-installer/{name}")
            entry.mode, entry.mtime, entry.size = 0o755, MADE, len(data)
            archive.addfile(entry, io.BytesIO(data))
    return gzip.compress(buffer.getvalue(), mtime=0)
