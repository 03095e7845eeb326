"""Reading of project and stack files.

Does not prove parity with the engine on `secure:` values: they cannot be decrypted here.
"""

from pathlib import Path

import pytest

from stacks.project import Project, ProjectError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "Pulumi.yaml").write_text(
        "name: demo\nmain: stacks\nstackConfigDir: stacks\nruntime: python\n"
        "config:\n  size: {type: integer, default: 3}\n  aws:region: us-east-1\n"
    )
    (tmp_path / "stacks" / "Pulumi.dev.yaml").write_text(
        "config:\n  demo:network: {cidr: 10.0.0.0/16, zones: [a, b]}\n  count: 2\n  on: true\n"
        "  demo:answers: {kept: [yes, off, 12:30], read: [true, 0x10, 7]}\n"
        "  demo:token: {secure: v1:abc}\n  demo:nested: {user: u, password: {secure: v1:def}}\n"
    )
    return tmp_path


def test_the_project_is_found_from_a_folder_below(folder: Path) -> None:
    project = Project.find(folder / "stacks")
    assert (project.name, project.program, project.stacks()) == ("demo", folder / "stacks", ["dev"])


def test_values_arrive_as_the_engine_hands_them_over(folder: Path) -> None:
    configuration = Project.find(folder).configuration("dev")
    assert configuration.values == {
        "demo:size": "3",
        "aws:region": "us-east-1",
        "demo:network": '{"cidr": "10.0.0.0/16", "zones": ["a", "b"]}',
        "demo:count": "2",
        "demo:on": "true",
        "demo:answers": '{"kept": ["yes", "off", "12:30"], "read": [true, 16, 7]}',
        "demo:token": "rehearsal-token",
        "demo:nested": '{"user": "u", "password": "rehearsal-nested"}',
    }
    assert configuration.secrets == {"demo:token", "demo:nested"}


def test_a_date_without_quotes_arrives_as_go_prints_it(folder: Path) -> None:
    """So that what the engine would not read as a date does not pass a rehearsal either."""
    text = "config:\n  demo:day: 2027-03-31\n  demo:days:\n"
    text += "    {2027-03-31: [2027-03-31T08:30:00.25Z, 2027-03-31 08:30:00 +2]}\n"
    (folder / "stacks" / "Pulumi.dev.yaml").write_text(text)
    values = Project.find(folder).configuration("dev").values
    assert values["demo:day"] == "2027-03-31 00:00:00 +0000 UTC"
    assert values["demo:days"] == (
        '{"2027-03-31 00:00:00 +0000 UTC": ["2027-03-31 08:30:00.25 +0000 UTC", "2027-03-31 08:30:00 +0200 +0200"]}'
    )


def test_a_missing_stack_names_those_that_exist(folder: Path) -> None:
    with pytest.raises(ProjectError, match=r"^stacks/Pulumi\.prod\.yaml: no such stack file; the stacks are: dev$"):
        Project.find(folder).configuration("prod")


def test_outside_a_project_the_user_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"no Pulumi\.yaml here or in a folder above"):
        Project.find(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("config: [1]\n", r"config: \[1\]: must be a mapping"),
        ("config: {a: [\n", r"Pulumi\.dev\.yaml: not valid YAML: .*line 2"),
        ("- 1\n", r"Pulumi\.dev\.yaml: must be a mapping, is list"),
    ],
)
def test_a_broken_stack_file_is_described(folder: Path, content: str, message: str) -> None:
    (folder / "stacks" / "Pulumi.dev.yaml").write_text(content)
    with pytest.raises(ProjectError, match=message):
        Project.find(folder).configuration("dev")


def test_a_file_that_is_no_text_is_described(folder: Path) -> None:
    (folder / "stacks" / "Pulumi.dev.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ProjectError, match=r"^Pulumi\.dev\.yaml: not a text file$"):
        Project.find(folder).configuration("dev")


def test_an_empty_stack_file_gives_the_project_s_defaults(folder: Path) -> None:
    (folder / "stacks" / "Pulumi.dev.yaml").write_text("")
    assert Project.find(folder).configuration("dev").values == {"demo:size": "3", "aws:region": "us-east-1"}
