"""Rules of the section `observability`: nobody is told nothing, and nothing is watched that has no name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from stacks.closeness import listed
from stacks.sections.section import Broken

if TYPE_CHECKING:
    from stacks.settings import Settings

METRICS_RELEASE = "kube-prometheus-stack"
RULES_RELEASE = "monitoring"


def someone_is_told(settings: Settings) -> Iterator[Broken]:
    """Critical alerts reach somebody, and budgets have somebody to tell."""
    wanted = settings.observability
    if wanted.alerts is None:
        if wanted.budgets:
            message = "would tell nobody: needs observability.alerts"
            yield Broken(("observability", "budgets"), [budget.name for budget in wanted.budgets], message)
        return
    entries = wanted.alerts.subscriptions
    told = {severity for entry in entries if entry.team is None for severity in entry.severities}
    told |= set(wanted.alerts.slack.channels) if wanted.alerts.slack else set()
    for severity in ("critical", "warning"):
        if severity not in told:
            message = f"nobody is told of every '{severity}' alert: needs one without a team, or a Slack channel"
            yield Broken(("observability", "alerts", "subscriptions"), [entry.name for entry in entries], message)


def subscriptions(settings: Settings) -> Iterator[Broken]:
    """Each subscription has a name of its own, and exactly one place that messages go to."""
    alerts = settings.observability.alerts
    seen: dict[str, int] = {}
    for index, entry in enumerate(alerts.subscriptions if alerts else ()):
        path = ("observability", "alerts", "subscriptions", index)
        if entry.name in seen:
            message = f"already the name of observability.alerts.subscriptions[{seen[entry.name]}]"
            yield Broken((*path, "name"), entry.name, message)
        seen.setdefault(entry.name, index)
        if (entry.email is None) == (entry.pager is None):
            yield Broken(path, entry.name, "needs either email or pager")


def budgets(settings: Settings) -> Iterator[Broken]:
    """Each budget has a name of its own, and a team's has machines that carry the team's tag."""
    seen: dict[str, int] = {}
    teams = _teams(settings)
    for index, budget in enumerate(settings.observability.budgets):
        path = ("observability", "budgets", index)
        if budget.name in seen:
            message = f"already the name of observability.budgets[{seen[budget.name]}]"
            yield Broken((*path, "name"), budget.name, message)
        seen.setdefault(budget.name, index)
        if budget.team is not None and budget.team not in teams:
            message = f"nothing carries this team's tag, the budget would stay at 0; allowed: {listed(teams)}"
            yield Broken((*path, "team"), budget.team, message)


def _teams(settings: Settings) -> list[str]:
    groups = settings.node_groups
    owners = (
        *groups.training,
        *groups.inference,
        *groups.spot,
        *settings.node_pools,
        *settings.dedicated_hosts,
    )
    return sorted({settings.ownership.team, *(owner.team for owner in owners if owner.team is not None)})


def metrics_come_from_somewhere(settings: Settings) -> Iterator[Broken]:
    """Managed Prometheus and Grafana get their metrics from the one in the cluster."""
    wanted = settings.observability
    if wanted.metrics is not None and METRICS_RELEASE not in settings.charts.releases:
        message = f"nothing would be written to it: needs '{METRICS_RELEASE}' in charts.releases"
        yield Broken(("observability", "metrics"), wanted.metrics.model_dump(), message)
    if wanted.grafana is not None and wanted.metrics is None:
        message = "it can't reach into the cluster, and would show nothing of it: needs observability.metrics"
        yield Broken(("observability", "grafana"), wanted.grafana.version, message)


def thresholds_are_read(settings: Settings) -> Iterator[Broken]:
    """A threshold is of alerts that are there."""
    given = settings.observability.thresholds.given
    if given and RULES_RELEASE not in settings.charts.releases:
        message = f"no alert would read them: needs '{RULES_RELEASE}' in charts.releases"
        yield Broken(("observability", "thresholds"), given, message)


def someone_signs_in(settings: Settings) -> Iterator[Broken]:
    """A Grafana without an administrator can't be given one by anybody in it."""
    grafana = settings.observability.grafana
    if grafana is not None and not grafana.admin_group_ids:
        path = ("observability", "grafana", "admin_group_ids")
        yield Broken(path, grafana.admin_group_ids, "needs a group, or nobody could let anybody in")


def prod_is_watched(settings: Settings) -> Iterator[Broken]:
    """Prod is watched from outside, and keeps who did what."""
    wanted = settings.observability
    if settings.ownership.environment != "prod":
        return
    if wanted.alerts is None:
        yield Broken(("observability", "alerts"), None, "required in prod: somebody has to be told")
    elif not wanted.alerts.alarms:
        yield Broken(("observability", "alerts", "alarms"), False, "allowed in prod: true")


RULES = (
    someone_is_told,
    subscriptions,
    budgets,
    metrics_come_from_somewhere,
    thresholds_are_read,
    someone_signs_in,
    prod_is_watched,
)
