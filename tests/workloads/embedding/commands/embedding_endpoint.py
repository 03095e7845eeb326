"""An OpenAI-compatible embedding endpoint on loopback, for commands in processes of their own."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.workloads.embedding.hash_embedder import HashEmbedder


@dataclass
class Endpoint:
    """Where it answers, and a gate that answers may be held behind."""

    url: str = ""
    held: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    """Rises with each request that finds the gate closed."""
    gate: threading.Event | None = None

    @contextmanager
    def closed(self) -> Generator[None]:
        """Answer nothing until the block ends."""
        self.gate = gate = threading.Event()
        try:
            yield
        finally:
            self.gate = None
            gate.set()


@contextmanager
def embedding_endpoint() -> Generator[Endpoint]:
    """An endpoint; texts with shared words get vectors that are near."""
    embedder = HashEmbedder()
    endpoint = Endpoint()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))["input"]
            if (gate := endpoint.gate) is not None:
                endpoint.held.release()
                gate.wait(120)
            texts: list[str] = [asked] if isinstance(asked, str) else asked
            data = [
                {"index": place, "embedding": embedder.embed_query(text).tolist()} for place, text in enumerate(texts)
            ]
            body = json.dumps({"data": data, "usage": {"total_tokens": 1}}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        endpoint.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        yield endpoint
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
