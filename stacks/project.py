"""The Pulumi project and its stack files, read the way the engine reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import yaml


class _EngineLoader(yaml.SafeLoader):
    """YAML as the engine reads it: of YAML 1.1's booleans and base-60 numbers it knows only true and false."""


_EngineLoader.yaml_implicit_resolvers = {
    first: [(tag, regex) for tag, regex in resolvers if not tag.endswith((":bool", ":int"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_EngineLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_EngineLoader.add_implicit_resolver(
    "tag:yaml.org,2002:int",
    re.compile(r"^[-+]?(?:0x[0-9a-fA-F_]+|0[0-7_]+|0|[1-9][0-9_]*)$"),
    list("-+0123456789"),
)


class ProjectError(Exception):
    """A project or stack file cannot be read; the message names file, key and what is allowed."""


@dataclass(frozen=True)
class Project:
    """What the engine takes from Pulumi.yaml. Folders are absolute."""

    name: str
    root: Path
    program: Path
    stack_folder: Path
    defaults: Mapping[str, Any]

    @classmethod
    def find(cls, folder: Path) -> Project:
        """Read the Pulumi.yaml of `folder` or of the nearest folder above it."""
        for candidate in (folder.resolve(), *folder.resolve().parents):
            if (candidate / "Pulumi.yaml").is_file():
                return cls.read(candidate / "Pulumi.yaml")
        raise ProjectError(f"{folder.resolve()}: no Pulumi.yaml here or in a folder above; run it inside the project")

    @classmethod
    def read(cls, file: Path) -> Project:
        """Read one Pulumi.yaml."""
        content = _mapping(file)
        if not isinstance(content.get("name"), str):
            raise ProjectError(f"{file}: name: {content.get('name')!r}: must be the project's name")
        root = file.parent
        return cls(
            name=content["name"],
            root=root,
            program=root / content.get("main", "."),
            stack_folder=root / content.get("stackConfigDir", "."),
            defaults=content.get("config") or {},
        )

    def stacks(self) -> list[str]:
        """Return the names of the stacks that have a file, sorted."""
        return sorted(file.stem.removeprefix("Pulumi.") for file in self.stack_folder.glob("Pulumi.*.yaml"))

    def configuration(self, stack: str) -> Configuration:
        """Read a stack's configuration, with the project's defaults under it."""
        file = self.stack_folder / f"Pulumi.{stack}.yaml"
        if not file.is_file():
            known = ", ".join(self.stacks()) or "none"
            raise ProjectError(f"{file.relative_to(self.root)}: no such stack file; the stacks are: {known}")
        config: Any = _mapping(file).get("config") or {}
        if not isinstance(config, dict):
            raise ProjectError(
                f"{file.relative_to(self.root)}: config: {config!r}: must be a mapping of keys to values"
            )
        defaults = {key: _default(value) for key, value in self.defaults.items()}
        values: dict[str, str] = {}
        secrets: set[str] = set()
        for key, value in {**defaults, **cast("dict[str, Any]", config)}.items():
            full_key = key if ":" in str(key) else f"{self.name}:{key}"
            values[full_key], secret = _text(full_key, value)
            if secret:
                secrets.add(full_key)
        return Configuration(file, values, frozenset(secrets))


@dataclass(frozen=True)
class Configuration:
    """A stack's configuration as the language host receives it: strings, objects as JSON text."""

    file: Path
    values: Mapping[str, str]
    secrets: frozenset[str]


def _mapping(file: Path) -> dict[str, Any]:
    try:
        content: Any = yaml.load(file.read_text(), Loader=_EngineLoader)  # noqa: S506 - a SafeLoader
    except OSError as error:
        raise ProjectError(f"{file.name}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ProjectError(f"{file.name}: not a text file") from None
    except yaml.YAMLError as error:
        raise ProjectError(f"{file.name}: not valid YAML: {' '.join(str(error).split())}") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ProjectError(f"{file.name}: must be a mapping, is {type(content).__name__}")
    return cast("dict[str, Any]", content)


def _default(value: Any) -> Any:
    """Return the default of a `config:` entry of Pulumi.yaml, which may be a plain value or a declaration."""
    if isinstance(value, dict):
        declaration = cast("dict[str, Any]", value)
        return declaration.get("value", declaration.get("default"))
    return value


def _text(key: str, value: Any) -> tuple[str, bool]:
    """Return a value as the engine passes it, and whether it is secret.

    A rehearsal cannot decrypt: a `secure:` value becomes a stand-in, at any depth.
    """
    secret = False

    def reveal(item: Any) -> Any:
        nonlocal secret
        if isinstance(item, dict):
            mapping = cast("dict[str, Any]", item)
            if set(mapping) == {"secure"}:
                secret = True
                return f"rehearsal-{key.rsplit(':', maxsplit=1)[-1]}"
            return {_moment(k) if isinstance(k, date) else k: reveal(v) for k, v in mapping.items()}
        if isinstance(item, list):
            return [reveal(entry) for entry in cast("list[Any]", item)]
        return _moment(item) if isinstance(item, date) else item

    plain = reveal(value)
    return (plain if isinstance(plain, str) else json.dumps(plain)), secret


def _moment(value: date) -> str:
    """Return a date without quotes as the engine hands it over, which is as Go prints a time: no date to anybody.

    https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/config/object.go (unmarshalObject)
    """
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day, tzinfo=UTC)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    name = moment.tzname() if moment.utcoffset() == UTC.utcoffset(None) else f"{moment:%z}"
    fraction = f"{moment:.%f}".rstrip("0").rstrip(".")
    return f"{moment:%Y-%m-%d %H:%M:%S}{fraction} {moment:%z} {name}"
