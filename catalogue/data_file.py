"""A data file of the catalogue: YAML, validated once, with errors that name file, key and value."""

import os
import tempfile
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import TypeVar, cast

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

Model = TypeVar("Model", bound=BaseModel)


class CatalogueError(Exception):
    """A data file that cannot be used; one fault a line, each with file, key and value."""


class Record(BaseModel):
    """A piece of a data file: unknown keys refused, values not converted, never changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


# libyaml's parser, where PyYAML was built with it, reads the instance types in a tenth of the time.
_SafeLoader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _UniqueKeyLoader(_SafeLoader):
    """YAML in which a key stands once: the plain loader silently keeps the last of two."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = cast("Hashable", self.construct_object(key_node, deep=True))
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


class _OneLineListDumper(yaml.SafeDumper):
    """YAML in blocks, with lists on one line and nothing by reference: easy to compare line by line."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML asks for each value
        return True


def _one_line(dumper: yaml.SafeDumper, items: list[object]) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True)


_OneLineListDumper.add_representer(list, _one_line)


def display_name(path: Path) -> str:
    """The file as a person finds it: its name and the folder it lies in."""
    return "/".join(path.parts[-2:])


def read_yaml(path: Path) -> object:
    """The parsed content of a data file."""
    try:
        text = path.read_text(encoding="utf-8")
        return yaml.load(text, Loader=_UniqueKeyLoader)  # noqa: S506 - a SafeLoader: it makes plain values only
    except OSError as error:
        raise CatalogueError(f"{display_name(path)}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise CatalogueError(f"{display_name(path)}: is not valid YAML: {error}") from error


def validate(path: Path, content: object, model: type[Model]) -> Model:
    """The content as a model; every fault of the file is reported at once."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults: list[str] = []
        for fault in error.errors(include_url=False):
            key = ".".join(str(part) for part in fault["loc"]) or "(whole file)"
            faults.append(f"{display_name(path)}: {key}: {fault['input']!r}: {fault['msg']}")
        raise CatalogueError("\n".join(faults)) from error


def render_yaml(path: Path, content: Mapping[str, object]) -> str:
    """The content as the text of a data file: the comment that it begins with, then the keys in order."""
    comment: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        comment.append(line)
    body = yaml.dump(dict(content), Dumper=_OneLineListDumper, sort_keys=False, width=110, allow_unicode=True)
    return "\n".join([*comment, body])


def replace_file(path: Path, text: str, check: Callable[[Path], object]) -> None:
    """Puts the text in the file's place in one step, and only if `check` accepts it; never half of it."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        check(Path(temporary))
        if path.exists():
            Path(temporary).chmod(path.stat().st_mode)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
