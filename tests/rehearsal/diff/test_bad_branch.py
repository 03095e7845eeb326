"""A branch of this repository that does four things nobody may merge: the comparison names all four.

Takes the repository as it stands, committed or not, into one of its own. Does not prove that the rules are right; each
policy has its own proof.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.rehearsal.diff.repository import Repository

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("bad-branch")]

ROOT = Path(__file__).resolve().parents[3]

PUBLIC_ENDPOINT = (
    "components/cluster.py",
    "public_access_cidrs=list(args.public_endpoint_cidrs) or None",
    "public_access_cidrs=None",
)
UNTAINTED_GPUS = ("components/node_group.py", "for taint in args.taints", "for taint in args.taints[:0]")
UNENCRYPTED_VOLUME = ("components/launch_volumes.py", 'encrypted="true"', 'encrypted="false"')
DATABASE_ON_SPOT = (
    "helm-values/qdrant/values.yaml",
    "{key: llm-platform/capacity, operator: NotIn, values: [spot]}",
    "{key: llm-platform/capacity, operator: In, values: [spot]}",
)
POLICIES = {
    "public-api-endpoint-has-allow-list",
    "gpu-groups-are-tainted",
    "volumes-use-customer-keys",
    "no-vector-database-on-spot",
}


def copied(folder: Path) -> Repository:
    """Return a repository with what stands here as its only commit."""
    listed = subprocess.run(  # noqa: S603 - our own arguments
        ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607 - as it is on PATH
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    repository = Repository(folder / "repository", folder / "repository", folder / "temporary")
    repository.temporary.mkdir(parents=True)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (repository.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, repository.root / name)
    repository.git("init", "--quiet", "--initial-branch=main")
    return repository


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], dict[str, Any], str]:
    """What `rehearse diff` of the bad branch said, its document, and what it left behind."""
    folder = tmp_path_factory.mktemp("bad-branch")
    repository = copied(folder)
    repository.commit()
    repository.git("checkout", "--quiet", "-b", "bad")
    for name, good, bad in (PUBLIC_ENDPOINT, UNTAINTED_GPUS, UNENCRYPTED_VOLUME, DATABASE_ON_SPOT):
        file = repository.root / name
        text = file.read_text()
        assert text.count(good) == 1, f"{name} has {good!r} no more"
        file.write_text(text.replace(good, bad))
    document = folder / "diff.json"
    result = repository.rehearse("diff", "dev", "--against", "main", "--json", str(document))
    assert document.is_file(), result.stdout + result.stderr
    return result, json.loads(document.read_text()), "\n".join(repository.leftovers())


Compared = tuple[subprocess.CompletedProcess[str], dict[str, Any], str]


def test_all_four_are_named(compared: Compared) -> None:
    result, document, _ = compared
    new = {violation["policy"] for violation in document["policies"]["new"] if violation["level"] == "mandatory"}
    assert new >= POLICIES
    assert all(policy in result.stdout for policy in POLICIES)
    assert result.returncode == 1
    assert document["policies"]["resolved"] == []


def test_what_the_branch_changes_is_told_down_to_the_property(compared: Compared) -> None:
    _, document, _ = compared
    changed = {
        change["property"].split("[")[0]
        for resource in document["changed"]
        if resource["type"].startswith(("aws:", "kubernetes:helm"))
        for change in resource["changes"]
    }
    assert changed >= {"vpcConfig.publicAccessCidrs", "taints", "blockDeviceMappings"}
    assert any(path.startswith("values.affinity.nodeAffinity") for path in changed)
    assert document["counts"]["added"] == document["counts"]["removed"] == document["counts"]["replaced"] == 0


def test_nothing_is_left_behind(compared: Compared) -> None:
    result, _, leftovers = compared
    assert leftovers == ""
    assert "Traceback" not in result.stderr
