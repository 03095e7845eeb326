"""A registry with one small image per repository, as a program that runs in a host of the lab.

Repositories below `private/` want a password, as ECR does: the one that moto gives for its account.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import ssl
import tarfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PASSWORD = base64.b64encode(b"AWS:123456789012-auth-token").decode()


def layer() -> bytes:
    """One file, and room for nothing else."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        entry = tarfile.TarInfo("engine")
        entry.size = 6
        archive.addfile(entry, io.BytesIO(b"engine"))
    return plain.getvalue()


def digest(content: bytes) -> str:
    """As registries write it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def described(kind: str, content: bytes) -> dict[str, object]:
    """A descriptor."""
    return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": digest(content), "size": len(content)}


PLAIN = layer()
LAYER = gzip.compress(PLAIN, mtime=0)
CONFIG = json.dumps(
    {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [digest(PLAIN)]}}
).encode()
MANIFEST = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": described("config.v1+json", CONFIG),
        "layers": [described("layer.v1.tar+gzip", LAYER)],
    }
).encode()
BLOBS = {digest(content): content for content in (LAYER, CONFIG, MANIFEST)}


class Registry(BaseHTTPRequestHandler):
    """Answers what containerd asks when it pulls."""

    def do_HEAD(self) -> None:
        """As GET, without the content."""
        self.answer(send=False)

    def do_GET(self) -> None:
        """A manifest by tag or digest, or a blob."""
        self.answer(send=True)

    def answer(self, send: bool) -> None:
        """Answer one request."""
        if self.path.startswith("/v2/private/") and self.headers.get("Authorization") != f"Basic {PASSWORD}":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="registry"')
            self.end_headers()
            return
        named = self.path.split("?")[0].rsplit("/", 1)[-1]
        content = BLOBS.get(named, MANIFEST if "/manifests/" in self.path else b"")
        self.send_response(200 if content else 404)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Docker-Content-Digest", digest(content))
        manifest = content == MANIFEST
        kind = "application/vnd.oci.image.manifest.v1+json" if manifest else "application/octet-stream"
        self.send_header("Content-Type", kind)
        self.end_headers()
        if send:
            self.wfile.write(content)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 5000), Registry)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("/opt/registry.crt", "/opt/registry.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()
