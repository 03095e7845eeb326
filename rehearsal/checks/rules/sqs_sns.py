"""What SQS and SNS refuse in queues and topics."""

from __future__ import annotations

import re

from rehearsal.checks.documents import as_list, document, not_json, strings
from rehearsal.checks.reading import is_absent, is_set, numbers, of, text, texts, truth
from rehearsal.checks.rule import Broken, rule
from rehearsal.checks.world import World
from rehearsal.plan import Registration

QUEUE, QUEUE_POLICY = "aws:sqs/queue:Queue", "aws:sqs/queuePolicy:QueuePolicy"
TOPIC, TOPIC_POLICY = "aws:sns/topic:Topic", "aws:sns/topicPolicy:TopicPolicy"
ATTRIBUTES = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html"
TOPICS = "https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html"
RANGES = {
    "delaySeconds": (0, 900),
    "kmsDataKeyReusePeriodSeconds": (60, 86400),
    "maxMessageSize": (1024, 1048576),
    "messageRetentionSeconds": (60, 1209600),
    "receiveWaitTimeSeconds": (0, 20),
    "visibilityTimeoutSeconds": (0, 43200),
}
MOST_RECEIVES = 1000
LONGEST_DISPLAY_NAME = 100
_LONGEST = {QUEUE: 80, TOPIC: 256}
_NAME = re.compile(r"[A-Za-z0-9_-]+")


@rule(QUEUE, source=ATTRIBUTES)
def attributes(r: Registration, _: World) -> Broken:
    """Attributes are in their ranges, and a queue has one kind of encryption."""
    for path, (low, high) in RANGES.items():
        for at, value in numbers(r, path):
            if not low <= value <= high:
                yield at, f"{value} is not allowed; allowed: {low} to {high}"
    if truth(r, "sqsManagedSseEnabled") and is_set(r, "kmsMasterKeyId"):
        yield "sqsManagedSseEnabled", "a KMS key is given too; a queue has one kind of encryption"


@rule(QUEUE, TOPIC, source=TOPICS)
def fifo(r: Registration, _: World) -> Broken:
    """FIFO and the suffix .fifo go together, and names have their grammar."""
    flag = "fifoQueue" if r.type == QUEUE else "fifoTopic"
    is_fifo = truth(r, flag)
    for at, name in texts(r, "name"):
        if not _NAME.fullmatch(name.removesuffix(".fifo")) or len(name) > _LONGEST[r.type]:
            yield at, f"{name!r}: at most {_LONGEST[r.type]} letters, digits, - and _"
        if is_fifo and not name.endswith(".fifo"):
            yield at, f"{name!r}: a FIFO name ends in .fifo"
        if (is_fifo is False or is_absent(r, flag)) and name.endswith(".fifo"):
            yield at, f"{name!r}: only a FIFO name ends in .fifo"
    for name in ("contentBasedDeduplication", "deduplicationScope", "fifoThroughputLimit"):
        if (is_fifo is False or is_absent(r, flag)) and is_set(r, name) and truth(r, name) is not False:
            yield name, f"is for FIFO only, and {flag} is off"


@rule(
    QUEUE,
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
)
def redrive(r: Registration, _: World) -> Broken:
    """A redrive policy names a queue and how often a message is received before it goes there."""
    wrong = not_json(r, "redrivePolicy")
    if wrong:
        yield "redrivePolicy", wrong
    found = document(r, "redrivePolicy")
    if found is None:
        return
    receives = found.get("maxReceiveCount")
    if not re.fullmatch(r"[0-9]{1,4}", str(receives)) or not 1 <= int(str(receives)) <= MOST_RECEIVES:
        yield "redrivePolicy", f"maxReceiveCount {receives!r} is not allowed; allowed: 1 to {MOST_RECEIVES}"
    if not isinstance(found.get("deadLetterTargetArn"), str):
        yield "redrivePolicy", "deadLetterTargetArn is missing"


@rule(TOPIC, source=TOPICS)
def display_name(r: Registration, _: World) -> Broken:
    """A display name has at most 100 characters."""
    for at, name in texts(r, "displayName"):
        if len(name) > LONGEST_DISPLAY_NAME:
            yield at, f"has {len(name)} characters; at most {LONGEST_DISPLAY_NAME}"


@rule(
    QUEUE_POLICY,
    TOPIC_POLICY,
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-creating-custom-policies.html",
)
def own_policy(r: Registration, world: World) -> Broken:
    """The policy of a queue or a topic is about that queue or topic."""
    mine = text(r, "arn")
    if r.type == QUEUE_POLICY:
        queue = world.find(text(r, "queueUrl") or "", QUEUE)
        arn = of(queue.outputs, "arn") if queue else None
        mine = arn if isinstance(arn, str) else None
    found = document(r, "policy")
    if found is None or mine is None:
        return
    for index, statement in enumerate(as_list(found.get("Statement"))):
        for resource in strings(statement.get("Resource")) if isinstance(statement, dict) else []:
            if resource not in (mine, "*"):
                yield "policy", f"Statement[{index}]: {resource} is not {mine}"
