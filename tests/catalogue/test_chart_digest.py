"""The digest of a chart of ours. Does not prove that a changed digest changes the release: tests/components do."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.chart_digest import CHART_SUFFIXES, CHARTS_FOLDER, chart_digest


def test_it_follows_every_file_of_the_chart_and_nothing_beside_it(tmp_path: Path) -> None:
    template = tmp_path / "templates" / "service.yaml"
    template.parent.mkdir()
    template.write_text("kind: Service", encoding="utf-8")
    digests: list[str] = []
    for name, text in [
        ("templates/service.yaml", "kind: Service"),
        ("templates/service.yaml~", "what an editor leaves"),
        ("templates/service.yaml", "kind: Secret"),
        ("templates/other.tpl", ""),
    ]:
        (tmp_path / name).write_text(text, encoding="utf-8")
        digests.append(chart_digest.__wrapped__(tmp_path))
    assert digests[0] == digests[1]
    assert len(set(digests)) == len(digests) - 1


@pytest.mark.parametrize(
    "chart", sorted(path.parent for path in CHARTS_FOLDER.glob("*/Chart.yaml")), ids=lambda chart: chart.name
)
def test_every_file_of_a_chart_counts(chart: Path) -> None:
    files = {path.suffix for path in chart.rglob("*") if path.is_file()}
    assert files - {".pyc"} <= set(CHART_SUFFIXES)
