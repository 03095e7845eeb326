"""Files in a bucket are those of the folders asked for, each fetched once; what S3 refuses is said in our words.

S3 is moto's, in this process.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from tests.workloads.quality.played import AT, healthy, settings
from workloads.archive import open_archive
from workloads.faults import AccessError, InputError, ProgramError
from workloads.quality.faults import UnavailableError
from workloads.quality.places import S3Place, open_place
from workloads.quality.run import run

BUCKET = "data"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET)
        yield client


def test_a_run_reads_and_writes_a_bucket(s3: Any, tmp_path: Path) -> None:
    healthy(tmp_path)
    for file in sorted(tmp_path.rglob("*.parquet")):
        s3.upload_file(str(file), BUCKET, f"mail/{file.relative_to(tmp_path)}")
    chosen = settings(
        tmp_path,
        predictions={"uri": f"s3://{BUCKET}/mail/predictions"},
        feedback={"uri": f"s3://{BUCKET}/mail/feedback/"},
        results=f"s3://{BUCKET}/quality/mail/",
    )
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    result = run(chosen, open_archive(chosen.results), scratch, AT)
    assert result.conditions == {}
    assert result.rows == {"current": 1000, "reference": 2000, "labelled": 2000}
    written = {entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET, Prefix="quality/")["Contents"]}
    assert written == {"quality/mail/latest.json", "quality/mail/runs/20261121T120000Z.json"}
    assert len(list(scratch.iterdir())) == 3


def test_only_parquet_of_the_folders_is_fetched(s3: Any, tmp_path: Path) -> None:
    for key in ("p/d=1/a.parquet", "p/d=1/_tmp.parquet", "p/d=1/a.csv", "p/d=2/b.parquet", "p-old/d=1/c.parquet"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    found = open_place("predictions.uri", f"s3://{BUCKET}/p", tmp_path).files(["d=1", "d=3"])
    assert [each.name for each in found] == [f"s3://{BUCKET}/p/d=1/a.parquet"]
    assert found[0].path.read_bytes() == b"p/d=1/a.parquet"


def test_a_bucket_that_is_not_there_is_a_mistake(s3: Any, tmp_path: Path) -> None:
    del s3
    with pytest.raises(InputError, match=r"feedback\.uri: s3://nowhere/: .*bucket does not exist"):
        open_place("feedback.uri", "s3://nowhere/", tmp_path).files([""])


@pytest.mark.parametrize("uri", ["s3://", "gs://bucket/prefix"])
def test_a_place_that_can_not_be(uri: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="allowed: a folder or s3://bucket/prefix/"):
        open_place("predictions.uri", uri, tmp_path)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListObjectsV2"), AccessError),
        (ClientError({"Error": {"Code": "ExpiredToken", "Message": "old"}}, "ListObjectsV2"), AccessError),
        (ClientError({"Error": {"Code": "SlowDown", "Message": "later"}}, "ListObjectsV2"), UnavailableError),
        (EndpointConnectionError(endpoint_url="https://s3"), UnavailableError),
    ],
)
def test_what_s3_refuses_is_told_apart(
    s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Exception, kind: type[ProgramError]
) -> None:
    del s3
    place = S3Place("predictions.uri", BUCKET, "p", tmp_path)

    def refuse(_place: S3Place, _folder: str) -> Iterator[str]:
        raise answer

    monkeypatch.setattr(S3Place, "_names", refuse)
    with pytest.raises(kind, match=r"predictions\.uri: s3://data/p/: "):
        place.files([""])
