"""What EKS refuses in managed node groups."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from catalogue.instance_types import load_instance_types
from rehearsal.checks import facts
from rehearsal.checks.reading import is_absent, is_given, is_set, items, mappings, number, of, text, texts
from rehearsal.checks.rule import Broken, rule
from rehearsal.checks.rules.network import vpc_of
from rehearsal.checks.world import World
from rehearsal.plan import Registration, Resource

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
CREATE = "https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html"
TEMPLATES = "https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html"
MOST_TYPES, MOST_TAINTS, MOST_LABELS = 20, 50, 50
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,62}")
_WORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_PREFIX = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
_RESERVED = re.compile(r"(?:.*\.)?(?:kubernetes\.io|k8s\.io|eks\.amazonaws\.com)")
_OPEN = ("node.kubernetes.io/", "node-restriction.kubernetes.io/")


def _key_problem(key: str) -> str | None:
    prefix, slash, word = key.rpartition("/")
    if not _WORD.fullmatch(word) or (slash and not _PREFIX.fullmatch(prefix)):
        return f"{key!r} is not a Kubernetes key: [prefix/]name, 1 to 63 letters, digits, - _ ."
    return None


@rule(NODE_GROUP, source=CREATE)
def name_and_sizes(r: Registration, _: World) -> Broken:
    """The name has its grammar, and min <= desired <= max."""
    for at, name in texts(r, "nodeGroupName"):
        if not _NAME.fullmatch(name):
            yield at, f"{name!r} is not allowed: 1 to 63 letters, digits, - and _, a letter or digit first"
    low, wanted, high = (number(r, f"scalingConfig.{size}Size") for size in ("min", "desired", "max"))
    if low is not None and high is not None and low > high:
        yield "scalingConfig.minSize", f"{low} is above maxSize {high}"
    if wanted is not None and high is not None and wanted > high:
        yield "scalingConfig.desiredSize", f"{wanted} is above maxSize {high}"
    if wanted is not None and low is not None and wanted < low:
        yield "scalingConfig.desiredSize", f"{wanted} is below minSize {low}"
    if items(r, "subnetIds") == []:
        yield "subnetIds", "is empty; a node group needs a subnet"


@rule(NODE_GROUP, source="https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html")
def cluster_network(r: Registration, world: World) -> Broken:
    """Nodes are in the VPC of their cluster."""
    cluster = world.named("aws:eks/cluster:Cluster", text(r, "clusterName") or "")
    network = of(cluster.outputs, "vpcConfig") if cluster else None
    theirs = of(network, "subnetIds") if isinstance(network, Mapping) else None
    homes = {vpc_of(subnet, world) for subnet in theirs or () if isinstance(subnet, str)} - {None}
    for at, subnet in texts(r, "subnetIds[]"):
        vpc = vpc_of(subnet, world)
        if vpc and homes and vpc not in homes:
            yield at, f"{subnet} belongs to {vpc}; the cluster is in {', '.join(sorted(filter(None, homes)))}"


@rule(NODE_GROUP, source="https://docs.aws.amazon.com/eks/latest/userguide/choosing-instance-type.html")
def types_fit_image(r: Registration, _: World) -> Broken:
    """At most 20 instance types, each known to EC2 and of the image's architecture."""
    names = list(texts(r, "instanceTypes[]"))
    image = text(r, "amiType")
    if len(names) > MOST_TYPES:
        yield "instanceTypes", f"{len(names)} instance types; at most {MOST_TYPES}"
    for at, name in names:
        if name not in facts.instance_types():
            yield at, f"EC2 has no instance type {name}"
            continue
        architecture = _architecture(name)
        if image and image != "CUSTOM" and architecture != ("arm64" if "ARM_64" in image else "x86_64"):
            yield at, f"{name} is {architecture}; the image {image} is not"


def _architecture(name: str) -> str:
    known = load_instance_types().get(name)
    if known is not None:
        return known.architecture
    # AWS names its own processors with a g after the generation: m7g, c8gn, g5g.
    return "arm64" if re.match(r"[a-z]+\d+g|a1\.", name) else "x86_64"


@rule(NODE_GROUP, source=TEMPLATES)
def with_template(r: Registration, world: World) -> Broken:
    """What the launch template settles is not settled again."""
    if is_absent(r, "launchTemplate"):
        return
    for name in ("diskSize", "remoteAccess"):
        if is_set(r, name):
            yield name, "belongs into the launch template, which is given"
    if is_given(r, "launchTemplate.id") and is_given(r, "launchTemplate.name"):
        yield "launchTemplate.name", "a launch template is given by id or by name, not both"
    template = _template(r, world)
    if template is None:
        return
    if of(template.outputs, "instanceType") and is_set(r, "instanceTypes"):
        yield (
            "instanceTypes",
            f"the launch template has {of(template.outputs, 'instanceType')} already",
        )
    if text(r, "capacityType") == "CAPACITY_BLOCK" and template.outputs.get("instanceMarketOptions") is None:
        yield "capacityType", "a capacity block needs market options and a reservation in the launch template"
    if text(r, "amiType") == "CUSTOM" and template.outputs.get("imageId") is None:
        yield "amiType", "CUSTOM needs an image, and the launch template names none"
    if of(template.outputs, "imageId") and text(r, "amiType") not in (None, "CUSTOM"):
        yield (
            "amiType",
            f"the launch template {template.registration.name} names an image, which needs CUSTOM",
        )
    for name in ("iamInstanceProfile", "hibernationOptions"):
        if of(template.outputs, name):
            yield (
                "launchTemplate",
                f"the launch template {template.registration.name} sets {name}, which EKS forbids",
            )


@rule(NODE_GROUP, source=TEMPLATES)
def template_version(r: Registration, world: World) -> Broken:
    """The launch template has the version that is asked for; a capacity block needs a template."""
    if is_absent(r, "launchTemplate") and text(r, "capacityType") == "CAPACITY_BLOCK":
        yield "launchTemplate", "is missing; a capacity block is named in one"
    template = _template(r, world)
    latest = of(template.outputs, "latestVersion") if template else None
    version = text(r, "launchTemplate.version") or ""
    if version.isdigit() and isinstance(latest, int) and not 1 <= int(version) <= latest:
        yield "launchTemplate.version", f"{version} is not there; the latest version is {latest}"


def _template(r: Registration, world: World) -> Resource | None:
    named = text(r, "launchTemplate.id") or text(r, "launchTemplate.name") or ""
    return world.find(named, "aws:ec2/launchTemplate:LaunchTemplate")


@rule(NODE_GROUP, source="https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/")
def labels(r: Registration, _: World) -> Broken:
    """Labels have Kubernetes' grammar and no prefix that is reserved."""
    for at, found in mappings(r, "labels"):
        if len(found) > MOST_LABELS:
            yield at, f"{len(found)} labels; at most {MOST_LABELS}"
        for key, value in found.items():
            wrong = _key_problem(key)
            if wrong:
                yield at, wrong
            prefix = key.rpartition("/")[0]
            if prefix and _RESERVED.fullmatch(prefix) and not key.startswith(_OPEN):
                yield at, f"{key!r}: the prefix {prefix} is reserved"
            if isinstance(value, str) and value and not _WORD.fullmatch(value):
                yield at, f"{value!r} is not a label value: at most 63 letters, digits, - _ ."


@rule(NODE_GROUP, source="https://docs.aws.amazon.com/eks/latest/userguide/node-taints-managed-node-groups.html")
def taints(r: Registration, _: World) -> Broken:
    """At most 50 taints of Kubernetes' grammar, each key and effect once."""
    found = list(mappings(r, "taints[]"))
    if len(found) > MOST_TAINTS:
        yield "taints", f"{len(found)} taints; at most {MOST_TAINTS}"
    for at, taint in found:
        key = of(taint, "key")
        wrong = _key_problem(key) if isinstance(key, str) else None
        if wrong:
            yield f"{at}.key", wrong
    pairs = [(of(taint, "key"), of(taint, "effect")) for _, taint in found]
    seen = Counter(pair for pair in pairs if isinstance(pair[0], str) and isinstance(pair[1], str))
    for (key, effect), count in seen.items():
        if count > 1:
            yield "taints", f"{key}:{effect} stands {count} times"


@rule(NODE_GROUP, source="https://docs.aws.amazon.com/eks/latest/APIReference/API_NodegroupUpdateConfig.html")
def update(r: Registration, _: World) -> Broken:
    """An update takes nodes by number or by percentage."""
    if is_given(r, "updateConfig.maxUnavailable") and is_given(r, "updateConfig.maxUnavailablePercentage"):
        yield (
            "updateConfig.maxUnavailablePercentage",
            "maxUnavailable is given too; only one of them is allowed",
        )
