"""The `rehearse` command."""

from __future__ import annotations

import contextlib
import os
import runpy
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from pulumi.runtime import config
from pulumi.runtime.settings import SETTINGS
from rich.console import Console

from rehearsal import phases
from rehearsal.aws.account import Account
from rehearsal.guard import WatchdogError, offline, watchdog
from rehearsal.phases import Rehearsal, Target
from rehearsal.project import Configuration, Project, ProjectError
from rehearsal.report.console import ConsoleProgress, closing_line, render
from rehearsal.report.document import document, write_json
from stacks.settings import Settings, SettingsError, load_settings

FAULTS: Final = 1
BAD_INPUT: Final = 2
INTERRUPTED: Final = 130

app = typer.Typer(
    name="rehearse",
    help="Rehearse an environment: run its Pulumi program against emulated AWS, with no cloud account.",
    epilog="Exit status: 0 fine, 1 the rehearsal found a fault, 2 bad input, 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Stack = Annotated[
    str, typer.Argument(help="Stack (environment) to rehearse: the name in stacks/Pulumi.<stack>.yaml.")
]
Json = Annotated[
    Path | None,
    typer.Option("--json", metavar="FILE", help="Write everything found to FILE.", dir_okay=False),
]
Full = Annotated[bool, typer.Option("--full", help="List every resource instead of counting them by type.")]
Timeout = Annotated[
    float, typer.Option("--timeout", metavar="SECONDS", help="Give up after this long.", min=1)
]


@app.command()
def up(
    stack: Stack = "dev",
    json_file: Json = None,
    full: Full = False,
    serve: Annotated[
        bool, typer.Option("--serve", help="Let other programs look at the emulated account on loopback.")
    ] = False,
    port: Annotated[int, typer.Option("--port", help="Port of --serve and --keep.", min=0, max=65535)] = 5000,
    keep: Annotated[
        bool, typer.Option("--keep", help="Do not destroy; leave the account up, served, until Ctrl-C.")
    ] = False,
    timeout: Timeout = 600,
) -> None:
    """Plan, create in emulated AWS, read back and destroy."""

    def work(target: Target, account: Account, progress: ConsoleProgress) -> Rehearsal:
        if serve or keep:
            url = account.serve(port)
            progress.console.print(
                f"emulated AWS at {url} (account {target.account_id}, {target.region})", highlight=False
            )
        return phases.up(target, account, progress, keep=keep)

    _rehearse(stack, work, json_file=json_file, full=full, timeout=timeout, keep=keep)


@app.command()
def preview(stack: Stack = "dev", json_file: Json = None, full: Full = False, timeout: Timeout = 300) -> None:
    """Plan only: what would be registered, and what is wrong with it."""
    _rehearse(stack, phases.preview, json_file=json_file, full=full, timeout=timeout)


def _rehearse(
    stack: str,
    work: Callable[[Target, Account, ConsoleProgress], Rehearsal],
    *,
    json_file: Path | None,
    full: bool,
    timeout: float,
    keep: bool = False,
) -> None:
    console = Console()
    project, configuration = read_stack(stack)
    if json_file is not None and not json_file.parent.is_dir():
        raise BadInputError(f"--json {json_file}: the folder {json_file.parent} does not exist")
    with configured(project, stack, configuration):
        settings = load_settings()
        target = target_of(project, stack, configuration, settings)
        progress = ConsoleProgress(console)
        try:
            with offline(), Account(target.account_id, target.region) as account:
                with watchdog(timeout):
                    rehearsal = work(target, account, progress)
                if json_file is not None:
                    write_json(json_file, document(rehearsal))
                console.print(render(rehearsal, full=full), highlight=False)
                console.print()
                console.print(closing_line(rehearsal), highlight=False)
                if keep:
                    console.print("the account stays up; Ctrl-C ends it")
                    signal.pause()
        except KeyboardInterrupt:
            progress.stop()
            console.print("interrupted; nothing was left behind")
            raise typer.Exit(INTERRUPTED) from None
        finally:
            progress.stop()
    raise typer.Exit(FAULTS if rehearsal.faults else 0)


class BadInputError(Exception):
    """What the user gave cannot be used; the message says what is allowed."""


def read_stack(stack: str) -> tuple[Project, Configuration]:
    """Read the project around the working directory and one stack's configuration."""
    project = Project.find(Path.cwd())
    return project, project.configuration(stack)


@contextlib.contextmanager
def configured(project: Project, stack: str, configuration: Configuration) -> Iterator[None]:
    """Set Pulumi's configuration as the language host does, and take it back afterwards."""
    environment = {key: os.environ.pop(key) for key in list(os.environ) if key.startswith("PULUMI_CONFIG")}
    SETTINGS.project, SETTINGS.stack = project.name, stack
    config.set_all_config(dict(configuration.values), sorted(configuration.secrets))
    try:
        yield
    finally:
        config.set_all_config({}, [])
        os.environ |= environment


def target_of(project: Project, stack: str, configuration: Configuration, settings: Settings) -> Target:
    """Return what is to be rehearsed: the program of the project, in the account of the stack's settings."""
    return Target(
        program=lambda: run_main(project),
        project=project.name,
        stack=stack,
        root=project.root,
        account_id=settings.aws.account_id,
        region=settings.aws.region,
        declared=tuple(strings_in(settings.model_dump(mode="json"))),
    )


def run_main(project: Project) -> None:
    """Run the program as the language host does: in its folder, which stands first on the import path."""
    folder, path = Path.cwd(), list(sys.path)
    os.chdir(project.program)
    sys.path.insert(0, ".")
    try:
        runpy.run_path(str(project.program / "__main__.py"), run_name="__main__")
    finally:
        os.chdir(folder)
        sys.path[:] = path


def strings_in(value: Any) -> Iterator[str]:
    """Return every string in a nest of mappings and lists: whatever the configuration names is declared by it."""
    if isinstance(value, dict):
        for item in value.values():
            yield from strings_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings_in(item)
    elif isinstance(value, str):
        yield value


def main() -> None:
    """Run the command; no traceback reaches a user for bad input or an interruption."""
    problem = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
    try:
        app()
    except (ProjectError, SettingsError, BadInputError) as error:
        problem.print(str(error))
        sys.exit(BAD_INPUT)
    except WatchdogError as error:
        problem.print(str(error))
        sys.exit(FAULTS)
