"""Milvus Lite: the engine in this process, on files; for one machine and for tests, never for production."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from workloads.embedding.faults import StoreUnavailableError
from workloads.faults import InputError


@dataclass
class _Served:
    server: Any
    database: Any
    url: str
    turn: AbstractContextManager[object]
    users: int = 0


_served: Final[dict[Path, _Served]] = {}
"""Only one server can hold a file, so all stores of this process share it."""
_lock: Final = threading.Lock()


def serve(file: Path) -> tuple[str, AbstractContextManager[object]]:
    """Return the address of the server for a file, and what calls to it are made in; each needs a `release`.

    Calls take turns: Lite writes to a collection from one thread at a time, and does not see to that itself.

    Raises `StoreUnavailableError` where another process holds the file or it can't be written.
    """
    try:
        from milvus_lite.adapter.grpc.server import start_server_in_thread  # noqa: PLC0415 - not part of the image
        from milvus_lite.exceptions import MilvusLiteError  # noqa: PLC0415 - not part of the image
    except ImportError:
        raise InputError(f"store.url: path:{file}: needs the Python package milvus-lite") from None
    file = file.absolute()
    with _lock:
        if file not in _served:
            try:
                server, database, port = start_server_in_thread(str(file))
            except (OSError, MilvusLiteError) as error:
                raise StoreUnavailableError(f"{file}: Milvus Lite can't open it: {error}") from None
            _served[file] = _Served(server, database, f"http://127.0.0.1:{port}", threading.RLock())
        _served[file].users += 1
        return _served[file].url, _served[file].turn


def release(file: Path) -> None:
    """Stop the server of a file when nobody uses it any more, so that another process can open it."""
    with _lock:
        served = _served[file.absolute()]
        served.users -= 1
        if served.users == 0:
            del _served[file.absolute()]
            served.server.stop(grace=2).wait()
            served.database.close()
