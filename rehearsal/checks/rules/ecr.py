"""What ECR refuses in repositories, lifecycle policies and pull-through caches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from rehearsal.checks import facts
from rehearsal.checks.documents import as_list, document, not_json
from rehearsal.checks.reading import is_absent, mappings, of, text, texts
from rehearsal.checks.rule import Broken, one_of, rule
from rehearsal.checks.world import World
from rehearsal.plan import Registration

CACHE = "aws:ecr/pullThroughCacheRule:PullThroughCacheRule"
SECRET_PREFIX = ":secret:ecr-pullthroughcache/"  # noqa: S105 - the prefix of a name, no secret
COUNTS = ("imageCountMoreThan", "sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned")
STATUSES = ("tagged", "untagged", "any")


@rule(
    "aws:ecr/repository:Repository",
    source="https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_EncryptionConfiguration.html",
)
def repository(r: Registration, _: World) -> Broken:
    """Only KMS encryption has a key."""
    for at, encryption in mappings(r, "encryptionConfigurations[]"):
        if of(encryption, "encryptionType") == "AES256" and of(encryption, "kmsKey"):
            yield f"{at}.kmsKey", "AES256 takes no key; use KMS"


@rule(
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    source="https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html",
)
def lifecycle(r: Registration, _: World) -> Broken:
    """A lifecycle policy has rules of their own priorities, each with a whole selection."""
    wrong = not_json(r, "policy")
    if wrong:
        yield "policy", wrong
    found = document(r, "policy")
    if found is None:
        return
    rules = [entry for entry in as_list(found.get("rules")) if isinstance(entry, Mapping)]
    if not rules:
        yield "policy", "has no rules"
    for priority, count in Counter(str(entry.get("rulePriority")) for entry in rules).items():
        if count > 1:
            yield "policy", f"rulePriority {priority} stands {count} times"
    for index, entry in enumerate(rules):
        selection: Any = entry.get("selection")
        messages = _selection(selection) if isinstance(selection, Mapping) else iter(["selection is missing"])
        yield from (("policy", f"rules[{index}]: {message}") for message in messages)
        action: Any = entry.get("action")
        if not isinstance(action, Mapping) or action.get("type") not in ("expire", "transition"):
            yield "policy", f"rules[{index}]: action {action!r} is not expire or transition"


def _selection(selection: Mapping[str, Any]) -> Iterator[str]:
    status, kind, number = (selection.get(key) for key in ("tagStatus", "countType", "countNumber"))
    if status not in STATUSES:
        yield f"tagStatus {one_of(status, STATUSES)}"
    if status == "tagged" and not (selection.get("tagPrefixList") or selection.get("tagPatternList")):
        yield "tagStatus tagged needs tagPrefixList or tagPatternList"
    if kind not in COUNTS:
        yield f"countType {one_of(kind, COUNTS)}"
    elif kind == "imageCountMoreThan" and "countUnit" in selection:
        yield "countUnit does not go with imageCountMoreThan"
    elif kind != "imageCountMoreThan" and selection.get("countUnit") != "days":
        yield f"{kind} needs countUnit days"
    if not isinstance(number, int) or number < 1:
        yield f"countNumber {number!r} is not a positive number"


@rule(CACHE, source=facts.source("upstream_registries"))
def pull_through(r: Registration, _: World) -> Broken:
    """The upstream is one that ECR knows; some need a credential, whose secret has a prefix in its name."""
    registries: Mapping[str, bool] = facts.values("upstream_registries")
    upstream = text(r, "upstreamRegistryUrl")
    private = upstream is not None and (upstream.endswith(".azurecr.io") or ".dkr.ecr." in upstream)
    if upstream is not None and upstream not in registries and not private:
        yield "upstreamRegistryUrl", one_of(upstream, [*registries, "*.azurecr.io"])
    if upstream and registries.get(upstream) and is_absent(r, "credentialArn"):
        yield "credentialArn", f"is missing; {upstream} needs a credential"
    for at, arn in texts(r, "credentialArn"):
        if SECRET_PREFIX not in arn:
            yield at, f"{arn}: the secret's name must start with ecr-pullthroughcache/"
