"""What would keep an alarm, a budget or a trail from telling anybody: AWS takes it, and is silent when it matters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rehearsal.checks.documents import as_list, strings
from rehearsal.checks.reading import is_absent, of, text, texts
from rehearsal.checks.rule import Broken, one_of, rule
from rehearsal.checks.world import World
from rehearsal.plan import UNKNOWN, Registration, Resource
from rehearsal.wire import holds_unknown

ALARM, BUDGET, TARGET = (
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:budgets/budget:Budget",
    "aws:cloudwatch/eventTarget:EventTarget",
)
TOPIC, TOPIC_POLICY = "aws:sns/topic:Topic", "aws:sns/topicPolicy:TopicPolicy"
SUBSCRIPTION, TRAIL = "aws:sns/topicSubscription:TopicSubscription", "aws:cloudtrail/trail:Trail"
KEYS = "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html"
PROTOCOLS = ("application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs")
SERVICES = {ALARM: "cloudwatch.amazonaws.com", BUDGET: "budgets.amazonaws.com", TARGET: "events.amazonaws.com"}
PATHS = {
    ALARM: ("alarmActions[]", "okActions[]", "insufficientDataActions[]"),
    BUDGET: ("notifications[].subscriberSnsTopicArns[]",),
    TARGET: ("arn",),
}


@rule(ALARM, BUDGET, TARGET, source=KEYS)
def may_publish(r: Registration, world: World) -> Broken:
    """What an alarm, a budget or a rule tells lets the service publish: the topic's policy, and its key's."""
    service = SERVICES[r.type]
    for path in PATHS[r.type]:
        for at, arn in texts(r, path):
            topic = world.find(arn, TOPIC)
            if topic is None:
                continue
            if _forbids(world, topic, arn, service):
                yield at, f"the policy of {arn} does not let {service} publish"
            key = world.find(str(of(topic.outputs, "kmsMasterKeyId") or ""), "aws:kms/key:Key")
            policy = key.registration.inputs.get("policy") if key else UNKNOWN
            if policy is not UNKNOWN and service not in str(policy):
                yield at, f"the key of {arn} does not let {service} use it: what is published would be lost"


def _forbids(world: World, topic: Resource, arn: str, service: str) -> bool:
    """Say whether the topic has a policy, which then is all there is, and no statement of it is for the service."""
    found = [policy for policy in world.of_type(TOPIC_POLICY) if of(policy.outputs, "arn") == arn]
    documents = [policy.registration.inputs.get("policy") for policy in found]
    documents = documents or [topic.registration.inputs.get("policy")]
    known = [document for document in documents if isinstance(document, str)]
    return bool(known) and not any(service in document for document in known)


@rule(SUBSCRIPTION, source="https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html")
def protocol(r: Registration, _: World) -> Broken:
    """A subscription has one of SNS's protocols, and an endpoint that fits."""
    for at, value in texts(r, "protocol"):
        if value not in PROTOCOLS:
            yield at, one_of(value, PROTOCOLS)
    endpoint, kind = text(r, "endpoint"), text(r, "protocol") or ""
    if endpoint and kind.startswith("email") and "@" not in endpoint:
        yield "endpoint", f"{endpoint!r} is no e-mail address"
    if endpoint and kind in ("lambda", "sqs", "firehose", "application") and not endpoint.startswith("arn:"):
        yield "endpoint", f"{endpoint!r} is not an ARN, which {kind} needs"


@rule(
    TRAIL,
    source="https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html",
)
def deliveries(r: Registration, world: World) -> Broken:
    """The bucket and the key of a trail let CloudTrail write: it tries when the trail is made."""
    service = "cloudtrail.amazonaws.com"
    for at, name in texts(r, "s3BucketName"):
        policies = [
            policy.registration.inputs.get("policy")
            for policy in world.of_type("aws:s3/bucketPolicy:BucketPolicy")
            if of(policy.outputs, "bucket") == name
        ]
        if world.find(name, "aws:s3/bucket:Bucket") is None or any(policy is UNKNOWN for policy in policies):
            continue
        if not any(isinstance(policy, str) and service in policy for policy in policies):
            yield at, f"InsufficientS3BucketPolicyException: the policy of {name} does not let {service} write"
    for at, arn in texts(r, "kmsKeyId"):
        key = world.find(arn, "aws:kms/key:Key")
        policy = key.registration.inputs.get("policy") if key else UNKNOWN
        if policy is not UNKNOWN and service not in str(policy):
            yield at, f"InsufficientEncryptionPolicyException: the key policy of {arn} does not let {service} use it"


@rule(
    TRAIL,
    source="https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html",
)
def selectors(r: Registration, _: World) -> Broken:
    """A selector says which category its events are of, and management events can leave out two sources only."""
    for index, selector in enumerate(as_list(of(r.inputs, "advancedEventSelectors"))):
        fields = list(_fields(selector))
        if not fields or holds_unknown(fields):
            continue
        at = f"advancedEventSelectors[{index}].fieldSelectors"
        categories = [each for field in fields if field.get("field") == "eventCategory" for each in _equals(field)]
        if len(categories) != 1:
            yield at, f"eventCategory has {len(categories)} values; exactly one"
        for field in fields if categories == ["Management"] else ():
            if field.get("field") == "eventSource" and _equals(field):
                yield at, "eventSource of management events takes notEquals only: kms or rdsdata"


def _fields(selector: Any) -> Iterator[Any]:
    if isinstance(selector, Mapping):
        for field in as_list(selector.get("fieldSelectors")):
            yield field if isinstance(field, Mapping) else UNKNOWN


def _equals(field: Mapping[str, Any]) -> list[str]:
    return strings(field.get("equals"))


@rule(
    "aws:grafana/workspace:Workspace",
    source="https://docs.aws.amazon.com/grafana/latest/APIReference/API_CreateWorkspace.html",
)
def grafana_workspace(r: Registration, _: World) -> Broken:
    """A workspace says who may have it, how people sign in, and who makes its permissions."""
    for path in ("accountAccessType", "authenticationProviders", "permissionType"):
        if is_absent(r, path):
            yield path, "is missing"
