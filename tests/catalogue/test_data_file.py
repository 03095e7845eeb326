"""Bad data files: each fault names the file, key and value. Does not judge whether good figures are true."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from catalogue.compatibility import COMPATIBILITY_FILE, read_compatibility
from catalogue.data_file import CatalogueError, read_yaml, render_yaml, replace_file
from catalogue.instance_types import INSTANCE_TYPES_FILE, read_instance_catalogue

Edit = Callable[[dict[str, Any]], object]


def spoiled(source: Path, folder: Path, edit: Edit) -> Path:
    content = yaml.safe_load(source.read_text(encoding="utf-8"))
    edit(content)
    path = folder / "catalogue" / source.name
    path.parent.mkdir()
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def changed(*keys: str, to: object) -> Edit:
    def edit(content: dict[str, Any]) -> None:
        holder: dict[str, Any] = content
        for key in keys[:-1]:
            holder = holder[key]
        holder[keys[-1]] = to

    return edit


def removed(*keys: str) -> Edit:
    def edit(content: dict[str, Any]) -> None:
        holder: dict[str, Any] = content
        for key in keys[:-1]:
            holder = holder[key]
        del holder[keys[-1]]

    return edit


def of_g5(key: str, to: object) -> Edit:
    return changed("instance_types", "g5.xlarge", key, to=to)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            of_g5("vcpus", "four"),
            "catalogue/instance-types.yaml: instance_types.g5.xlarge.vcpus: 'four': Input should be",
        ),
        (
            of_g5("vcpus", "4"),
            "catalogue/instance-types.yaml: instance_types.g5.xlarge.vcpus: '4': Input should be",
        ),
        (of_g5("architecture", "sparc"), "instance_types.g5.xlarge.architecture: 'sparc': "),
        (of_g5("colour", "red"), "instance_types.g5.xlarge.colour: 'red': Extra inputs"),
        (of_g5("on_demand_usd_per_hour", -1), "g5.xlarge.on_demand_usd_per_hour: -1: "),
        (of_g5("on_demand_usd_per_hour", None), "no price needs its price_missing_because"),
        (
            of_g5("first_efa_card", 0),
            "first_efa_card stands exactly where efa_interfaces is above 0",
        ),
        (
            of_g5("price_source", "hearsay"),
            "g5.xlarge.price_source: 'hearsay': is none of karpenter",
        ),
        (of_g5("quota_family", "q"), "g5.xlarge.quota_family: 'q': is none of g-and-vt, "),
        (
            changed("left_out", "g5.xlarge", to="why"),
            "both listed and left out: g5.xlarge",
        ),
        (removed("region"), "catalogue/instance-types.yaml: region: "),
        (changed("instance_types", "g5.xlarge", to=3), "instance_types.g5.xlarge: 3: "),
        (
            changed("quota_families", "p5", "code", to="L-1"),
            "quota_families.p5.code: 'L-1': ",
        ),
    ],
)
def test_a_bad_instance_catalogue_says_where_and_what(tmp_path: Path, edit: Edit, message: str) -> None:
    path = spoiled(INSTANCE_TYPES_FILE, tmp_path, edit)
    with pytest.raises(CatalogueError) as caught:
        read_instance_catalogue(path)
    assert message in str(caught.value)


def test_all_faults_are_reported_at_once(tmp_path: Path) -> None:
    def edit(content: dict[str, Any]) -> None:
        content["instance_types"]["g5.xlarge"]["vcpus"] = 0
        content["instance_types"]["g6.xlarge"]["memory_gib"] = "much"

    with pytest.raises(CatalogueError) as caught:
        read_instance_catalogue(spoiled(INSTANCE_TYPES_FILE, tmp_path, edit))
    assert [line.split(": ")[1] for line in str(caught.value).splitlines()] == [
        "instance_types.g5.xlarge.vcpus",
        "instance_types.g6.xlarge.memory_gib",
    ]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            changed("kubernetes_versions", "1.35", "addon_versions", "coredns", "version", to="1"),
            "compatibility.yaml: kubernetes_versions.1.35.addon_versions.coredns.version: '1': ",
        ),
        (
            removed("kubernetes_versions", "1.35", "addon_versions", "vpc-cni"),
            "no version for the add-ons vpc-cni",
        ),
        (
            changed("default_kubernetes_version", to="1.99"),
            "default_kubernetes_version 1.99 is none of 1.35, 1.34",
        ),
        (
            removed("ami_types", "AL2023_ARM_64_NVIDIA"),
            "kubernetes_versions.1.35.ami_types: AL2023_ARM_64_NVIDIA: not in ami_types",
        ),
    ],
)
def test_a_bad_lock_says_where_and_what(tmp_path: Path, edit: Edit, message: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        read_compatibility(spoiled(COMPATIBILITY_FILE, tmp_path, edit))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2\n", "the key 'a' stands twice"),
        ("a: [1\n", "is not valid YAML"),
        ("- 1\n", "(whole file): [1]: Input should be a valid dictionary"),
        ("", "(whole file): None: "),
        ("\udcff", "is not valid YAML"),
    ],
)
def test_text_that_is_no_data_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "instance-types.yaml"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(CatalogueError) as caught:
        read_instance_catalogue(path)
    assert message in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"absent\.yaml: cannot be read: No such file or directory"):
        read_yaml(tmp_path / "absent.yaml")


def test_a_text_that_is_refused_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "data.yaml"
    path.write_text("a: 1\n", encoding="utf-8")

    def refuse(_: Path) -> None:
        raise CatalogueError("no")

    with pytest.raises(CatalogueError, match="no"):
        replace_file(path, "a: 2\n", refuse)
    assert path.read_text(encoding="utf-8") == "a: 1\n"
    assert [found.name for found in tmp_path.iterdir()] == ["data.yaml"]


def test_the_comment_at_the_top_stays(tmp_path: Path) -> None:
    path = tmp_path / "data.yaml"
    path.write_text("# why\n# more\nb: 1\na: [1, 2]\n", encoding="utf-8")
    assert render_yaml(path, {"b": 2, "a": [1, 2]}) == "# why\n# more\nb: 2\na: [1, 2]\n"
