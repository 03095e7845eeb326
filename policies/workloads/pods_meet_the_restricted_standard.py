"""Pods keep Kubernetes' pod security standard `restricted`; what `baseline` refuses too is no-privileged-pods'."""

from __future__ import annotations

from collections.abc import Iterator
from operator import call
from typing import Final

from policies.mappings import elements
from policies.pod_security import BASELINE_NAMESPACES, PRIVILEGED_NAMESPACES, any_matches
from policies.pods import WORKLOADS, Pod, container_name, namespace_of, pods_of
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties, shown
from policies.releases import RELEASES, release_of
from policies.resources import Resource

VOLUMES: Final = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
    "hostPath",  # refused by no-privileged-pods, in more namespaces
}
PROFILES: Final = ("RuntimeDefault", "Localhost")


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at pods, and at security contexts in a chart's values, of the namespaces that are restricted."""
    lower = [*configuration.texts("baseline_namespaces"), *configuration.texts("privileged_namespaces")]
    if any_matches(lower, namespace_of(resource)):
        return
    if release := release_of(resource):
        yield from each(release.blocks("securitycontext"), _weakened)
    else:
        yield from each(pods_of(resource), _judge)


def _judge(pod: Pod) -> Iterator[Violation]:
    looks = (
        lambda: _weakened(pod.spec.inner("securityContext")),
        lambda: each(elements(pod.spec, "volumes"), _volume),
        lambda: each(pod.containers(), lambda container: _container(container, pod)),
    )
    yield from each(looks, call)


def _container(container: Properties, pod: Pod) -> Iterator[Violation]:
    context = container.inner("securityContext")
    yield from _weakened(context)
    if not pod.whole:
        return
    name, path = container_name(container), context.path
    if not context.has("runAsNonRoot") and not pod.spec.has("securityContext.runAsNonRoot"):
        yield Violation(f"{name} may run as root", "set runAsNonRoot true, for the pod or the container", path)
    if not context.has("allowPrivilegeEscalation"):
        yield Violation(f"{name} may gain privileges", "set allowPrivilegeEscalation false", path)
    if not context.has("capabilities.drop"):
        yield Violation(f"{name} keeps the default capabilities", "set capabilities.drop to [ALL]", path)
    if not context.has("seccompProfile.type") and not pod.spec.has("securityContext.seccompProfile.type"):
        yield Violation(f"{name} has no seccomp profile", "set seccompProfile.type to RuntimeDefault", path)


def _weakened(context: Properties) -> Iterator[Violation]:
    """Look for what may never be said, in whatever place."""
    yield from each((_root, _user, _escalation, _capabilities, _profile), lambda check: check(context))


def _root(context: Properties) -> Iterator[Violation]:
    if context.flag("runAsNonRoot") is False:
        yield Violation("is false: it may run as root", "set it true", context.at("runAsNonRoot"))


def _user(context: Properties) -> Iterator[Violation]:
    if context.number("runAsUser") == 0:
        yield Violation("is 0, which is root", "give another user", context.at("runAsUser"))


def _escalation(context: Properties) -> Iterator[Violation]:
    if context.flag("allowPrivilegeEscalation"):
        yield Violation("is true", "set it false", context.at("allowPrivilegeEscalation"))


def _capabilities(context: Properties) -> Iterator[Violation]:
    if context.has("capabilities.drop") and "ALL" not in context.texts("capabilities.drop"):
        yield Violation("does not hold ALL", "set it to [ALL]", context.at("capabilities.drop"))


def _profile(context: Properties) -> Iterator[Violation]:
    profile = context.text("seccompProfile.type")
    if profile is not None and profile not in PROFILES:
        yield Violation(f"is {shown(profile)}", "set it to RuntimeDefault", context.at("seccompProfile.type"))


def _volume(volume: Properties) -> Iterator[Violation]:
    for kind in volume.keys():  # noqa: SIM118 - not a mapping: keys() leaves out nulls
        if kind != "name" and kind not in VOLUMES:
            yield Violation(f"is a volume of kind {kind}", "use a claim, or a kind that holds no node", volume.path)


POLICY = ResourcePolicy(
    name="pods-meet-the-restricted-standard",
    description="Pods keep the pod security standard restricted, but for namespaces that are configured.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "baseline_namespaces": BASELINE_NAMESPACES,
            "privileged_namespaces": PRIVILEGED_NAMESPACES,
        }
    ),
    types=(*WORKLOADS, *RELEASES),
    validate=validate,
)
