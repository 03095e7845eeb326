"""docs/dashboards.md shows every dashboard, with a picture that is there."""

from __future__ import annotations

import re

from PIL import Image

from observability.preview.dashboard_file import DashboardFile
from tests.observability.dashboards.pictures import PICTURES

PAGE = PICTURES.parent / "dashboards.md"


def test_every_dashboard_has_its_row_and_picture(boards: list[DashboardFile]) -> None:
    text = PAGE.read_text()
    for board in boards:
        row = re.search(
            rf"^\| \[{re.escape(board.title)}\]\(dashboards/{board.uid}\.png\).*\|(.*)\|.*\|$", text, re.MULTILINE
        )
        assert row is not None, board.title
        assert row[1].strip().lower().split(", ") == [variable.label.lower() for variable in board.variables]


def test_pictures_are_those_of_the_page() -> None:
    shown = set(re.findall(r"\(dashboards/([\w-]+\.png)\)", PAGE.read_text()))
    there = {path.name for path in PICTURES.glob("*.png")}
    assert shown <= there
    assert there - shown <= {"index.png"}
    for path in PICTURES.glob("*.png"):
        with Image.open(path) as image:
            assert image.width > 1600, path.name
        assert path.stat().st_size < 200_000, path.name
