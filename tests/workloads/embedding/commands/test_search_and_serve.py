"""`ingest`, `search` and `serve` as a user runs them: processes of their own, on a real PostgreSQL.

The model is an endpoint in this process. What the service answers is `search/test_service.py`'s.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Final, cast

import httpx
import pytest
import yaml

from tests.workloads.embedding.commands.embedding_endpoint import Endpoint, embedding_endpoint
from tests.workloads.embedding.conftest import EngineServers
from tests.workloads.embedding.numpy_minilm import MODEL
from workloads.embedding.migrations.upgrade import upgrade

ROOT: Final = Path(__file__).resolve().parents[4]
KEY: Final = "a-key"

pytestmark = pytest.mark.xdist_group("pgvector")


def embedding(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "workloads.embedding", *arguments],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with embedding_endpoint() as standing:
        yield standing


@pytest.fixture(scope="module")
def settings_file(engine_servers: EngineServers, endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings of an index that `ingest` has filled."""
    folder = tmp_path_factory.mktemp("commands")
    (folder / "docs").mkdir()
    (folder / "docs" / "nodes.md").write_text("# Nodes\n\n## Spot\n\nSpot nodes are taken back at two minutes' notice.")
    (folder / "docs" / "storage.md").write_text("# Storage\n\nBuckets are kept when the stack is destroyed.")
    store = engine_servers("pgvector").fresh(folder)
    upgrade(store)
    file = folder / "settings.yaml"
    settings = {
        "index": "docs",
        "source": {"uri": str(folder / "docs")},
        "embedder": {"kind": "openai", "model": "hash", "revision": "1", "path": str(MODEL), "url": endpoint.url},
        "chunking": {"tokens": 64, "overlap": 8},
        "store": store.model_dump(),
        "manifests": str(folder / "manifests"),
        "search": {"default_k": 1, "api_key_env": "SEARCH_KEY", "timeout_seconds": 60},
    }
    file.write_text(yaml.safe_dump(settings))
    done = embedding("ingest", str(file))
    assert done.returncode == 0, done.stderr
    return file


def test_search_prints_what_it_found(settings_file: Path) -> None:
    done = embedding("search", str(settings_file), "when are spot nodes taken back?")
    assert done.returncode == 0, done.stderr
    assert "nodes.md [0]" in done.stdout
    assert "two minutes' notice" in done.stdout
    assert "storage.md" not in done.stdout, "default_k is 1"


def test_search_gives_json_to_programs(settings_file: Path) -> None:
    question = ["spot", "--k", "5", "--where", "format=markdown", "--hybrid", "--json"]
    answer = json.loads(embedding("search", str(settings_file), *question).stdout)
    assert {Path(hit["document"]).name for hit in answer["hits"]} == {"nodes.md", "storage.md"}
    nothing = embedding("search", str(settings_file), "spot", "--where", "format=pdf", "--exact", "--json")
    assert json.loads(nothing.stdout)["hits"] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["spot", "--where", "format"], "where 'format': needs KEY=VALUE"),
        ([""], "query: is empty"),
    ],
)
def test_a_bad_question_is_one_message(settings_file: Path, arguments: list[str], message: str) -> None:
    done = embedding("search", str(settings_file), *arguments)
    assert (done.returncode, done.stderr.strip()) == (2, f"error: {message}")


def test_serve_without_its_key_does_not_start(settings_file: Path) -> None:
    done = embedding("serve", str(settings_file), "--port", "0", SEARCH_KEY="")
    assert done.returncode == 4
    assert done.stderr.strip() == "error: search.api_key_env: the environment variable SEARCH_KEY is not set"


@pytest.fixture
def served(settings_file: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A service and its address."""
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "workloads.embedding", "serve", str(settings_file), "--port", "0"],
        cwd=ROOT,
        env={**os.environ, "SEARCH_KEY": KEY},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    first = cast("IO[str]", process.stdout).readline()
    address = re.search(r"http://\S+", first)
    if address is None:
        process.kill()
        pytest.fail(first + process.communicate()[1])
    yield process, address[0]
    if process.poll() is None:
        process.kill()
    process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_service_ends_when_it_is_told_to(served: tuple[subprocess.Popen[str], str], number: signal.Signals) -> None:
    process, address = served
    headers = {"authorization": f"Bearer {KEY}"}
    assert httpx.get(f"{address}/readyz", timeout=60).json()["live"] is True
    found = httpx.post(f"{address}/search", json={"query": "secret spot words"}, headers=headers, timeout=60).json()
    assert found["hits"][0]["heading"] == "Nodes > Spot"
    assert httpx.get(f"{address}/search", params={"q": "spot"}, timeout=60).status_code == 401

    process.send_signal(number)
    _, log = process.communicate(timeout=60)
    assert process.returncode == 0, log
    lines = [json.loads(line) for line in log.splitlines()]
    assert [line["status"] for line in lines if line.get("path") == "/search"] == [200, 401]
    assert "secret" not in log, "questions are not logged"


def test_open_requests_are_answered_before_it_ends(
    served: tuple[subprocess.Popen[str], str], endpoint: Endpoint
) -> None:
    process, address = served

    def ask() -> int:
        headers = {"authorization": f"Bearer {KEY}"}
        return httpx.get(f"{address}/search", params={"q": "spot"}, headers=headers, timeout=60).status_code

    with ThreadPoolExecutor(4) as askers, endpoint.closed():
        asked = [askers.submit(ask) for _ in range(4)]
        for _ in asked:
            assert endpoint.held.acquire(timeout=60)
        process.send_signal(signal.SIGTERM)
        await_refusal(address)
    assert [each.result() for each in asked] == [200] * 4
    assert process.wait(60) == 0


def await_refusal(address: str) -> None:
    """Wait until it takes no new connections."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{address}/healthz", timeout=60)
        except httpx.ConnectError:
            return
        except httpx.TransportError:
            pass  # it was connected, and not heard any more
    pytest.fail("it still takes connections")


def test_a_taken_port_is_one_message(served: tuple[subprocess.Popen[str], str], settings_file: Path) -> None:
    port = served[1].rpartition(":")[2]
    done = embedding("serve", str(settings_file), "--port", port, SEARCH_KEY=KEY)
    assert done.returncode == 2
    assert done.stderr.strip() == f"error: --host 127.0.0.1 --port {port}: Address already in use"
