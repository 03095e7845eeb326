"""The exact children of the audit trail, who may write into its bucket and what is recorded.

Does not prove that CloudTrail delivers: AWS tries bucket, key and log group when the trail is made.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.audit_trail import AuditTrail, AuditTrailArgs
from tests.components.recorder import Recording, record

TRAIL = "arn:aws:cloudtrail:us-east-1:111122223333:trail/llm-platform-prod"
BUCKET = "llm-platform-prod-trail-111122223333-us-east-1"
TOPIC = "arn:aws:sns:us-east-1:111122223333:critical"


def recorded(*, topic: str | None = TOPIC, preview: bool = False, **changes: Any) -> Recording:
    def build() -> None:
        args: dict[str, Any] = {
            "platform": "llm-platform-prod",
            "bucket_name": BUCKET,
            "logs_key_arn": "arn:aws:kms:us-east-1:111122223333:key/logs",
            "lock_days": 365,
            "retained": True,
            "log_retention_days": 365,
            "data_bucket_arns": {"models": "arn:aws:s3:::models"},
            "alert_topic_arn": topic,
            "account_id": "111122223333",
            "region": "us-east-1",
        }
        AuditTrail("audit", AuditTrailArgs(**args | changes))

    return record(build, preview=preview)


@pytest.mark.parametrize("preview", [False, True])
def test_children(preview: bool) -> None:
    own = {
        ("llm-platform:audit_trail:AuditTrail", "audit"),
        ("llm-platform:bucket:Bucket", "audit-trail"),
        ("aws:cloudwatch/logGroup:LogGroup", "audit-log"),
        ("aws:iam/role:Role", "audit-role"),
        ("aws:iam/rolePolicy:RolePolicy", "audit-write"),
        ("aws:cloudtrail/trail:Trail", "audit-cloudtrail"),
        ("aws:cloudwatch/eventRule:EventRule", "audit-tampering"),
        ("aws:cloudwatch/eventTarget:EventTarget", "audit-tampering-target"),
    }
    found = recorded(preview=preview).children()
    assert {child for child in found if not child[0].startswith("aws:s3/")} == own


def test_without_alerts_nobody_watches_over_it() -> None:
    found = recorded(topic=None).children()
    assert not [name for type_, name in found if "event" in type_.lower()]


def test_the_trail_waits_for_all_that_cloudtrail_tries() -> None:
    trail = recorded().one("audit-cloudtrail")
    assert {"audit-trail-policy", "audit-write"} <= set(trail.dependencies)
    assert trail.inputs["isMultiRegionTrail"] is trail.inputs["enableLogFileValidation"] is True
    assert trail.inputs["kmsKeyId"].endswith("key/logs")


@pytest.mark.parametrize(("retained", "mode"), [(True, "COMPLIANCE"), (False, "GOVERNANCE")])
def test_the_bucket_is_locked(retained: bool, mode: str) -> None:
    recording = recorded(retained=retained)
    lock = recording.one("audit-trail-object-lock").inputs["rule"]["defaultRetention"]
    assert lock == {"mode": mode, "days": 365}
    assert recording.one("audit-trail", "aws:s3/bucket:Bucket").protect is retained


def test_without_days_there_is_no_lock() -> None:
    names = {name for _, name in recorded(lock_days=0).children()}
    assert "audit-trail-object-lock" not in names


def test_this_one_trail_may_write_below_its_accounts_prefix() -> None:
    policy = json.loads(recorded().one("audit-trail-policy").inputs["policy"])
    asks, writes = [statement for statement in policy["Statement"] if statement["Effect"] == "Allow"]
    assert asks["Resource"] == f"arn:aws:s3:::{BUCKET}"
    assert writes["Resource"] == f"arn:aws:s3:::{BUCKET}/AWSLogs/111122223333/*"
    assert {statement["Condition"]["StringEquals"]["aws:SourceArn"] for statement in (asks, writes)} == {TRAIL}
    assert {json.dumps(statement["Principal"]) for statement in (asks, writes)} == {
        '{"Service": "cloudtrail.amazonaws.com"}'
    }
    assert len(policy["Statement"]) == 4  # the refusals of plain HTTP and old TLS stay


def test_every_change_is_recorded_and_every_read_but_the_use_of_keys() -> None:
    selectors = recorded().one("audit-cloudtrail").inputs["advancedEventSelectors"]
    fields = {
        selector["name"]: {
            field["field"]: next((how, field[how]) for how in ("equals", "notEquals", "startsWiths") if field.get(how))
            for field in selector["fieldSelectors"]
        }
        for selector in selectors
    }
    management = ("equals", ["Management"])
    assert fields["changes"] == {"eventCategory": management, "readOnly": ("equals", ["false"])}
    assert fields["reads"] == {
        "eventCategory": management,
        "readOnly": ("equals", ["true"]),
        "eventSource": ("notEquals", ["kms.amazonaws.com"]),
    }
    assert fields["objects"]["resources.ARN"] == ("startsWiths", ["arn:aws:s3:::models/"])


def test_without_buckets_no_object_is_recorded() -> None:
    selectors = recorded(data_bucket_arns={}).one("audit-cloudtrail").inputs["advancedEventSelectors"]
    assert [selector["name"] for selector in selectors] == ["changes", "reads"]


def test_whoever_stops_it_is_told_of() -> None:
    recording = recorded()
    pattern = json.loads(recording.one("audit-tampering").inputs["eventPattern"])
    assert {"StopLogging", "DeleteTrail", "ScheduleKeyDeletion"} <= set(pattern["detail"]["eventName"])
    assert recording.one("audit-tampering-target").inputs["arn"] == TOPIC
