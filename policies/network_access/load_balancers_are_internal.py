"""Load balancers answer inside the network only."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from policies.configuration import texts
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation
from policies.reading import Properties
from policies.resources import Resource

SCHEME: Final = "service.beta.kubernetes.io/aws-load-balancer-scheme"
INTERNAL: Final = "service.beta.kubernetes.io/aws-load-balancer-internal"
INGRESS_SCHEME: Final = "alb.ingress.kubernetes.io/scheme"
TYPE: Final = "service.beta.kubernetes.io/aws-load-balancer-type"
CONTROLLED: Final = ("service.k8s.aws/nlb", "eks.amazonaws.com/nlb")
"""Classes of the AWS Load Balancer Controller and of EKS Auto Mode, which make internal ones where nothing is said; the
controller inside Kubernetes makes public ones."""
CONTROLLED_TYPES: Final = ("external", "nlb-ip")
"""What hands a service without a class to the same controller."""
SPEC_SCHEMES: Final = ("IngressClassParams", "LoadBalancerConfiguration")


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at load balancers of AWS, and at the objects that controllers make them for."""
    properties = resource.properties
    if any(fnmatchcase(resource.name, pattern) for pattern in configuration.texts("public_load_balancers")):
        return
    if not resource.type.startswith("kubernetes:"):
        gateway = properties.text("loadBalancerType") == "gateway"
        if not gateway and properties.flag("internal") is not True:
            yield Violation("faces the internet", "set internal to true", "internal")
    elif resource.kind == "Service":
        yield from _of_service(properties)
    else:
        path = ("spec.scheme",) if resource.kind in SPEC_SCHEMES else ("metadata.annotations", INGRESS_SCHEME)
        if properties.text(*path) == "internet-facing":
            yield Violation("faces the internet", "set it to internal", properties.at(*path))


def _of_service(properties: Properties) -> Iterator[Violation]:
    if properties.text("spec.type") != "LoadBalancer":
        return
    scheme = properties.text("metadata.annotations", SCHEME)
    older = properties.flag("metadata.annotations", INTERNAL)
    if scheme == "internal" or (scheme is None and older is True):
        return
    class_ = properties.text("spec.loadBalancerClass")
    controlled = class_ in CONTROLLED or (
        class_ is None and properties.text("metadata.annotations", TYPE) in CONTROLLED_TYPES
    )
    if controlled and scheme is None and older is None:
        return
    remedy = f"annotate it with {SCHEME}: internal, or make it a ClusterIP"
    yield Violation("gets a load balancer that faces the internet", remedy, properties.at("metadata.annotations"))


POLICY = ResourcePolicy(
    name="load-balancers-are-internal",
    description="Load balancers answer inside the network only.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "public_load_balancers": texts(
                "Names of load balancers, services and ingresses that may face the internet; * stands for anything.", []
            )
        }
    ),
    types=(
        "aws:lb/loadBalancer:LoadBalancer",
        "aws:alb/loadBalancer:LoadBalancer",
        "aws:elb/loadBalancer:LoadBalancer",
        "kubernetes:core/v1:Service",
        "kubernetes:networking.k8s.io/v1:Ingress",
        "kubernetes:elbv2.k8s.aws/*:IngressClassParams",
        "kubernetes:gateway.k8s.aws/*:LoadBalancerConfiguration",
    ),
    validate=validate,
)
