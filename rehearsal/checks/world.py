"""What stands so far in a rehearsal: every resource, and all that one of them or the outside answers to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from rehearsal.checks import arns
from rehearsal.plan import Outcome, Resource, strings_in

NAME_KEYS: Final[Mapping[str, str]] = {
    "aws:s3/bucket:Bucket": "bucket",
    "aws:eks/nodeGroup:NodeGroup": "nodeGroupName",
    "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": "ecrRepositoryPrefix",
    "aws:rds/cluster:Cluster": "clusterIdentifier",
    "aws:rds/clusterInstance:ClusterInstance": "identifier",
}
"""Types whose physical name is not in `name`."""

NAMELESS: Final = frozenset({"aws:kms/key:Key"})
"""Types that only have ids, although things are named that refer to them."""

IDENTIFIER: Final = re.compile(r"[a-z]{1,10}-[0-9a-f]{8}(?:[0-9a-f]{9})?|arn:aws[a-z-]*:.+")

_IMAGE: Final = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/([a-z0-9._/-]+)")
"""An image names its repository."""

AWS_OWNED: Final = re.compile(
    r"arn:aws:(?:iam::aws:policy/|eks::aws:cluster-access-policy/|iam::\d{12}:role/aws-service-role/)[\w+=,.@/-]+"
    r"|arn:aws:iam::\d{12}:root"
    r"|(?:arn:aws:kms:[a-z0-9-]+:\d{12}:)?alias/aws/[a-z0-9-]+"
    r"|arn:aws:(?:automate:[a-z0-9-]+:ec2:\w+|swf:[a-z0-9-]+:\d{12}:action/actions/AWS_EC2\.InstanceId\.\w+/1\.0)"
    r"|resolve:ssm:/aws/service/[\w./-]+"
)
"""What stands in every account without being made."""


class World:
    """The account as the program has built it so far."""

    def __init__(self, account_id: str, region: str) -> None:
        self.account_id = account_id
        self.region = region
        self._resources: dict[str, Resource] = {}
        self._by_type: dict[str, list[Resource]] = {}
        self._made: dict[str, Resource] = {}
        self._external: set[str] = set()

    def declare_external(self, strings: Iterable[str]) -> None:
        """Take ids, ARNs and names of things outside the program, as its configuration names them."""
        for string in strings:
            self._external.add(string)
            image = _IMAGE.match(string)
            if image:
                account, region, repository = image.groups()
                self._external.add(f"arn:aws:ecr:{region}:{account}:repository/{repository}")

    def adopt(self, answer: Any) -> None:
        """Take the ids and ARNs in a provider function's answer: what it describes stands outside the program."""
        self.declare_external(string for string in strings_in(answer) if IDENTIFIER.fullmatch(string))

    def add(self, resource: Resource) -> None:
        """Take a resource that stands, with everything that it answers to."""
        registration = resource.registration
        self._resources[registration.urn] = resource
        if not registration.custom or resource.outcome is Outcome.COMPONENT:
            return
        self._by_type.setdefault(registration.type, []).append(resource)
        taken = set(strings_in(registration.inputs))
        made = {string for string in strings_in(resource.outputs) if IDENTIFIER.fullmatch(string)} - taken
        made |= {resource.id, *self._arns(resource)}
        for key in ("arn", "id", "url", "keyId", "clusterResourceId"):
            made.add(_text(resource.outputs.get(key)))
        for string in made - {""}:
            # The first to answer to a string keeps it: an attachment echoes the id of what it is attached to.
            self._made.setdefault(string, resource)

    def _arns(self, resource: Resource) -> Iterator[str]:
        name = name_of(resource)
        if name:
            path = _text(resource.registration.inputs.get("path")) or "/"
            yield arns.of(resource.registration.type, name, self.account_id, self.region, path)

    def by_id(self, string: str) -> Resource | None:
        """Return the resource that answers to an id or ARN."""
        return self._made.get(string)

    def is_external(self, string: str) -> bool:
        """Say whether an id, ARN or name is declared external, or is AWS's own."""
        return string in self._external or AWS_OWNED.fullmatch(string) is not None

    def of_type(self, *types: str) -> list[Resource]:
        """Return the resources of the types."""
        return [resource for type_ in types for resource in self._by_type.get(type_, [])]

    def named(self, type_: str, name: str) -> Resource | None:
        """Return the resource of a type with a physical name."""
        return next((r for r in self.of_type(type_) if name and name_of(r) == name), None)

    def find(self, string: str, *types: str) -> Resource | None:
        """Return the resource of one of the types with that id, ARN or name."""
        if not string:
            return None
        found = self.by_id(string)
        if found is not None and found.registration.type in types:
            return found
        return next((r for r in self.of_type(*types) if string in (r.id, name_of(r))), None)

    def resources(self) -> list[Resource]:
        """Return everything that stands."""
        return list(self._resources.values())

    def has_unnamed(self, *types: str) -> bool:
        """Say whether a resource of the types stands whose name is not known yet, as in a preview."""
        return any(not name_of(r) for r in self.of_type(*types) if r.registration.type not in NAMELESS)


def name_of(resource: Resource) -> str:
    """Return the physical name of a resource, or an empty string while it is not known."""
    key = NAME_KEYS.get(resource.registration.type, "name")
    return _text(resource.outputs.get(key)) or _text(resource.registration.inputs.get(key))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
