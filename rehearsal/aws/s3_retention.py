"""How long S3 keeps objects: lifecycle rules and object lock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.aws.account import Account
from rehearsal.aws.s3_configuration import BucketConfiguration
from rehearsal.aws.shapes import capitalised, shaped_like, tag_map, uncapitalised
from rehearsal.aws.translation import Inputs, translates
from rehearsal.plan import Resource


@translates("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")
class BucketLifecycleConfiguration(BucketConfiguration):
    """Lifecycle rules: expiry and transitions."""

    loses = {
        **{
            f"rules[].filter.{way}objectSize{bound}": "moto drops the sizes of a filter"
            for way in ("", "and.")
            for bound in ("GreaterThan", "LessThan")
        },
        "rules[].noncurrentVersionExpiration.newerNoncurrentVersions": "moto drops it",
        "rules[].noncurrentVersionTransitions[].newerNoncurrentVersions": "moto drops it",
    }

    put = "put_bucket_lifecycle_configuration"
    get = "get_bucket_lifecycle_configuration"
    remove = "delete_bucket_lifecycle"

    def parameters(self, inputs: Inputs) -> dict[str, Any]:
        """Build LifecycleConfiguration."""
        rules = [_rule(rule) for rule in inputs.get("rules") or []]
        parameters: dict[str, Any] = {"LifecycleConfiguration": {"Rules": rules}}
        if inputs.get("transitionDefaultMinimumObjectSize"):
            size = inputs["transitionDefaultMinimumObjectSize"]
            parameters["TransitionDefaultMinimumObjectSize"] = size
        return parameters

    def seen(self, answer: Mapping[str, Any], inputs: Inputs) -> Mapping[str, Any]:
        """Return the rules."""
        rules = [_seen_rule(rule) for rule in answer["Rules"]]
        return {"rules": shaped_like(inputs.get("rules"), rules)}


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    built = capitalised(rule, frozenset({"and", "tags"}), id="ID")
    asked = rule.get("filter") or {}
    if both := asked.get("and"):
        tags = [{"Key": key, "Value": value} for key, value in sorted((both.get("tags") or {}).items())]
        built["Filter"] = {
            "And": {**capitalised({**both, "tags": None}), **({"Tags": tags} if tags else {})},
        }
    elif not asked and rule.get("prefix") is None:
        built["Filter"] = {"Prefix": ""}  # all objects; the provider sends an empty filter too
    return built


def _seen_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    seen = uncapitalised(rule, id="ID")
    if both := rule.get("Filter", {}).get("And"):
        seen["filter"] = {"and": {**uncapitalised(both), "tags": tag_map(both.get("Tags"))}}
    return seen


@translates("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
class BucketObjectLockConfiguration(BucketConfiguration):
    """Default retention under object lock."""

    put = "put_object_lock_configuration"
    get = "get_object_lock_configuration"

    def parameters(self, inputs: Inputs) -> dict[str, Any]:
        """Build ObjectLockConfiguration."""
        lock = {"objectLockEnabled": inputs.get("objectLockEnabled") or "Enabled", "rule": inputs.get("rule")}
        return {"ObjectLockConfiguration": capitalised(lock)}

    def seen(self, answer: Mapping[str, Any], inputs: Inputs) -> Mapping[str, Any] | None:
        """Return the rule; object lock itself never goes away, only the rule does."""
        lock = uncapitalised(answer["ObjectLockConfiguration"])
        rule = lock.get("rule") or {}
        if not any((rule.get("defaultRetention") or {}).values()):
            return None
        return {
            "objectLockEnabled": lock["objectLockEnabled"],
            "rule": shaped_like(inputs.get("rule"), rule),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Take the rule away, as the provider does."""
        unruled = {"ObjectLockEnabled": "Enabled"}
        aws.call("s3", self.put, Bucket=resource.id, ObjectLockConfiguration=unruled)
