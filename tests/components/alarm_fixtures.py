"""Everything that alarms are about, so that every kind of alarm is made."""

from __future__ import annotations

from components.alarm import Alarm
from components.aurora_facts import AuroraFacts
from components.burst_alarms import burst_alarms
from components.database_alarms import database_alarms
from components.delivery_alarms import delivery_alarms, heartbeat_alarms
from components.machine_alarms import host_alarms, interruption_alarms, scratch_alarms
from components.network_alarms import endpoint_alarms, nat_alarms

PROVISIONED = AuroraFacts(
    cluster_identifier="vectors",
    instance_identifiers=["vectors-0", "vectors-1"],
    memory_gib=64,
    serverless=False,
    pauses=False,
    proxy_name="vectors",
)
SERVERLESS = AuroraFacts(
    cluster_identifier="vectors",
    instance_identifiers=["vectors-0"],
    memory_gib=8,
    serverless=True,
    pauses=False,
    proxy_name=None,
)
TOPICS = {topic: f"llm-platform-dev-alerts-{topic}" for topic in ("critical", "warning", "info", "heartbeat")}


def alarms_by_label(alarms: list[Alarm]) -> dict[str, Alarm]:
    """The alarms by kind and subject."""
    return {f"{alarm.kind} {alarm.subject}".strip(): alarm for alarm in alarms}


def every_alarm() -> list[Alarm]:
    """Alarms of all that can be watched, each kind at least once."""
    return [
        *database_alarms(PROVISIONED),
        *(alarm for alarm in database_alarms(SERVERLESS) if alarm.kind == "DatabaseAtCapacity"),
        *nat_alarms({"us-east-1a": "nat-1"}),
        *endpoint_alarms({"sts": "vpce-1"}, "vpc-1", "us-east-1"),
        *interruption_alarms("interruption"),
        *host_alarms({"host-t4": ["i-1", "i-2"]}),
        *scratch_alarms("fs-1", 1200),
        *burst_alarms("burst", "primary", "asynchronous"),
        *delivery_alarms(TOPICS),
        *heartbeat_alarms(TOPICS["heartbeat"]),
    ]
