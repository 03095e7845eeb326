"""A policy pack, loaded in this process: its `__main__.py` runs as under the engine, but no server is started."""

from __future__ import annotations

import os
import runpy
import sys
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest import mock

import jsonschema
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy, StackValidationPolicy

from rehearsal.bad_input import BadInputError

PROJECT_FILE: Final = "PulumiPolicy.yaml"
PROJECT_PACK: Final = "policies"
"""Folder of the project's own pack."""

Policy = ResourceValidationPolicy | StackValidationPolicy


@dataclass(frozen=True)
class LoadedPack:
    """The policies of a pack, each with its level and its configuration."""

    name: str
    policies: tuple[Policy, ...]
    levels: Mapping[str, EnforcementLevel]
    configuration: Mapping[str, Mapping[str, Any]]


class _Started(BaseException):
    """Ends the pack's `__main__.py` where the real constructor would serve for ever."""


def project_packs(root: Path, given: Sequence[Path]) -> list[LoadedPack]:
    """Return the packs that the command line names, or else the project's own where it has one.

    The stack's configuration must be set: packs read it. Raises `BadInputError`.
    """
    own = root / PROJECT_PACK
    folders = list(given) or ([own] if (own / PROJECT_FILE).is_file() else [])
    return [load_pack(folder) for folder in folders]


def load_pack(folder: Path) -> LoadedPack:
    """Run a pack's `__main__.py` and return the pack it makes. Raises `BadInputError` for one that can't be used."""
    main = folder / "__main__.py"
    for file in (folder / PROJECT_FILE, main):
        if not file.is_file():
            raise BadInputError(f"--policy-pack {folder}: {file.name} is missing; allowed: a folder with a Python pack")
    made: list[LoadedPack] = []

    def take(
        _self: PolicyPack,
        name: str,
        policies: list[Policy],
        enforcement_level: EnforcementLevel | None = None,
        initial_config: Mapping[str, Any] | None = None,
        **_rest: object,
    ) -> None:
        made.append(_loaded(folder, name, policies, enforcement_level, initial_config or {}))
        raise _Started

    with _in_folder(folder), mock.patch.object(PolicyPack, "__init__", take):
        try:
            runpy.run_path(str(main), run_name="__main__")
        except _Started:
            return made[0]
        except BadInputError:
            raise
        except SystemExit as end:
            raise BadInputError(str(end.code)) from None
        except Exception as error:
            message = f"--policy-pack {folder}: does not load: {type(error).__name__}: {error}"
            raise BadInputError(message) from error
    raise BadInputError(f"--policy-pack {folder}: __main__.py makes no PolicyPack")


@contextmanager
def _in_folder(folder: Path) -> Generator[None]:
    """Stand in the pack's folder, as the policy host does; modules of one pack are not found by the next."""
    before, path, modules = Path.cwd(), list(sys.path), dict(sys.modules)
    for name, module in modules.items():
        if name.partition(".")[0] == PROJECT_PACK and not _is_below(module, folder):
            del sys.modules[name]
    folder = folder.resolve()
    os.chdir(folder)
    sys.path.insert(0, str(folder))  # "." would be remembered as the folder of whoever looked first
    try:
        yield
    finally:
        os.chdir(before)
        sys.path[:] = path
        for name, module in list(sys.modules.items()):
            if name not in modules and _is_below(module, folder):
                del sys.modules[name]
        sys.modules.update(modules)


def _is_below(module: object, folder: Path) -> bool:
    """Say whether a module's file stands in a folder."""
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and Path(file).resolve().is_relative_to(folder.resolve())


def _loaded(
    folder: Path,
    name: str,
    policies: Sequence[Policy],
    level: EnforcementLevel | None,
    initial: Mapping[str, Any],
) -> LoadedPack:
    twice = sorted(each for each, count in Counter(policy.name for policy in policies).items() if count > 1)
    if twice:
        raise BadInputError(f"--policy-pack {folder}: two policies are called {', '.join(map(repr, twice))}")
    default = level or EnforcementLevel.ADVISORY
    levels: dict[str, EnforcementLevel] = {}
    configuration: dict[str, Mapping[str, Any]] = {}
    for policy in policies:
        given = initial.get(policy.name, {})
        properties = dict(given) if isinstance(given, Mapping) else {"enforcementLevel": given}
        chosen = properties.pop("enforcementLevel", policy.enforcement_level or default)
        levels[policy.name] = EnforcementLevel(chosen)
        configuration[policy.name] = _configuration(folder, policy, properties)
    return LoadedPack(name, tuple(policies), levels, configuration)


def _configuration(folder: Path, policy: Policy, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the configuration as the engine reconciles it: the schema's defaults, then what the pack gives.

    https://github.com/pulumi/pulumi/blob/master/pkg/resource/analyzer/config.go
    """
    schema = policy.config_schema
    if schema is None:
        return given
    merged = {key: entry["default"] for key, entry in schema.properties.items() if "default" in entry} | dict(given)
    document = {"type": "object", "properties": schema.properties, "required": schema.required or []}
    for error in jsonschema.Draft202012Validator(document).iter_errors(merged):
        key = ".".join([policy.name, *(str(part) for part in error.absolute_path)])
        raise BadInputError(f"--policy-pack {folder}: configuration {key}: {error.message}")
    return merged
