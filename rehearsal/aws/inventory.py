"""What stands in the emulated account, asked of AWS itself and not of the translators that made it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from rehearsal.aws.account import Account
from rehearsal.aws.listings import LISTINGS, Listing


@dataclass(frozen=True, order=True)
class Standing:
    """One thing that stands in the account."""

    type: str
    """The Pulumi type it would be: `aws:ec2/vpc:Vpc`."""
    id: str
    """What the provider has for its id; an ARN where the provider has one."""
    name: str = ""


Baseline = frozenset[Standing]


def snapshot(account: Account) -> Baseline:
    """Return everything that stands now: a fresh account has a default VPC, event bus, keys and the like."""
    return frozenset(_sweep(account))


def leftovers(account: Account, baseline: Baseline) -> list[Standing]:
    """Return what stands now and did not at the baseline, by type and id."""
    return sorted(snapshot(account) - baseline)


_PAGE_TOKENS: Final = (
    ("NextToken", "NextToken"),
    ("nextToken", "nextToken"),
    ("Marker", "Marker"),  # IAM
    ("Marker", "NextMarker"),  # KMS
)
"""Names of the token for the next page: in the request, and in the answer."""


def _listed(account: Account, service: str, operation: str, items: str, **parameters: Any) -> Iterator[Any]:
    """Yield the items of all pages."""
    following: dict[str, Any] | None = {}
    while following is not None:
        answer = account.call(service, operation, **parameters, **following)
        yield from answer.get(items) or []
        pairs = [(ours, answer[theirs]) for ours, theirs in _PAGE_TOKENS if answer.get(theirs)]
        following = dict(pairs[:1]) if pairs else None


def _standing(account: Account, listing: Listing) -> Iterator[Standing]:
    parameters = dict(listing.parameters)
    for item in _listed(account, listing.service, listing.operation, listing.items, **parameters):
        if listing.stands(item):
            record = item if isinstance(item, dict) else {listing.id: item}
            yield Standing(listing.type, str(record[listing.id]), str(record.get(listing.name, "")))


def _living_instances(account: Account) -> Iterator[Standing]:
    for reservation in _listed(account, "ec2", "describe_instances", "Reservations"):
        for instance in reservation["Instances"]:
            if instance["State"]["Name"] != "terminated":
                yield Standing("aws:ec2/instance:Instance", instance["InstanceId"])


def _living_keys(account: Account) -> Iterator[Standing]:
    own = {
        str(alias.get("TargetKeyId"))
        for alias in _listed(account, "kms", "list_aliases", "Aliases")
        if alias["AliasName"].startswith("alias/aws/")
    }
    for listed in _listed(account, "kms", "list_keys", "Keys"):
        if listed["KeyId"] in own:
            continue  # moto makes it when a service first encrypts by default, and calls it a customer's
        key = account.call("kms", "describe_key", KeyId=listed["KeyId"])["KeyMetadata"]
        # A key is deleted by scheduling it; AWS's own keys are nobody's leftovers.
        if key["KeyState"] != "PendingDeletion" and key["KeyManager"] == "CUSTOMER":
            yield Standing("aws:kms/key:Key", key["KeyId"], key.get("Description", ""))


def _node_groups(account: Account) -> Iterator[Standing]:
    for cluster in _listed(account, "eks", "list_clusters", "clusters"):
        for name in _listed(account, "eks", "list_nodegroups", "nodegroups", clusterName=cluster):
            yield Standing("aws:eks/nodeGroup:NodeGroup", f"{cluster}:{name}", name)


def _budgets(account: Account) -> Iterator[Standing]:
    own = account.account_id
    for budget in _listed(account, "budgets", "describe_budgets", "Budgets", AccountId=own):
        yield Standing("aws:budgets/budget:Budget", f"{own}:{budget['BudgetName']}", budget["BudgetName"])


def _scalable_targets(account: Account) -> Iterator[Standing]:
    service = "application-autoscaling"
    for namespace in ("sagemaker", "ecs", "dynamodb"):
        scaled = {"ServiceNamespace": namespace}
        for target in _listed(account, service, "describe_scalable_targets", "ScalableTargets", **scaled):
            yield Standing("aws:appautoscaling/target:Target", target["ResourceId"])
        for policy in _listed(account, service, "describe_scaling_policies", "ScalingPolicies", **scaled):
            yield Standing("aws:appautoscaling/policy:Policy", policy["PolicyName"], policy["PolicyName"])


def _sweep(account: Account) -> Iterator[Standing]:
    for listing in LISTINGS:
        yield from _standing(account, listing)
    yield from _living_instances(account)
    yield from _living_keys(account)
    yield from _node_groups(account)
    yield from _budgets(account)
    yield from _scalable_targets(account)
