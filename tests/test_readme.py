"""The README shows what a newcomer sees. Does not prove how long it takes on their machine."""

import re

import pytest

from tests.readme import README, ROOT, real_output, real_placement, shown_blocks, without_times


@pytest.mark.timeout(900)
def test_the_readme_shows_the_very_output() -> None:
    assert without_times(shown_blocks()[0]) == without_times(real_output()), "run `make readme`"


@pytest.mark.timeout(900)
@pytest.mark.xdist_group("cluster")
def test_the_readme_shows_where_every_pod_of_dev_lands() -> None:
    assert shown_blocks()[1] == real_placement(), "run `make readme`"


def test_what_the_readme_links_to_is_there() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README.read_text()) if "://" not in link]
    assert len(links) >= 5
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_make_targets_that_the_readme_names_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"(?:`|^ {4})make ([a-z-]+)", README.read_text(), re.MULTILINE))
    assert {"rehearse", "test"} <= targets
    assert [target for target in targets if not re.search(rf"^{target}:.*## ", makefile, re.MULTILINE)] == []
