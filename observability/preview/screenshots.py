"""Pages as pictures: headless Chromium looks at each, as tall as it is."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

WIDTH = 1668
SECONDS = 120
HEIGHT = re.compile(r'data-height="(\d+)"')
MEASURE = (
    "<script>addEventListener('load', () => { document.documentElement.dataset.height = "
    "Math.ceil(document.querySelector('main').getBoundingClientRect().bottom); });</script>"
)
"""Chromium's own screenshot is as tall as its window: the page says first how tall it is."""


def browser() -> str:
    """The installed Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        raise FileNotFoundError("no chromium: install Debian's package chromium")
    return found


def capture(page: Path, picture: Path, theme: str) -> None:
    """Write the whole page as PNG, in light or dark."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "page.html"
        text = page.read_text()
        copy.write_text(text.replace("</body>", f"{MEASURE}</body>"))
        address = f"{copy.as_uri()}?theme={theme}"
        seen = HEIGHT.search(chromium(folder, WIDTH, 1000, "--dump-dom", address))
        if seen is None:
            raise RuntimeError(f"{page.name}: the browser did not lay the page out")
        picture.parent.mkdir(parents=True, exist_ok=True)
        chromium(folder, WIDTH, int(seen[1]), f"--screenshot={picture.resolve()}", address)
    if not picture.exists():
        raise RuntimeError(f"{page.name}: the browser wrote no picture")


def chromium(profile: str, width: int, height: int, *arguments: str) -> str:
    """Run the browser once; what it prints."""
    command = [
        browser(),
        "--headless=new",
        "--no-sandbox",  # it only ever sees pages that were written here
        "--disable-gpu",
        "--hide-scrollbars",
        "--force-device-scale-factor=1",
        f"--user-data-dir={profile}/profile",
        f"--window-size={width},{height}",
        "--virtual-time-budget=2000",
        *arguments,
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=SECONDS).stdout  # noqa: S603 - our own
