"""The key that signs the repositories of stand-ins, made once a build: roles check signatures as on a real mirror."""

from __future__ import annotations

import subprocess
from pathlib import Path

NAME = "lab-archive"


class Signer:
    """A key of its own in a folder of its own; nobody's key ring is touched."""

    def __init__(self, home: Path) -> None:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._home = home
        self._gpg("--passphrase", "", "--quick-generate-key", NAME, "rsa2048", "sign", "never")

    def export(self, folder: Path) -> None:
        """Write the public key in both forms, as apt and dnf want it."""
        (folder / "archive-keyring.gpg").write_bytes(self._gpg("--export", NAME))
        (folder / "archive-keyring.asc").write_bytes(self._gpg("--armor", "--export", NAME))

    def clearsign(self, source: Path, target: Path) -> None:
        self._gpg("--clearsign", "--output", str(target), str(source))

    def detach(self, source: Path, target: Path) -> None:
        self._gpg("--armor", "--detach-sign", "--output", str(target), str(source))

    def close(self) -> None:
        """Stop the agent that gpg starts by itself."""
        subprocess.run(  # noqa: S603 - fixed arguments
            ["gpgconf", "--homedir", str(self._home), "--kill", "all"],  # noqa: S607 - gpg's own program
            check=True,
            capture_output=True,
        )

    def _gpg(self, *arguments: str) -> bytes:
        command = ["gpg", "--homedir", str(self._home), "--batch", "--yes", "--quiet", "--pinentry-mode", "loopback"]
        # Fixed arguments on files of the lab.
        done = subprocess.run([*command, *arguments], check=True, capture_output=True)  # noqa: S603 - see above
        return done.stdout
