"""An object of S3 as a stream that goes on where a connection broke off."""

from __future__ import annotations

import io
import time
from typing import Any, Final

import urllib3.exceptions
from botocore.exceptions import BotoCoreError, ClientError

from workloads.embedding.faults import DocumentFault
from workloads.embedding.sources.s3_faults import fault_of
from workloads.faults import ProgramError
from workloads.s3_answers import REFUSED, code_of

_ATTEMPTS: Final = 5
"""Connections in a row that bring nothing before the object is given up."""
_FIRST_PAUSE: Final = 0.2
"""Seconds; each pause is twice the one before."""
_BROKEN: Final = (BotoCoreError, urllib3.exceptions.HTTPError, OSError)
_CHANGED: Final = frozenset({"PreconditionFailed", "412"})
_ARCHIVED: Final = frozenset({"InvalidObjectState"})
_GONE: Final = frozenset({"NoSuchKey", "NoSuchVersion", "404"})
_OF_THE_SOURCE: Final = frozenset({"NoSuchBucket"})
_PAST_ITS_END: Final = frozenset({"InvalidRange", "416"})


class ObjectReader(io.RawIOBase):
    """Reads one version of an object from its beginning to its end."""

    def __init__(self, client: Any, bucket: str, name: str, uri: str) -> None:
        """Ask for the object; raises as `Source.open` does."""
        super().__init__()
        self._client = client
        self._bucket = bucket
        self._name = name
        self._uri = uri
        self._position = 0
        self._etag = ""
        self._size = 0
        self._body: Any = None
        self._connect()

    def readable(self) -> bool:
        """Tell that this is read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read on; after a broken connection from the same place, and only of the same content."""
        if self._position >= self._size:
            return 0
        for attempt in range(_ATTEMPTS):
            try:
                data = self._read(len(buffer))
                if data:
                    buffer[: len(data)] = data
                    self._position += len(data)
                    return len(data)
            except _BROKEN as error:
                if attempt == _ATTEMPTS - 1:
                    raise DocumentFault("failed", f"broke off after {self._position} bytes: {error}") from error
            self._disconnect()
            time.sleep(_FIRST_PAUSE * 2**attempt)
        raise DocumentFault("failed", f"broke off after {self._position} of {self._size} bytes")

    def _read(self, length: int) -> bytes:
        body = self._connect() if self._body is None else self._body
        return body.read(length)

    def close(self) -> None:
        """Give back the connection."""
        if not self.closed:
            self._disconnect()
        super().close()

    def _connect(self) -> Any:
        request: dict[str, Any] = {"Bucket": self._bucket, "Key": self._name}
        if self._etag:
            request |= {"IfMatch": self._etag, "Range": f"bytes={self._position}-"}
        try:
            answer = self._client.get_object(**request)
        except ClientError as error:
            raise self._fault(error) from error
        except BotoCoreError as error:
            raise fault_of(error, self._uri) from error
        if not self._etag:
            self._etag, self._size = answer["ETag"], answer["ContentLength"]
        self._body = answer["Body"]
        return self._body

    def _disconnect(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None

    def _fault(self, error: ClientError) -> DocumentFault | ProgramError:
        code = code_of(error)
        if code in REFUSED or code in _OF_THE_SOURCE:
            return fault_of(error, self._uri)
        if code in _GONE:
            return DocumentFault("skipped", "is gone since it was listed")
        if code in _ARCHIVED:
            return DocumentFault("skipped", "is archived: restore it from Glacier to have it read")
        if code in _CHANGED or code in _PAST_ITS_END:
            return DocumentFault("failed", "was changed while it was read")
        return DocumentFault("failed", f"can't be read: {error}")
