"""Everything says whose it is: tags in AWS, labels on namespaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties, Undecided, shown
from policies.resources import Resource

PROVIDER = "pulumi:providers:aws"
SCALING_GROUP = "aws:autoscaling/group:Group"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
NODE_CLASS = "kubernetes:karpenter.k8s.aws/*:EC2NodeClass"
NAMESPACE = "kubernetes:core/v1:Namespace"

Tags = Mapping[str, str | None]


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at every set of tags that AWS will see of a resource, and of what is launched by it."""
    if resource.type == NAMESPACE:
        yield from _labels(resource, configuration)
        return
    for path, tags in _sets_of_tags(resource):
        yield from _faults(resource, configuration, path, tags)


def _sets_of_tags(resource: Resource) -> Iterator[tuple[str, Tags]]:
    """Give each set with its path. Provider's default tags reach neither scaling groups nor what templates launch."""
    properties = resource.properties
    if resource.type == PROVIDER:
        yield "defaultTags", _known(properties.document("defaultTags").inner("tags"))
    elif resource.type == SCALING_GROUP:
        yield "tags", {tag.text("key") or "": _value_of(tag) for tag in properties.inners("tags")}
    elif fnmatchcase(resource.type, NODE_CLASS):
        yield "spec.tags", _known(properties.inner("spec.tags"))
    else:
        yield "tags", resource.tags()
    if resource.type == LAUNCH_TEMPLATE:
        launched = {each.text("resourceType"): each for each in properties.inners("tagSpecifications")}
        for kind in ("instance", "volume"):
            entry = launched.get(kind)
            yield entry.at("tags") if entry else "tagSpecifications", _known(entry.inner("tags")) if entry else {}


def _value_of(tag: Properties) -> str | None:
    try:
        return tag.text("value") or ""
    except Undecided:
        return None


def _known(tags: Properties) -> Tags:
    """Return tags, None for values not known yet."""
    found: dict[str, str | None] = {}
    for key in tags.keys():  # noqa: SIM118 - not a mapping: keys() leaves out nulls
        try:
            found[key] = tags.entry(key)
        except Undecided:
            found[key] = None
    return found


def _faults(resource: Resource, configuration: Properties, path: str, tags: Tags) -> Iterator[Violation]:
    if missing := [key for key in configuration.texts("keys") if tags.get(key, "") == ""]:
        remedy = "add them to the default tags of the provider, or to the tags where those don't reach"
        yield Violation(f"lacks {', '.join(missing)}", remedy, path)
    environment = configuration.text("environment_key") or ""
    if (value := tags.get(environment)) and value != resource.environment:
        remedy = f"set it to {resource.environment!r}, the stack's"
        yield Violation(f"{environment} is {shown(value)}", remedy, path)
    yield from each(configuration.inner("values").keys(), lambda key: _not_allowed(configuration, path, tags, key))


def _not_allowed(configuration: Properties, path: str, tags: Tags, key: str) -> Iterator[Violation]:
    allowed = configuration.texts("values", key)
    if (value := tags.get(key)) and not any(fnmatchcase(value, pattern) for pattern in allowed):
        yield Violation(f"{key} is {shown(value)}", f"choose one of {', '.join(allowed)}", path)


def _labels(namespace: Resource, configuration: Properties) -> Iterator[Violation]:
    labels = _known(namespace.properties.inner("metadata.labels"))
    if missing := [key for key in configuration.texts("namespace_labels") if labels.get(key, "") == ""]:
        yield Violation(f"lacks {', '.join(missing)}", "label the namespace with who owns it", "metadata.labels")


POLICY = ResourcePolicy(
    name="mandatory-tags",
    description="Everything in AWS carries the tags that say whose it is, and every namespace its team.",
    severity=Severity.MEDIUM,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "keys": {
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "description": "Tags that everything carries.",
                "default": [
                    "llm-platform:environment",
                    "llm-platform:team",
                    "llm-platform:cost-centre",
                    "llm-platform:data-classification",
                    "llm-platform:managed-by",
                ],
            },
            "environment_key": {
                "type": "string",
                "description": "Tag whose value is the stack's environment; empty for none.",
                "default": "llm-platform:environment",
            },
            "values": {
                "type": "object",
                "additionalProperties": {"type": "array", "items": {"type": "string"}},
                "description": "Values that a tag may have, by its key; * stands for anything.",
                "default": {"llm-platform:data-classification": ["public", "internal", "confidential", "restricted"]},
            },
            "namespace_labels": {
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "description": "Labels that every namespace carries.",
                "default": ["llm-platform/team"],
            },
        }
    ),
    types=("aws:*", PROVIDER, NODE_CLASS, NAMESPACE),
    validate=validate,
)
