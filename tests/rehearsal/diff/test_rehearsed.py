"""Documents that cannot be compared are named, with what is allowed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rehearsal.bad_input import BadInputError
from rehearsal.diff.rehearsed import RehearsalDocument, read_document

DOCUMENT: dict[str, Any] = {"format": 1, "stack": "dev", "resources": []}
RESOURCE: dict[str, Any] = {"urn": "urn:pulumi:dev::p::t::n", "type": "t", "name": "n", "outcome": "created"}


def read(folder: Path, text: str) -> RehearsalDocument:
    file = folder / "dev.json"
    file.write_text(text)
    return read_document(file, "dev", "--against")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "must be a JSON object, is list"),
        (json.dumps({**DOCUMENT, "format": 2}), "format: 2; allowed: 1"),
        (json.dumps({"resources": []}), "format: None; allowed: 1"),
        (json.dumps({**DOCUMENT, "stack": "prod"}), "stack: 'prod'; allowed: 'dev'"),
        (json.dumps({"format": 1, "stack": "dev"}), "resources: Field required"),
        (json.dumps({**DOCUMENT, "resources": [{"urn": 3}]}), "resources.0.urn"),
        (json.dumps({**DOCUMENT, "resources": [{**RESOURCE, "outcome": "maybe"}]}), "resources.0.outcome"),
        (json.dumps({**DOCUMENT, "resources": [1, 2, 3, 4, 5]}), "and 2 more"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadInputError, match=r"dev\.json") as refused:
        read(tmp_path, text)
    assert said in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"gone\.json: cannot be read: No such file"):
        read_document(tmp_path / "gone.json", "dev", "--against")


def test_older_and_newer_documents_are_read(tmp_path: Path) -> None:
    older = read(tmp_path, json.dumps({**DOCUMENT, "resources": [{**RESOURCE, "dependencies": ["u"]}]}))
    assert older.policies is None
    assert older.resources[0].property_dependencies is None
    assert read(tmp_path, json.dumps({**DOCUMENT, "invented": {"later": 1}})).resources == ()


@pytest.mark.parametrize(
    ("phases", "outcome", "basis"),
    [
        (["plan"], "planned", "preview"),
        (["account", "plan", "create"], "created", "up"),
        (["plan"], "failed", "preview"),
    ],
)
def test_the_command_that_wrote_it_is_told(tmp_path: Path, phases: list[str], outcome: str, basis: str) -> None:
    timings = [{"phase": phase, "seconds": 1.0, "resources": 1} for phase in phases]
    document = {**DOCUMENT, "resources": [{**RESOURCE, "outcome": outcome}], "timings": timings}
    assert read(tmp_path, json.dumps(document)).basis == basis
