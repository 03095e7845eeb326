"""`python -m preflight.bootstrap dev`: what an account needs once, before the first `pulumi up` of an environment."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Annotated

import botocore.exceptions
import typer
from rich.console import Console
from rich.markup import escape

from preflight.access import AccessError, read_settings, sign_in
from preflight.bootstrap_steps import Bootstrap, document
from preflight.change import Change, applied, planned
from stacks.settings import Settings, SettingsError

REPOSITORY = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9._-]{1,100}"


def bootstrap(
    stack: Annotated[str, typer.Argument(help="Stack: the name in stacks/Pulumi.<stack>.yaml.")] = "dev",
    repository: Annotated[
        str | None,
        typer.Option("--repository", metavar="ORG/NAME", help="GitHub repository whose CI gets a role."),
    ] = None,
    subject: Annotated[
        str | None,
        typer.Option(
            "--subject",
            metavar="SUB",
            help="Subject of the token, where it is not repo:ORG/NAME:environment:STACK.",
        ),
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Change the account; otherwise only look.")] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write what was found to FILE.", dir_okay=False)
    ] = None,
) -> None:
    """Make the state bucket, the secrets key and the CI role of an environment, or say what is missing."""
    _check(repository, subject, json_file)
    settings = read_settings(stack)
    work = Bootstrap.of(settings, sign_in(settings), repository, subject)
    console = Console(highlight=False, soft_wrap=True)
    changes = work.changes(applied if apply else planned)
    left = work.changes(planned) if apply else []
    _show(console, settings, work, changes, apply=apply)
    if json_file is not None:
        json_file.write_text(json.dumps(document(settings, work, changes, left, apply=apply), indent=2) + "\n")
    if left:
        for change in left:
            console.print(f"still differs: {escape(change.resource)}: {change.what}: {escape(change.seen)}")
        raise typer.Exit(1)
    if apply or not changes:
        console.print("\nNext:")
        for line in work.next_lines(stack):
            console.print(f"  {escape(line)}")
    if repository is None:
        console.print("\nNo role for CI was looked at: --repository ORG/NAME adds it.")


def _check(repository: str | None, subject: str | None, json_file: Path | None) -> None:
    if repository is not None and not re.fullmatch(REPOSITORY, repository):
        raise AccessError(f"--repository {repository!r}: allowed: ORG/NAME, as in acme/llm-platform")
    if subject is not None and repository is None:
        raise AccessError("--subject needs --repository")
    if subject is not None and not re.fullmatch(r"repo:[^*?]+:[^*?]+", subject):
        raise AccessError(
            f"--subject {subject!r}: allowed: repo:..., without wildcards: only this repository may get in"
        )
    if json_file is not None and not json_file.parent.is_dir():
        raise AccessError(f"--json {json_file}: the folder {json_file.parent} does not exist")


def _show(console: Console, settings: Settings, work: Bootstrap, changes: list[Change], *, apply: bool) -> None:
    where = f"account {settings.aws.account_id}, {settings.aws.region}"
    if not changes:
        console.print(f"{where}: {len(work.steps)} resources stand as they should; nothing to change")
        return
    resource = ""
    for change in changes:
        if change.resource != resource:
            resource = change.resource
            console.print(f"[bold]{escape(resource)}[/bold]")
        console.print(f"  {change.what}: {escape(change.seen)} -> {escape(change.wanted)}")
    if apply:
        console.print(f"\n{where}: {len(changes)} changed")
    else:
        console.print(f"\n{where}: {len(changes)} to change; nothing was changed, --apply does it")


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
app.command(
    epilog="Exit status: 0 fine, 1 AWS refused something, 2 bad input or the wrong account.",
)(bootstrap)


def main() -> None:
    """Run the command; no traceback reaches a user for what AWS or the stack file says."""
    problem = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
    try:
        app()
    except (AccessError, SettingsError) as error:
        problem.print(str(error))
        sys.exit(2)
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        problem.print(f"AWS: {error}")
        sys.exit(1)


if __name__ == "__main__":
    main()
