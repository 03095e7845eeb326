"""A preflight: everything that an account says about an update, before the update."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import boto3
import botocore.exceptions
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from preflight import adopted, identity, names, offerings, quotas, reservations
from preflight.access import AccessError
from preflight.findings import AccountReader, Check, Finding, Level, Unseen
from stacks.settings import Settings

CHECKS: Final[tuple[tuple[str, str, Check], ...]] = (
    (identity.AREA, "region", identity.region),
    (identity.AREA, "zones", identity.zones),
    (offerings.AREA, "instance types", offerings.instance_types),
    (quotas.AREA, "vCPUs", quotas.vcpus),
    (quotas.AREA, "dedicated hosts", quotas.hosts),
    (quotas.AREA, "VPCs and addresses", quotas.addresses),
    (reservations.AREA, "capacity reservations", reservations.reservations),
    (adopted.AREA, "adopted network", adopted.network),
    (names.VERSION, "version", names.version),
    (names.NAMES, "EKS cluster", names.cluster),
    (names.NAMES, "log groups", names.log_groups),
    (names.NAMES, "KMS aliases", names.aliases),
    (names.NAMES, "ECR repositories", names.repositories),
    (names.NAMES, "S3 buckets", names.buckets),
)
"""Area, subject where it cannot be seen, and the check; the identity comes first, by itself."""

STYLES: Final = {Level.STOP: "bold red", Level.UNSEEN: "yellow", Level.NOTE: "cyan", Level.FINE: "green"}


@dataclass(frozen=True)
class PreflightReport:
    """What was found, in the order in which it was looked at."""

    environment: str
    account_id: str
    region: str
    findings: tuple[Finding, ...]

    def of(self, level: Level) -> tuple[Finding, ...]:
        """Return the findings of one level."""
        return tuple(finding for finding in self.findings if finding.level == level)

    @property
    def exit_status(self) -> int:
        """Return 1 if something would stop the update, else 0: what could not be seen stops nothing."""
        return 1 if self.of(Level.STOP) else 0


def inspect(settings: Settings, session: boto3.Session) -> PreflightReport:
    """Look at everything; raise `AccessError` where AWS cannot be asked at all (exit status 2)."""
    reader = AccountReader(settings, session)
    try:
        findings = list(identity.account(reader))
        # In another account everything else would be beside the point.
        if not any(finding.level is Level.STOP for finding in findings):
            for area, subject, check in CHECKS:
                findings += _run(area, subject, check, reader)
    except Unseen as error:
        raise AccessError(f"AWS does not say who you are: {error}; sign in (aws sso login)") from error
    except botocore.exceptions.BotoCoreError as error:
        raise AccessError(f"AWS cannot be asked: {error}; sign in (aws sso login), or see to the network") from error
    ours = settings.aws
    return PreflightReport(settings.ownership.environment, ours.account_id, ours.region, tuple(findings))


def _run(area: str, subject: str, check: Check, reader: AccountReader) -> Iterator[Finding]:
    try:
        yield from check(reader)
    except Unseen as error:
        yield Finding(Level.UNSEEN, area, subject, str(error), error.remedy)


def render(report: PreflightReport, *, full: bool = False) -> RenderableType:
    """Return what a person sees: whatever is not fine (everything, if `full`), and one closing line."""
    shown = [finding for finding in report.findings if full or finding.level is not Level.FINE]
    table = Table(box=None, pad_edge=False, show_header=False)
    for finding in shown:
        text = f"{escape(finding.subject)}: {escape(finding.message)}"
        remedy = f"\n[dim]{escape(finding.remedy)}[/dim]" if finding.remedy else ""
        table.add_row(Text(finding.level, STYLES[finding.level]), finding.area, text + remedy)
    return Group(*([table, ""] if shown else []), closing_line(report))


def closing_line(report: PreflightReport) -> str:
    """Return one line: what would happen, and how much of it was seen."""
    counts = Counter(finding.level for finding in report.findings)
    where = f"{report.environment}, account {report.account_id}, {report.region}"
    stops, unseen = counts[Level.STOP], counts[Level.UNSEEN]
    verdict = (
        f"{stops} {'thing' if stops == 1 else 'things'} would stop the update"
        if stops
        else "nothing seen that would stop the update"
    )
    blind = f"; {unseen} could not be looked at" if unseen else ""
    return f"{where}: {verdict}{blind} ({counts[Level.FINE]} fine, {counts[Level.NOTE]} to note)"


def to_json(report: PreflightReport) -> Mapping[str, Any]:
    """Return the report as plain data."""
    return {
        "environment": report.environment,
        "account_id": report.account_id,
        "region": report.region,
        "exit_status": report.exit_status,
        "findings": [asdict(finding) | {"level": finding.level.value} for finding in report.findings],
    }
