"""Queues, topics, streams and event buses are encrypted with customer keys."""

from __future__ import annotations

from policies.customer_keys import Encryption, by_type
from policies.policy import EnforcementLevel, ResourcePolicy, Severity

ENCRYPTIONS = {
    "aws:cloudwatch/eventBus:EventBus": (Encryption("kmsKeyIdentifier"),),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": (
        # A delivery stream that reads from another one stores nothing itself.
        Encryption(
            "serverSideEncryption.keyArn",
            stated="serverSideEncryption.enabled",
            unless=("kinesisSourceConfiguration", "mskSourceConfiguration"),
        ),
    ),
    "aws:kinesis/stream:Stream": (Encryption("kmsKeyId", stated="encryptionType", allowed=("KMS",)),),
    "aws:mq/broker:Broker": (
        Encryption("encryptionOptions.kmsKeyId", stated="encryptionOptions.useAwsOwnedKey", allowed=("false",)),
    ),
    "aws:msk/cluster:Cluster": (Encryption("encryptionInfo.encryptionAtRestKmsKeyArn"),),
    "aws:sns/topic:Topic": (Encryption("kmsMasterKeyId"),),
    "aws:sqs/queue:Queue": (Encryption("kmsMasterKeyId"),),
}

POLICY = ResourcePolicy(
    name="queues-and-topics-use-customer-keys",
    description="Every queue, topic, stream, broker and event bus is encrypted with a customer key.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=None,
    types=tuple(ENCRYPTIONS),
    validate=by_type(ENCRYPTIONS),
)
