"""What RDS refuses in how databases are run: capacity, windows, backups, monitoring."""

from __future__ import annotations

import re
from typing import Final

from rehearsal.checks import facts
from rehearsal.checks.reading import is_absent, is_given, number, numbers, text, texts, truth
from rehearsal.checks.rule import Broken, one_of, rule
from rehearsal.checks.rules.rds_cluster import AURORA, CLUSTER, CREATE, INSTANCE
from rehearsal.checks.world import World
from rehearsal.plan import Registration

MONITORING_SECONDS = (0, 1, 5, 10, 15, 30, 60)
INSIGHT_DAYS = (7, *range(31, 714, 31), 731)
ADVANCED_DAYS = 465
BACKUP_DAYS = range(1, 36)
MOST_CAPACITY = 256
PAUSE_SECONDS = range(300, 86401)
SHORTEST_WINDOW = 30
_DAY: Final = 24 * 60
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = r"([01]\d|2[0-3]):([0-5]\d)"
_BACKUP = re.compile(rf"{_TIME}-{_TIME}")
_MAINTENANCE = re.compile(rf"({'|'.join(_DAYS)}):{_TIME}-({'|'.join(_DAYS)}):{_TIME}")


@rule(
    CLUSTER,
    source="https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html",
)
def capacity(r: Registration, _: World) -> Broken:
    """Serverless v2 has 0 to 256 capacity units in halves, from low to high, and pauses only from 0."""
    scaling = "serverlessv2ScalingConfiguration"
    low, high = number(r, f"{scaling}.minCapacity"), number(r, f"{scaling}.maxCapacity")
    for name, value, least in (("minCapacity", low, 0), ("maxCapacity", high, 1)):
        if value is not None and not (least <= value <= MOST_CAPACITY and value * 2 == int(value * 2)):
            yield f"{scaling}.{name}", f"{value} is not allowed; allowed: {least} to {MOST_CAPACITY} in steps of 0.5"
    if low is not None and high is not None and low > high:
        yield f"{scaling}.minCapacity", f"{low} is above maxCapacity {high}"
    pause = number(r, f"{scaling}.secondsUntilAutoPause")
    if pause is not None and (pause not in PAUSE_SECONDS or low not in (0, None)):
        yield (
            f"{scaling}.secondsUntilAutoPause",
            f"{pause}: {PAUSE_SECONDS.start} to {PAUSE_SECONDS.stop - 1}, with a minCapacity of 0",
        )
    if is_given(r, scaling) and text(r, "engineMode") not in (None, "provisioned"):
        yield "engineMode", "Serverless v2 is in engine mode provisioned; serverless was v1"


@rule(CLUSTER, INSTANCE, source=CREATE)
def windows(r: Registration, _: World) -> Broken:
    """Windows are in UTC, at least half an hour long, and apart."""
    backup, maintenance = text(r, "preferredBackupWindow"), text(r, "preferredMaintenanceWindow")
    at_night = _BACKUP.fullmatch(backup) if backup is not None else None
    weekly = _MAINTENANCE.fullmatch(maintenance.lower()) if maintenance is not None else None
    if backup is not None and at_night is None:
        yield "preferredBackupWindow", f"{backup!r} is not of the form 02:00-03:00"
    if maintenance is not None and weekly is None:
        yield "preferredMaintenanceWindow", f"{maintenance!r} is not of the form sun:04:00-sun:05:00"
    daily = _span(_minutes(*at_night.group(1, 2)), _minutes(*at_night.group(3, 4)), _DAY) if at_night else None
    if daily and daily[1] < SHORTEST_WINDOW:
        yield "preferredBackupWindow", f"{backup} has {daily[1]} minutes; at least {SHORTEST_WINDOW}"
    if weekly is None:
        return
    begin, end = (_DAYS.index(weekly[group]) * _DAY + _minutes(*weekly.group(group + 1, group + 2)) for group in (1, 4))
    start, length = _span(begin, end, 7 * _DAY)
    if length < SHORTEST_WINDOW:
        yield "preferredMaintenanceWindow", f"{maintenance} has {length} minutes; at least {SHORTEST_WINDOW}"
    if daily and any(
        start < daily[0] + day * _DAY + daily[1] and daily[0] + day * _DAY < start + length for day in range(-1, 9)
    ):
        yield "preferredMaintenanceWindow", f"{maintenance} overlaps the backups' {backup}"


def _minutes(hours: str, minutes: str) -> int:
    return int(hours) * 60 + int(minutes)


def _span(begin: int, end: int, period: int) -> tuple[int, int]:
    """Return the start and the length, in minutes, of a window that may run over midnight."""
    return begin, (end - begin) % period


@rule(CLUSTER, source=CREATE)
def backups(r: Registration, _: World) -> Broken:
    """Backups are kept for 1 to 35 days."""
    for at, days in numbers(r, "backupRetentionPeriod"):
        if days not in BACKUP_DAYS:
            yield at, f"{days} is not allowed; allowed: {BACKUP_DAYS.start} to {BACKUP_DAYS.stop - 1}"
    backtrack = number(r, "backtrackWindow")
    if backtrack and text(r, "engine") not in (None, "aurora-mysql"):
        yield "backtrackWindow", "is for Aurora MySQL only"


@rule(CLUSTER, INSTANCE, source="https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html")
def monitoring(r: Registration, _: World) -> Broken:
    """Enhanced Monitoring has an interval and a role, or neither; insights are kept for whole months."""
    interval = number(r, "monitoringInterval")
    if interval is not None and interval not in MONITORING_SECONDS:
        yield "monitoringInterval", one_of(interval, MONITORING_SECONDS)
    if interval and is_absent(r, "monitoringRoleArn"):
        yield "monitoringRoleArn", "is missing; with an interval RDS needs a role that may write to CloudWatch Logs"
    if (interval == 0 or is_absent(r, "monitoringInterval")) and is_given(r, "monitoringRoleArn"):
        yield "monitoringInterval", "is 0, and a role to monitor with is given"
    off = truth(r, "performanceInsightsEnabled") is False or is_absent(r, "performanceInsightsEnabled")
    for name in ("performanceInsightsKmsKeyId", "performanceInsightsRetentionPeriod"):
        if off and is_given(r, name) and text(r, "engine") in AURORA:
            yield name, "is given, and performanceInsightsEnabled is not true"
    days = number(r, "performanceInsightsRetentionPeriod")
    if days is not None and days not in INSIGHT_DAYS:
        yield "performanceInsightsRetentionPeriod", f"{days} is not allowed; allowed: 7, 731 and multiples of 31"
    if text(r, "databaseInsightsMode") == "advanced" and days is not None and days < ADVANCED_DAYS:
        yield "performanceInsightsRetentionPeriod", f"{days}: the advanced mode keeps at least {ADVANCED_DAYS} days"


@rule(CLUSTER, INSTANCE, source=facts.source("database_certificates"))
def certificate(r: Registration, _: World) -> Broken:
    """A server's certificate is of an authority that RDS still has."""
    allowed = facts.values("database_certificates")
    for path in ("caCertificateIdentifier", "caCertIdentifier"):
        for at, name in texts(r, path):
            if name not in allowed:
                yield at, one_of(name, allowed)
