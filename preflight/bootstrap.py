"""`python -m preflight.bootstrap dev`: what an account needs once, before the first `pulumi up` of an environment."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import boto3
import botocore.exceptions
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from components.naming import bucket_name, platform_name
from preflight.access import AccessError, read_settings, sign_in
from preflight.change import Change, Step, applied, planned
from preflight.ci_role import CiBoundary, CiRole
from preflight.ci_sign_in import GitHubProvider
from preflight.secrets_key import SecretsKey
from preflight.state_bucket import StateBucket
from stacks.settings import Settings, SettingsError

REPOSITORY = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9._-]{1,100}"


@dataclass(frozen=True)
class Bootstrap:
    """The steps for one environment, in the order in which they need each other."""

    bucket: StateBucket
    key: SecretsKey
    role: CiRole | None
    steps: tuple[Step, ...]

    @classmethod
    def of(
        cls, settings: Settings, session: boto3.Session, repository: str | None, subject: str | None = None
    ) -> Bootstrap:
        """Return the steps for a stack; without a repository there is no role for its CI."""
        environment, account_id = settings.ownership.environment, settings.aws.account_id
        platform = platform_name(environment)
        # Not the environment's own tag: the CI role may change and delete what carries that.
        tags = {
            "llm-platform:bootstrap": environment,
            "llm-platform:team": settings.ownership.team,
            "llm-platform:cost-centre": settings.ownership.cost_centre,
        }
        key = SecretsKey(session, f"alias/{platform}/pulumi", tags)
        bucket = StateBucket(
            session,
            bucket_name(platform, "state", account_id, settings.aws.region),
            account_id=account_id,
            tags=tags,
            key_arn=key.arn,
            key_alias=key.alias,
        )
        steps: tuple[Step, ...] = (key, bucket)
        if repository is None:
            return cls(bucket, key, None, steps)

        def places() -> Mapping[str, str]:
            return {
                "account": account_id,
                "region": settings.aws.region,
                "environment": environment,
                "platform": platform,
                "state_bucket": bucket.name,
                "key": key.arn() or f"arn:aws:kms:{settings.aws.region}:{account_id}:key/not-made-yet",
            }

        provider = GitHubProvider(session, account_id)
        boundary = CiBoundary(session, f"{platform}-ci-boundary", account_id, places)
        role = CiRole(
            session,
            f"{platform}-ci",
            subject=subject or f"repo:{repository}:environment:{environment}",
            provider_arn=provider.arn,
            boundary_arn=boundary.arn,
            places=places,
            tags=tags,
        )
        return cls(bucket, key, role, (*steps, provider, boundary, role))

    def changes(self, take: Callable[[Step], list[Change]]) -> list[Change]:
        """Return what `planned` or `applied` gives for every step."""
        return [change for step in self.steps for change in take(step)]

    def next_lines(self, stack: str) -> tuple[str, ...]:
        """Return the commands that use what was made."""
        region = self.bucket.region
        return (
            f"pulumi login 's3://{self.bucket.name}?region={region}'",
            f"pulumi stack init {stack} --secrets-provider='awskms://{self.key.alias}?region={region}'",
        )


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


def document(
    settings: Settings, work: Bootstrap, changes: list[Change], left: list[Change], *, apply: bool
) -> dict[str, Any]:
    """Return what was found as plain data."""

    def plain(change: Change) -> dict[str, str]:
        return {
            "resource": change.resource,
            "what": change.what,
            "seen": change.seen,
            "wanted": change.wanted,
        }

    return {
        "environment": settings.ownership.environment,
        "account_id": settings.aws.account_id,
        "region": settings.aws.region,
        "applied": apply,
        "resources": [step.resource for step in work.steps],
        "changes": [plain(change) for change in changes],
        "left": [plain(change) for change in left],
        "next": list(work.next_lines(settings.ownership.environment)),
    }


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
    table = Table("resource", "what", "is", "changed to" if apply else "would become", box=None, pad_edge=False)
    for change in changes:
        row = (change.resource, change.what, change.seen, change.wanted)
        table.add_row(*(escape(text) for text in row))
    console.print(table, soft_wrap=False)
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
