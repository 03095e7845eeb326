"""The lookup by which group variables read the catalogue and the version sets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleLookupError
from ansible.plugins.loader import lookup_loader

from tests.ansible.roles import ANSIBLE, REPOSITORY


@pytest.fixture(scope="module")
def lookup() -> Any:
    lookup_loader.add_directory(str(ANSIBLE / "lookup_plugins"))
    return lookup_loader.get("yaml_file")


def test_it_reads_what_the_parser_of_python_reads(lookup: Any) -> None:
    files = [REPOSITORY / "catalogue" / "gpu-machines.yaml", *sorted((ANSIBLE / "versions").glob("*.yml"))]
    assert lookup.run([str(file) for file in files]) == [yaml.safe_load(file.read_text()) for file in files]


@pytest.mark.parametrize(("content", "said"), [(None, "No such file"), ("a: [", "expected node content")])
def test_what_can_not_be_read_is_named(lookup: Any, tmp_path: Path, content: str | None, said: str) -> None:
    file = tmp_path / "file.yml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(AnsibleLookupError, match=rf"^{re.escape(str(file))}: (?s:.*){said}"):
        lookup.run([str(file)])


def test_a_misspelt_option_is_no_path(lookup: Any) -> None:
    with pytest.raises(AnsibleLookupError, match="takes paths only, not lstrip"):
        lookup.run(["/dev/null"], lstrip=True)


def test_variables_take_no_slower_way() -> None:
    for file in (ANSIBLE / "group_vars").rglob("*.yml"):
        assert "from_yaml" not in file.read_text(), file
