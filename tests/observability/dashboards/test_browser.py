"""Pages in headless Chromium: they lay out, show values under the pointer, and are taken as pictures."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from observability.dashboards.__main__ import FOLDER
from observability.preview.prometheus_api import PrometheusApi
from observability.preview.screenshots import WIDTH, capture, chromium
from observability.preview.site import Site, boards_in
from tests.observability.programs import program

pytestmark = pytest.mark.xdist_group("dashboards")
PROBE = """<script>
const faults = [];
addEventListener("error", (event) => faults.push(event.message));
addEventListener("load", () => {
  const said = {};
  const svg = document.querySelector("svg[data-hover]");
  const box = svg.getBoundingClientRect();
  const at = { clientX: box.left + box.width / 2, clientY: box.top + 40, bubbles: true };
  svg.dispatchEvent(new PointerEvent("pointermove", at));
  said.tip = document.getElementById("tip").innerText;
  said.crosses = document.querySelectorAll(".cross.shown").length;
  svg.dispatchEvent(new PointerEvent("pointerleave", at));
  said.left = document.querySelectorAll(".cross.shown").length;
  const grounds = [getComputedStyle(document.body).backgroundColor];
  document.getElementById("theme").click();
  grounds.push(getComputedStyle(document.body).backgroundColor);
  said.grounds = grounds;
  said.wider = document.documentElement.scrollWidth > innerWidth;
  said.spills = [...document.querySelectorAll(".panel")].filter((panel) => panel.scrollHeight > panel.clientHeight + 1)
    .map((panel) => panel.querySelector("h3").innerText);
  said.faults = faults;
  const out = document.createElement("output");
  out.id = "said";
  out.textContent = JSON.stringify(said);
  document.body.append(out);
});
</script></head>"""


@pytest.fixture(scope="module", autouse=True)
def browser() -> str:
    return program("chromium")


@pytest.fixture(scope="module")
def pages(day: PrometheusApi, end: float, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    return {path.stem: path for path in Site(day, boards_in(FOLDER)).write(folder, end, None)}


def looked_at(page: Path, folder: Path, theme: str = "light") -> dict[str, Any]:
    """What the probe says of a page."""
    copy = folder / "probed.html"
    copy.write_text(page.read_text().replace("</head>", PROBE, 1))
    dom = chromium(str(folder), WIDTH, 1000, "--dump-dom", f"{copy.as_uri()}?theme={theme}")
    said = re.search(r'<output id="said">(.*?)</output>', dom, re.DOTALL)
    assert said is not None, dom[-500:]
    return json.loads(html.unescape(said[1]))


def test_the_pointer_shows_values_on_every_chart(pages: dict[str, Path], tmp_path: Path) -> None:
    said = looked_at(pages["llm-platform-overview"], tmp_path)
    assert said["faults"] == []
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC\s+[\w-]+\s+[\d.]+ req/s", said["tip"])
    assert said["crosses"] >= 4, "all charts of the page show the same time"
    assert said["left"] == 0


def test_light_and_dark_differ(pages: dict[str, Path], tmp_path: Path) -> None:
    light, dark = looked_at(pages["llm-platform-overview"], tmp_path)["grounds"]
    assert light != dark


@pytest.mark.parametrize("uid", [board.uid for board in boards_in(FOLDER)])
def test_nothing_spills_out_of_its_panel(uid: str, pages: dict[str, Path], tmp_path: Path) -> None:
    said = looked_at(pages[uid], tmp_path)
    assert said["faults"] == []
    assert not said["wider"], "the page is wider than the window"
    assert said["spills"] == []


def test_a_picture_shows_the_whole_page(pages: dict[str, Path], tmp_path: Path) -> None:
    sizes: list[tuple[int, int]] = []
    grounds: list[object] = []
    for theme in ("light", "dark"):
        picture = tmp_path / f"{theme}.png"
        capture(pages["llm-cost"], picture, theme)
        with Image.open(picture) as image:
            sizes.append(image.size)
            grounds.append(image.convert("RGB").getpixel((2, 2)))
    assert sizes[0] == sizes[1]
    assert sizes[0][0] == WIDTH
    assert sizes[0][1] > 1200
    assert grounds == [(246, 246, 243), (15, 15, 14)]
