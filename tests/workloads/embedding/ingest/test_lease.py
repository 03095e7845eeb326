"""One writer at a time: in a folder by a lock, in a bucket (moto) by conditional writes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from workloads.archive import FolderArchive, S3Archive, open_archive
from workloads.embedding.ingest.lease import BusyError, lease


@pytest.fixture
def s3(request: pytest.FixtureRequest) -> S3Archive:
    archive = open_archive(request.getfixturevalue("bucket"))
    assert isinstance(archive, S3Archive)
    return archive


def check_for(check: Callable[[], None], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        check()
        time.sleep(0.02)


def test_a_second_run_in_a_folder_is_refused(tmp_path: Path) -> None:
    archive = FolderArchive(tmp_path)
    with lease(archive, "docs"):
        with pytest.raises(BusyError, match="another run"), lease(archive, "docs"):
            pass
        with lease(archive, "other") as check:
            check()
    with lease(archive, "docs"):
        pass


def test_a_killed_process_holds_no_lock(tmp_path: Path) -> None:
    holding = (
        "import sys, time; from pathlib import Path\n"
        "from workloads.archive import FolderArchive\n"
        "from workloads.embedding.ingest.lease import lease\n"
        "with lease(FolderArchive(Path(sys.argv[1])), 'docs'): print('held', flush=True); time.sleep(600)"
    )
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", holding, str(tmp_path)], cwd=Path(__file__).parents[4], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(BusyError), lease(FolderArchive(tmp_path), "docs"):
            pass
        process.kill()
    with lease(FolderArchive(tmp_path), "docs"):
        pass


def test_a_second_run_on_a_bucket_is_refused_as_soon_as_the_first_is_seen_alive(s3: S3Archive) -> None:
    with lease(s3, "docs", renewed=0.05, stale=60) as check:
        with pytest.raises(BusyError, match="another run"), lease(s3, "docs", renewed=0.05, stale=60):
            pass
        check()
    assert s3.read("leases/docs") is None
    with lease(s3, "docs", renewed=0.05, stale=60):
        pass


def test_what_a_dead_run_left_is_taken_over(s3: S3Archive) -> None:
    s3.write("leases/docs", b"dead")
    with lease(s3, "docs", renewed=0.05, stale=0.2) as check:
        time.sleep(0.3)
        check()
        assert s3.read("leases/docs") != b"dead"


def test_a_run_that_lost_its_lease_is_told(s3: S3Archive) -> None:
    # Not renewed while the other one writes: moto looks at a condition and writes in two steps.
    with lease(s3, "docs", renewed=2, stale=60) as check:
        s3.write("leases/docs", b"taken over")
        with pytest.raises(BusyError, match="took the lease over"):
            check_for(check, 60)
    assert s3.read("leases/docs") == b"taken over"
