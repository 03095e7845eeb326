"""The audit trail: who did what in the account, in a bucket where nobody can change it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import cloudtrail, cloudwatch, iam

from components.alarms import runbook
from components.bucket import Bucket, BucketArgs, ObjectLock, Transition
from components.policy_statement import Statement, allow, document
from components.trust import service_trust

TAMPERING: Final = (
    "DeleteTrail",
    "PutEventSelectors",
    "StopLogging",
    "UpdateTrail",
    "DisableKey",
    "DisableKeyRotation",
    "ScheduleKeyDeletion",
)
"""Calls after which less would be known than before, or data can't be read any more."""


@dataclass(frozen=True, kw_only=True)
class AuditTrailArgs:
    """What `AuditTrail` needs."""

    platform: str
    bucket_name: str
    logs_key_arn: pulumi.Input[str]
    """Its policy lets CloudTrail and CloudWatch Logs of this account use it."""
    lock_days: int
    """How long nothing in the bucket can be deleted or overwritten; 0 for no lock."""
    retained: bool
    """Protect the bucket, and keep it when the stack goes. Locked it is in compliance mode then, without a way back."""
    log_retention_days: int
    """Of the log group, which can be searched."""
    data_bucket_arns: Mapping[str, pulumi.Input[str]]
    """Buckets, by purpose, of which every read and write of an object is recorded; each event is paid for."""
    alert_topic_arn: pulumi.Input[str] | None
    """Told of calls that tamper with the trail or with keys."""
    account_id: str
    region: str


class AuditTrail(pulumi.ComponentResource):
    """CloudTrail of all regions into a locked bucket and a log group, and a rule that watches over it."""

    trail_arn: pulumi.Output[str]
    bucket_name: pulumi.Output[str]

    def __init__(self, name: str, args: AuditTrailArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:audit_trail:AuditTrail", name, None, opts)
        self._args, self._prefix, self._child = args, name, pulumi.ResourceOptions(parent=self)
        trail_name = args.platform
        trail_arn = f"arn:aws:cloudtrail:{args.region}:{args.account_id}:trail/{trail_name}"
        bucket = Bucket(
            f"{name}-trail",
            BucketArgs(
                bucket_name=args.bucket_name,
                key_arn=args.logs_key_arn,
                noncurrent_version_days=90,
                retained=args.retained,
                force_destroy=not args.retained,
                transitions=[Transition(30, "STANDARD_IA"), Transition(90, "GLACIER_IR")],
                object_lock=_lock(args),
                statements=_deliveries(args.bucket_name, args.account_id, trail_arn),
            ),
            self._child,
        )
        log, role, writing = self._log()
        trail = cloudtrail.Trail(
            f"{name}-cloudtrail",
            name=trail_name,
            s3_bucket_name=bucket.name,
            kms_key_id=args.logs_key_arn,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            cloud_watch_logs_group_arn=pulumi.Output.concat(log.arn, ":*"),
            cloud_watch_logs_role_arn=role.arn,
            advanced_event_selectors=_selectors(args.data_bucket_arns),
            # CloudTrail tries both when the trail is made.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[bucket.policy, writing]),
        )
        if args.alert_topic_arn is not None:
            self._watch(args.alert_topic_arn)

        self.trail_arn = trail.arn
        self.bucket_name = bucket.name
        self.register_outputs({"trailArn": self.trail_arn, "bucketName": self.bucket_name})

    def _log(self) -> tuple[cloudwatch.LogGroup, iam.Role, iam.RolePolicy]:
        args, name = self._args, self._prefix
        log = cloudwatch.LogGroup(
            f"{name}-log",
            name=f"/aws/cloudtrail/{args.platform}",
            kms_key_id=args.logs_key_arn,
            retention_in_days=args.log_retention_days,
            opts=self._child,
        )
        role = iam.Role(
            f"{name}-role",
            description="CloudTrail writes its log group with it",
            # Without an account, as AWS shows it; a role can be handed to a trail of its own account only.
            # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html
            assume_role_policy=service_trust("cloudtrail.amazonaws.com"),
            opts=self._child,
        )
        stream = f":log-stream:{args.account_id}_CloudTrail_{args.region}*"
        writing = iam.RolePolicy(
            f"{name}-write",
            role=role.name,
            policy=document(
                [
                    allow(
                        "WriteStream",
                        ["logs:CreateLogStream", "logs:PutLogEvents"],
                        pulumi.Output.concat(log.arn, stream),
                    )
                ]
            ),
            opts=self._child,
        )
        return log, role, writing

    def _watch(self, topic_arn: pulumi.Input[str]) -> None:
        rule = cloudwatch.EventRule(
            f"{self._prefix}-tampering",
            description=f"Somebody changes what is recorded, or takes away a key. Runbook: {runbook('AuditTampering')}",
            event_pattern=json.dumps(
                {
                    "source": ["aws.cloudtrail", "aws.kms"],
                    "detail-type": ["AWS API Call via CloudTrail"],
                    "detail": {"eventName": list(TAMPERING)},
                },
                sort_keys=True,
            ),
            opts=self._child,
        )
        cloudwatch.EventTarget(f"{self._prefix}-tampering-target", rule=rule.name, arn=topic_arn, opts=self._child)


def _lock(args: AuditTrailArgs) -> ObjectLock | None:
    """Compliance mode has no way back, not even for the account's root: not for buckets that may go."""
    if not args.lock_days:
        return None
    return ObjectLock(args.lock_days, "COMPLIANCE" if args.retained else "GOVERNANCE")


def _deliveries(bucket: str, account_id: str, trail_arn: str) -> Sequence[Statement]:
    """Let this one trail ask whose the bucket is, and write below its own account's prefix.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
    """
    trail = {"Service": "cloudtrail.amazonaws.com"}
    own = {"aws:SourceArn": trail_arn}
    objects = f"arn:aws:s3:::{bucket}/AWSLogs/{account_id}/*"
    owned = own | {"s3:x-amz-acl": "bucket-owner-full-control"}
    return [
        allow("TrailAsks", "s3:GetBucketAcl", f"arn:aws:s3:::{bucket}", StringEquals=own) | {"Principal": trail},
        allow("TrailWrites", "s3:PutObject", objects, StringEquals=owned) | {"Principal": trail},
    ]


def _selectors(
    data_bucket_arns: Mapping[str, pulumi.Input[str]],
) -> list[cloudtrail.TrailAdvancedEventSelectorArgsDict]:
    """Every call that changes something, and those that read, but for keys; of the named buckets every object's.

    Of a key's use, once for each object that S3 encrypts or decrypts, nobody would read a word.
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html
    """
    management: cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgsDict = {
        "field": "eventCategory",
        "equals": ["Management"],
    }
    selectors: list[cloudtrail.TrailAdvancedEventSelectorArgsDict] = [
        {"name": "changes", "field_selectors": [management, {"field": "readOnly", "equals": ["false"]}]},
        {
            "name": "reads",
            "field_selectors": [
                management,
                {"field": "readOnly", "equals": ["true"]},
                {"field": "eventSource", "not_equals": ["kms.amazonaws.com"]},
            ],
        },
    ]
    if data_bucket_arns:
        objects = [pulumi.Output.concat(arn, "/") for arn in data_bucket_arns.values()]
        selectors.append(
            {
                "name": "objects",
                "field_selectors": [
                    {"field": "eventCategory", "equals": ["Data"]},
                    {"field": "resources.type", "equals": ["AWS::S3::Object"]},
                    {"field": "resources.ARN", "starts_withs": objects},
                ],
            }
        )
    return selectors
