"""The lab's package repository: the stand-in packages over HTTP on the bridge, as one's own mirror would serve them."""

from __future__ import annotations

import threading
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

PORT: Final = 8000
NAME: Final = "mirror"
URL: Final = f"http://{NAME}:{PORT}"


class PackageRepository:
    """Serves a folder; can be made to look closed, and says what was asked for."""

    def __init__(self, address: str, folder: Path) -> None:
        self.folder = folder
        self.requests: list[str] = []
        """Paths that were asked for, in order."""
        self.open = True
        """Set it to False and every request ends with 503, as at a mirror that is being mended."""
        self._server = ThreadingHTTPServer((address, PORT), partial(_Handler, self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="package repository", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, repository: PackageRepository, *arguments: Any) -> None:
        self._repository = repository
        super().__init__(*arguments, directory=str(repository.folder))

    def do_GET(self) -> None:
        self._repository.requests.append(self.path)
        if self._repository.open:
            super().do_GET()
        else:
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: tests look at `requests`."""


def sources(system: str) -> dict[str, str]:
    """Return the files by which a host knows the repository, as its distribution's own source."""
    if system == "RedHat-9":
        repository = (
            f"[lab]\nname=The lab's packages\nbaseurl={URL}/rpm/{system}\nenabled=1\ngpgcheck=0\nrepo_gpgcheck=1\n"
            f"gpgkey={URL}/files/archive-keyring.asc\nmetadata_expire=0\n"
        )
        return {"etc/yum.repos.d/lab.repo": repository}
    keyring = "/usr/share/keyrings/lab-archive-keyring.asc"
    source = f"Types: deb\nURIs: {URL}/apt/{system}\nSuites: ./\nSigned-By: {keyring}\n"
    return {"etc/apt/sources.list.d/lab.sources": source}


def keyring(system: str, folder: Path) -> dict[str, str]:
    """Return the file of the key that signs the repository, where a system wants it before it asks."""
    if system == "RedHat-9":
        return {}
    return {"usr/share/keyrings/lab-archive-keyring.asc": (folder / "files/archive-keyring.asc").read_text()}
