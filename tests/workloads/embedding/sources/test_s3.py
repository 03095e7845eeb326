"""Objects are listed page by page and read on where a connection broke off.

S3 is moto's, in this process; what S3 answers to wrong credentials is played by botocore's stubber.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from botocore.response import StreamingBody
from moto import mock_aws
from urllib3.exceptions import ProtocolError

from workloads.embedding.faults import DocumentFault, SourceUnavailableError
from workloads.embedding.parsing.documents import documents
from workloads.embedding.records import Document, Rejection
from workloads.embedding.settings import SourceSettings
from workloads.embedding.sources import s3_object
from workloads.embedding.sources.opening import open_source
from workloads.embedding.sources.s3 import S3Source
from workloads.embedding.sources.source import Item
from workloads.faults import AccessError, InputError, ProgramError

BUCKET = "documents"


ACCOUNT = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}


@pytest.fixture(scope="module")
def account() -> Iterator[Any]:
    """An account of moto's with one bucket; a client takes seconds to make."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in ACCOUNT.items():
            environment.setenv(name, value)
        environment.delenv("AWS_PROFILE", raising=False)
        with mock_aws():
            client = boto3.client("s3")
            client.create_bucket(Bucket=BUCKET)
            yield client


@pytest.fixture
def s3(account: Any) -> Iterator[Any]:
    yield account
    for found in account.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        account.delete_object(Bucket=BUCKET, Key=found["Key"])


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_object, "_FIRST_PAUSE", 0.0)


def settings(uri: str = f"s3://{BUCKET}/docs/", **more: Any) -> SourceSettings:
    return SourceSettings(uri=uri, **more)


def put(s3: Any, **objects: bytes) -> None:
    for name, body in objects.items():
        s3.put_object(Bucket=BUCKET, Key=name, Body=body)


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "said S3"}}, "GetObject")


class Client:
    """A client that answers from a list, an error by raising it."""

    def __init__(self, *answers: dict[str, Any] | Exception) -> None:
        self._answers = list(answers)
        self.requests: list[dict[str, Any]] = []

    def get_object(self, **request: Any) -> dict[str, Any]:
        self.requests.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def get_paginator(self, _name: str) -> Any:
        return self

    def paginate(self, **_request: Any) -> Iterator[dict[str, Any]]:
        for answer in self._answers:
            if isinstance(answer, Exception):
                raise answer
            yield answer


class Broken(io.BytesIO):
    """A body that breaks off behind what it holds."""

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if not data:
            raise ProtocolError("Connection broken")
        return data


def answer(data: bytes, whole: int, body: Callable[[bytes], Any] = io.BytesIO) -> dict[str, Any]:
    return {"ETag": '"e"', "ContentLength": whole, "Body": StreamingBody(body(data), None)}


def reader(*answers: dict[str, Any] | Exception) -> tuple[io.BufferedReader, Client]:
    client = Client(*answers)
    return io.BufferedReader(s3_object.ObjectReader(client, BUCKET, "a.txt", "s3://documents/")), client


def test_objects_below_the_prefix_are_listed_with_tags_of_their_content(s3: Any) -> None:
    put(s3, **{"docs/a.md": b"a", "docs/b/c#1.md": b"cc", "docs-old/x.md": b"x", "docs/b/": b"", "docs/.hidden": b"h"})
    for uri in (f"s3://{BUCKET}/docs/", f"s3://{BUCKET}/docs"):
        source = open_source(settings(uri))
        assert source.uri == f"s3://{BUCKET}/docs/"
        assert [(item.key, item.path, item.size) for item in source.listing()] == [
            ("s3://documents/docs/a.md", "docs/a.md", 1),
            ("s3://documents/docs/b/c%231.md", "docs/b/c#1.md", 2),
        ]
    before = {item.key: item.tag for item in source.listing()}
    put(s3, **{"docs/a.md": b"b"})
    after = {item.key: item.tag for item in source.listing()}
    assert [key for key in before if before[key] != after[key]] == ["s3://documents/docs/a.md"]


def test_a_whole_bucket_and_patterns_below_the_prefix(s3: Any) -> None:
    put(s3, **{"a.md": b"a", "docs/b.md": b"b"})
    assert [item.path for item in S3Source(settings(f"s3://{BUCKET}")).listing()] == ["a.md", "docs/b.md"]
    assert [item.path for item in S3Source(settings(f"s3://{BUCKET}", include=("*.md",))).listing()] == ["a.md"]
    assert [item.path for item in S3Source(settings(exclude=("b.*",))).listing()] == []


def test_a_listing_of_several_pages_is_given_whole_and_page_by_page(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put(s3, **{f"docs/{number:04}.md": b"x" for number in range(25)})
    source = S3Source(settings())
    client: Any = source._client  # pyright: ignore[reportPrivateUsage] - to count and shorten its pages
    real, pages = client.get_paginator, []

    class Short:
        def paginate(self, **request: Any) -> Iterator[Any]:
            for page in real("list_objects_v2").paginate(**request, PaginationConfig={"PageSize": 10}):
                pages.append(page)
                yield page

    def paginator(_name: str) -> Short:
        return Short()

    monkeypatch.setattr(client, "get_paginator", paginator)
    listing = source.listing()
    next(listing)
    assert len(pages) == 1
    assert 1 + len(list(listing)) == 25
    assert len(pages) == 3


def test_an_objects_documents_are_read(s3: Any) -> None:
    put(s3, **{"docs/a.md": b"# Guide\n\nWords.", "docs/f.jsonl": b'{"text": "one"}\n{"text": "two"}'})
    source = S3Source(settings())
    found = [one for item in source.listing() for one in documents(source, item, settings())]
    assert [one.key if isinstance(one, Document) else one for one in found] == [
        "s3://documents/docs/a.md",
        "s3://documents/docs/f.jsonl#1",
        "s3://documents/docs/f.jsonl#2",
    ]


def test_an_object_that_is_gone_since_the_listing_is_skipped(s3: Any) -> None:
    put(s3, **{"docs/a.md": b"a"})
    source = S3Source(settings())
    [item] = source.listing()
    s3.delete_object(Bucket=BUCKET, Key="docs/a.md")
    assert list(documents(source, item, settings())) == [
        Rejection(item.key, "skipped", "is gone since it was listed"),
    ]


def test_a_bucket_that_is_not_there_is_named(s3: Any) -> None:
    del s3
    with pytest.raises(InputError, match=r"source\.uri: s3://nowhere/docs/: .*NoSuchBucket"):
        list(S3Source(settings("s3://nowhere/docs/")).listing())
    with pytest.raises(InputError, match="names no bucket"):
        open_source(settings("s3:///docs/"))


@pytest.mark.usefixtures("s3")
@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (client_error("ExpiredToken"), AccessError),
        (client_error("RequestTimeTooSkewed"), AccessError),
        (client_error("AccessDenied"), AccessError),
        (client_error("SlowDown"), SourceUnavailableError),
        (NoCredentialsError(), AccessError),
        (EndpointConnectionError(endpoint_url="https://s3"), SourceUnavailableError),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_listing_that_breaks_off_ends_the_run(
    error: Exception, fault: type[ProgramError], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = S3Source(settings())
    page = {"Contents": [{"Key": "docs/a.md", "ETag": '"e"', "Size": 1}]}
    monkeypatch.setattr(source, "_client", Client(page, error))
    listing = source.listing()
    assert next(listing).path == "docs/a.md"
    with pytest.raises(fault, match=r"source\.uri: s3://documents/docs/: "):
        next(listing)


def test_a_broken_connection_is_taken_up_where_it_broke_off_and_of_the_same_content() -> None:
    stream, client = reader(answer(b"one ", 12, Broken), answer(b"two ", 12, Broken), answer(b"three", 13))
    with stream:
        assert stream.read(12) == b"one two thre"
    first, second, third = client.requests
    assert "Range" not in first
    assert (second["Range"], second["IfMatch"]) == ("bytes=4-", '"e"')
    assert (third["Range"], third["IfMatch"]) == ("bytes=8-", '"e"')


def test_an_object_that_changes_while_it_is_read_fails() -> None:
    stream, _ = reader(answer(b"one ", 12, Broken), client_error("PreconditionFailed"))
    with stream, pytest.raises(DocumentFault, match="changed while it was read"):
        stream.read()


def test_a_connection_that_stays_broken_is_given_up_after_five_attempts() -> None:
    stream, client = reader(answer(b"one ", 12, Broken), *(answer(b"", 12, Broken) for _ in range(9)))
    with stream, pytest.raises(DocumentFault, match="broke off after 4 ") as caught:
        stream.read()
    assert caught.value.fate == "failed"
    assert len(client.requests) == 5


@pytest.mark.parametrize(
    ("code", "fault", "message"),
    [
        ("ExpiredToken", AccessError, "ExpiredToken"),
        ("NoSuchBucket", InputError, "NoSuchBucket"),
        ("AccessDenied", DocumentFault, "can't be read: .*AccessDenied"),
        ("InvalidObjectState", DocumentFault, "is archived"),
        ("NoSuchKey", DocumentFault, "is gone"),
    ],
)
def test_what_s3_says_of_an_object(code: str, fault: type[Exception], message: str) -> None:
    with pytest.raises(fault, match=message):
        reader(client_error(code))


def test_credentials_that_expire_in_the_middle_of_an_object_end_the_run() -> None:
    stream, _ = reader(answer(b"one ", 12, Broken), client_error("ExpiredToken"))
    with stream, pytest.raises(AccessError):
        stream.read()


def test_an_empty_object_is_skipped_as_empty(s3: Any) -> None:
    put(s3, **{"docs/a.md": b""})
    source = S3Source(settings())
    items: list[Item] = list(source.listing())
    assert [list(documents(source, item, settings())) for item in items] == [
        [Rejection("s3://documents/docs/a.md", "skipped", "is empty")]
    ]
