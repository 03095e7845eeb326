"""Logs are encrypted with customer keys."""

from __future__ import annotations

from policies.customer_keys import Encryption, by_type
from policies.policy import EnforcementLevel, ResourcePolicy, Severity

LOG = (Encryption("kmsKeyId"),)
ENCRYPTIONS = {
    "aws:cloudtrail/eventDataStore:EventDataStore": LOG,
    "aws:cloudtrail/trail:Trail": LOG,
    "aws:cloudwatch/logGroup:LogGroup": LOG,
}

POLICY = ResourcePolicy(
    name="logs-use-customer-keys",
    description="Every log group and trail is encrypted with a customer key.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=None,
    types=tuple(ENCRYPTIONS),
    validate=by_type(ENCRYPTIONS),
)
