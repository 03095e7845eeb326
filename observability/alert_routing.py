"""Alertmanager's configuration: which alert is told through which SNS topic, and which one hides which.

It goes by two labels that each of our rules has: `severity` says how urgent it is, `owner` which team acts. What comes
from other charts has no owner: that is the platform's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from observability.alert_message import message, subject

Values = dict[str, Any]

PLATFORM: Final = "platform"
"""Owner of what no other team owns."""
SEVERITIES: Final = ("critical", "warning", "info")
HEARTBEAT: Final = "heartbeat"
NOBODY: Final = "nobody"
_REPEAT: Final[Mapping[str, str]] = {"critical": "4h", "warning": "1d", "info": "7d"}
"""After how long an alert that still fires is told again."""

INHIBITIONS: Final[Sequence[tuple[str, Sequence[str], Sequence[str]]]] = (
    (
        "ModelDown",
        [
            "ModelReplicasMissing",
            "ModelErrors",
            "ModelMetricsMissing",
            "ModelQueueLong",
            "ObjectiveNotMeasured",
            "SloBurnRateCritical",
            "SloBurnRateWarning",
        ],
        ["model", "namespace"],
    ),
    ("SloBurnRateCritical", ["SloBurnRateWarning", "ErrorBudgetSpent"], ["model", "namespace", "slo"]),
    (
        "GpuXidFatal",
        ["GpuXidReported", "GpuEccUncorrected", "GpuNvlinkErrors", "GpuThrottled", "GpuHot"],
        ["node", "gpu"],
    ),
    ("GpuRowRemapFailed", ["GpuEccUncorrected"], ["node", "gpu"]),
    ("GpuHot", ["GpuThrottled"], ["node", "gpu"]),
    ("PoolMostlyDown", ["PoolNodesNotReady"], ["pool"]),
    ("SpotPoolLost", ["SpotInterruptionStorm"], ["pool"]),
    ("CertificateExpiring", ["CertificateRenewalOverdue", "CertificateNotReady"], ["name", "exported_namespace"]),
    ("VectorStoreErrors", ["VectorStoreSlow"], ["store", "namespace"]),
    ("QualityCheckFailing", ["QualityCheckStale"], ["model"]),
)
"""While the first fires the others are not told, where they agree on these labels.

Each of them has all of the labels: two alerts without a label would agree on it.
"""


def alertmanager_configuration(
    region: str, topic_arns: Mapping[str, object], teams: Sequence[str], runbooks: str = ""
) -> Values:
    """Return the value of `alertmanager.config`.

    `topic_arns` has an ARN for each severity and may have one for the heartbeat; nothing here looks into them. Before
    the path of a runbook, docs/runbooks/ModelDown.md, stands `runbooks`: where the repository can be read.
    """
    owners = [PLATFORM, *sorted(set(teams) - {PLATFORM})]
    heartbeat = topic_arns.get(HEARTBEAT)
    receivers = [
        _receiver(f"{owner}-{severity}", _sns(region, topic_arns[severity], owner, severity, runbooks))
        for owner in owners
        for severity in SEVERITIES
    ]
    if heartbeat is not None:
        receivers.append(_receiver(HEARTBEAT, _beat(region, heartbeat)))
    receivers.append({"name": NOBODY})
    return {
        "global": {"resolve_timeout": "5m"},
        "route": {
            # What no route below takes: alerts with a severity of their own. A warning is read by somebody.
            "receiver": f"{PLATFORM}-warning",
            "group_by": ["alertname", "owner", "severity", "cluster", "namespace", "model", "pool"],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": _REPEAT["warning"],
            "routes": [
                *_watchdog(heartbeat is not None),
                # Fires whenever an alert of severity info does, for configurations that hide those.
                {"receiver": NOBODY, "matchers": ['alertname="InfoInhibitor"']},
                *(_team(owner) for owner in owners if owner != PLATFORM),
                *_severities(PLATFORM),
            ],
        },
        "receivers": receivers,
        "inhibit_rules": list(_inhibitions()),
        "templates": [],
    }


def _watchdog(beats: bool) -> Iterator[Values]:
    """The alert that always fires: every five minutes to a topic whose silence is an alarm of CloudWatch."""
    matchers = ['alertname="Watchdog"']
    if not beats:
        yield {"receiver": NOBODY, "matchers": matchers}
        return
    yield {
        "receiver": HEARTBEAT,
        "matchers": matchers,
        "group_wait": "0s",
        "group_interval": "1m",
        "repeat_interval": "5m",
    }


def _team(owner: str) -> Values:
    """A team's route: what has a severity of its own is a warning there as well."""
    return {"receiver": f"{owner}-warning", "matchers": [f'owner="{owner}"'], "routes": list(_severities(owner))}


def _severities(owner: str) -> Iterator[Values]:
    for severity in SEVERITIES:
        yield {
            "receiver": f"{owner}-{severity}",
            "matchers": [f'severity="{severity}"'],
            "repeat_interval": _REPEAT[severity],
        }


def _receiver(name: str, sns: Values) -> Values:
    return {"name": name, "sns_configs": [sns]}


def _sns(region: str, topic_arn: object, owner: str, severity: str, runbooks: str) -> Values:
    return {
        "topic_arn": topic_arn,
        "sigv4": {"region": region},  # credentials are the pod's own
        "send_resolved": severity != "info",
        "subject": subject(severity),
        "message": message(runbooks),
        # Subscriptions that are one team's filter by these.
        "attributes": {"team": owner, "severity": severity},
    }


def _beat(region: str, topic_arn: object) -> Values:
    return {
        "topic_arn": topic_arn,
        "sigv4": {"region": region},
        "send_resolved": False,
        "subject": "heartbeat",
        "message": "{{ .CommonLabels.cluster }} alerts",
    }


def _inhibitions() -> Iterator[Values]:
    for source, targets, equal in INHIBITIONS:
        yield {
            "source_matchers": [f'alertname="{source}"'],
            "target_matchers": [f'alertname=~"{"|".join(targets)}"'],
            "equal": ["cluster", *equal],
        }
    # Other charts have one rule for each severity of the same thing.
    yield {
        "source_matchers": ['severity="critical"', 'owner=""'],
        "target_matchers": ['severity=~"warning|info"', 'owner=""'],
        "equal": ["cluster", "alertname", "namespace"],
    }
