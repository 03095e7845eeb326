"""Instances give metadata only for session tokens, and not beyond the instance."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from operator import call

from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.resources import Resource


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Read each type's own way of saying it."""
    properties = resource.properties
    if resource.kind == "NodeGroup":
        if not properties.has("launchTemplate"):
            fault = "takes the metadata options of EKS, which let pods ask for the node's credentials"
            yield Violation(fault, "give a launch template with metadataOptions", "launchTemplate")
    elif resource.kind == "NotebookInstance":
        path = "instanceMetadataServiceConfiguration.minimumInstanceMetadataServiceVersion"
        if properties.text(path) != "2":
            yield Violation("answers without a session token", "set it to '2'", path)
    elif resource.kind == "EC2NodeClass":
        # Karpenter asks for tokens and one hop where nothing is said.
        yield from _options(properties, "spec.metadataOptions", configuration, tokens="required", hops=1)
    else:
        yield from _options(properties, "metadataOptions", configuration, tokens="optional", hops=None)


def _options(
    properties: Properties, path: str, configuration: Properties, *, tokens: str, hops: float | None
) -> Iterator[Violation]:
    options = properties.inner(path)
    if options.text("httpEndpoint") == "disabled":
        return
    limit = float(configuration.value("hop_limit"))
    yield from each((partial(_tokens, options, tokens), partial(_hops, options, hops, limit)), call)


def _tokens(options: Properties, default: str) -> Iterator[Violation]:
    if (options.text("httpTokens") or default) != "required":
        fault = "gives metadata without a session token (IMDSv1)"
        yield Violation(fault, "set httpTokens to required", options.at("httpTokens"))


def _hops(options: Properties, default: float | None, limit: float) -> Iterator[Violation]:
    given = options.number("httpPutResponseHopLimit")
    seen = default if given is None else given
    if seen is None:
        fault = "is left to the image, and some let containers ask for the instance's credentials"
        yield Violation(fault, f"set it to {limit:.0f}", options.at("httpPutResponseHopLimit"))
    elif seen > limit:
        fault = f"is {seen:.0f}, so containers can ask for the instance's credentials"
        yield Violation(fault, f"set it to {limit:.0f} or less", options.at("httpPutResponseHopLimit"))


POLICY = ResourcePolicy(
    name="imdsv2-only",
    description="Instances give metadata only for session tokens, and not beyond the instance.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "hop_limit": {
                "type": "integer",
                "minimum": 1,
                "maximum": 64,
                "description": "Hops that an answer may travel; 1 stays on the instance, 2 reaches its containers.",
                "default": 1,
            }
        }
    ),
    types=(
        "aws:ec2/instance:Instance",
        "aws:ec2/launchTemplate:LaunchTemplate",
        "aws:ec2/launchConfiguration:LaunchConfiguration",
        "aws:ec2/spotInstanceRequest:SpotInstanceRequest",
        "aws:eks/nodeGroup:NodeGroup",
        "aws:sagemaker/notebookInstance:NotebookInstance",
        "kubernetes:karpenter.k8s.aws/*:EC2NodeClass",
    ),
    validate=validate,
)
