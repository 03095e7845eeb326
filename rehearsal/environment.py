"""An environment of the project as the target of a rehearsal: its program, its configuration, its account."""

from __future__ import annotations

import contextlib
import os
import runpy
import sys
from collections.abc import Generator, Sequence
from datetime import date
from functools import partial
from pathlib import Path

from pulumi.runtime import config

from policies import clock
from rehearsal.adoption import place_adopted_network
from rehearsal.phases import Target
from rehearsal.plan import strings_in
from rehearsal.policies.findings import ExemptionInForce
from rehearsal.policies.pack import project_packs
from rehearsal.program import name_program
from stacks.project import Project
from stacks.settings import Settings, load_settings


@contextlib.contextmanager
def environment(
    stack: str, folder: Path, *, terraform_state: Path | None = None, packs: Sequence[Path] | None = None
) -> Generator[tuple[Target, Settings]]:
    """Read the project around `folder` and set the stack's configuration, as the language host does.

    `terraform_state` is a copy of the state that `network.adopt` names in S3, where it does. `packs` are the folders of
    policy packs, in place of the project's own.

    Raises `ProjectError`, `SettingsError` or `BadInputError` for what cannot be used. Afterwards no configuration is
    set.
    """
    project = Project.find(folder)
    configuration = project.configuration(stack)
    shell = {key: os.environ.pop(key) for key in list(os.environ) if key.startswith("PULUMI_CONFIG")}
    name_program(project.name, stack)
    config.set_all_config(dict(configuration.values), sorted(configuration.secrets))
    try:
        settings = load_settings()
        prepare = partial(
            place_adopted_network,
            settings=settings,
            file=f"stacks/{configuration.file.name}",
            root=project.root,
            terraform_state=terraform_state,
        )
        target = Target(
            program=lambda: _run_main(project),
            project=project.name,
            stack=stack,
            root=project.root,
            account_id=settings.aws.account_id,
            region=settings.aws.region,
            # Whatever the configuration names is declared by it.
            declared=tuple(strings_in(settings.model_dump(mode="json"))),
            prepare=prepare,
            packs=tuple(project_packs(project.root, packs or ())),
            exemptions=_in_force(settings),
        )
        yield target, settings
    finally:
        config.set_all_config({}, [])
        os.environ |= shell


def _in_force(settings: Settings) -> tuple[ExemptionInForce, ...]:
    """Return the exemptions whose last day has not passed; the pack reports the others."""
    found = [
        ExemptionInForce(each.policy, each.resource, each.owner, each.reason, date.fromisoformat(each.expires))
        for each in settings.policies.exemptions
    ]
    return tuple(exemption for exemption in found if clock.today() <= exemption.expires)


def _run_main(project: Project) -> None:
    """Run the program as the language host does: in its folder, which stands first on the import path."""
    folder, path = Path.cwd(), list(sys.path)
    os.chdir(project.program)
    sys.path.insert(0, ".")
    try:
        runpy.run_path(str(project.program / "__main__.py"), run_name="__main__")
    finally:
        os.chdir(folder)
        sys.path[:] = path
