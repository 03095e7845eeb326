"""The registry of drills, and what is printed and written of a finding.

Not proven: how it looks on every terminal.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

import rehearsal.drills
from rehearsal.drills.drill import Finding, Table, Verdict, drills, find_drill
from rehearsal.drills.input_error import DrillInputError
from rehearsal.drills.timeline import Event
from rehearsal.report.drill import closing_line, document, lines, listing, render

ROOT = Path(__file__).parents[3]

FINDING = Finding(
    drill="scale-out",
    stack="dev",
    subject="chat: 1 to 4 replicas",
    events=(
        Event(0, 0, "scaled", "chat", "1 to 4"),
        Event(1.0, 1.0, "machine bought", "n1", "g6.xlarge"),
        Event(1.5, 1.5, "machine bought", "n2", "g6.xlarge"),
        Event(1.6, 1.6, "machine bought", "n3", "g5.xlarge"),
        Event(60, 2, "machine bought", "n4", "g6.xlarge"),
    ),
    figures={"model": "chat"},
    tables=(Table("machines", ("name", "count"), (("[g6]", "3"),)),),
    verdicts=(Verdict("ready", ok=True, said="3 of 3"), Verdict("price", ok=False, said="too dear")),
    notes=("a note",),
)


def test_every_drill_of_the_folder_is_found_with_a_summary() -> None:
    found = drills()
    assert set(found) == {"scale-out", "spot-storm"}
    assert all(each.summary and each.speed >= 1 for each in found.values())


def test_a_drill_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "zone_loss_for_a_test.py").write_text(
        "from rehearsal.drills.drill import drill\n"
        "@drill('zone-loss-for-a-test', speed=1)\n"
        "def zone_loss(ground, options):\n"
        '    """Take a zone away."""\n'
    )
    registered: dict[str, object] = {}
    monkeypatch.setattr("rehearsal.drills.drill._DRILLS", registered)
    monkeypatch.setattr(rehearsal.drills, "__path__", [str(tmp_path)])
    assert drills()["zone-loss-for-a-test"].summary == "Take a zone away"


def test_an_unknown_drill_is_refused_with_those_there_are() -> None:
    with pytest.raises(
        DrillInputError, match="drill 'scale-up': there is no such drill; allowed: scale-out, spot-storm"
    ):
        find_drill("scale-up")


def test_one_verdict_that_fails_fails_the_drill() -> None:
    assert not FINDING.ok
    assert "failed" in closing_line(FINDING, 3)


def test_a_swarm_of_events_is_one_line() -> None:
    shown = [(line.begin, line.end, line.what, line.said) for line in lines(FINDING.events)]
    assert shown == [
        (0, 0, "scaled", "chat 1 to 4"),
        (1.0, 1.6, "machine bought", "2 × g6.xlarge, 1 × g5.xlarge"),
        (60, 60, "machine bought", "n4 g6.xlarge"),
    ]


def test_the_report_has_timeline_tables_notes_and_verdicts() -> None:
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(render(FINDING))
    text = console.export_text()
    for part in ("scale-out in dev: chat: 1 to 4 replicas", "1 to 2 s", "[g6]", "a note", "FAIL price: too dear"):
        assert part in text, text


def test_the_document_has_what_the_docs_list() -> None:
    content = document(FINDING, 60)
    assert json.loads(json.dumps(content)) == content
    assert (content["ok"], content["speed"], content["figures"]) == (False, 60, {"model": "chat"})
    docs = (ROOT / "docs" / "drills.md").read_text()
    for key in (*content, *content["events"][0], *content["verdicts"][0]):
        assert f"`{key}`" in docs, f"{key} is not documented"


def test_the_listing_names_each_drill_on_a_line() -> None:
    assert [line.split()[0] for line in listing(drills()).splitlines()] == ["scale-out", "spot-storm"]
