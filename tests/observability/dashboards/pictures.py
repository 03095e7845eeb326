"""`python -m tests.observability.dashboards.pictures`: the pictures of docs/, from the day of `make observe`."""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image
from rich.console import Console

from observability.preview.screenshots import capture
from observability.preview.site import Site, boards_in
from rehearsal.observe.command import Lines
from rehearsal.observe.front_page import story_section
from rehearsal.observe.session import DASHBOARDS, Request, observing
from rehearsal.observe.story.incidents import INCIDENTS, SLOW_MODEL
from rehearsal.observe.story.moment import HOURS

PICTURES = Path(__file__).resolve().parents[3] / "docs" / "dashboards"
MIDNIGHT = datetime(2026, 11, 21, tzinfo=UTC)
"""The day's end: its hours are those of the clock then."""
DARK = ("llm-platform-overview",)
"""One dashboard is shown in dark as well."""
SLOW = {"model": ["code-34b"]}
"""The model that has something to show."""
COLORS = 256
"""A palette keeps lines and letters as they are and makes the files a third as large."""


def main() -> None:
    """Play the day, draw every page and take its picture."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    request = Request(
        incidents=frozenset(INCIDENTS), hours=HOURS, until=MIDNIGHT.timestamp(), port=0, keep=None
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with observing(request, Lines(Console(stderr=True))) as observed:
            day = observed.day
            front = story_section(request.incidents, day.fired, day.end)
            site = Site(observed.prometheus, boards_in(DASHBOARDS), front=lambda: front)
            pages = site.write(folder, day.end, HOURS)
            # Its quantiles are those of now: shown as they were while it was slow.
            slow = site.page("llm-model", day.end - (HOURS - SLOW_MODEL.ends) * 3600, 12, SLOW, live=False)
            (folder / "llm-model.html").write_text(slow or "")
        for page in pages:
            for theme in ("light", "dark") if page.stem in DARK else ("light",):
                picture = PICTURES / f"{page.stem}{'-dark' if theme == 'dark' else ''}.png"
                capture(page, picture, theme)
                with Image.open(picture) as image:
                    small = image.convert("RGB").quantize(COLORS, dither=Image.Dither.NONE)
                small.save(picture, optimize=True)
                sys.stdout.write(f"{picture.name}: {picture.stat().st_size // 1024} KiB\n")


if __name__ == "__main__":
    main()
