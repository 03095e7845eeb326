"""Pods get nothing of the node that they run on: what the pod security standard `baseline` refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.mappings import Found, elements
from policies.pod_security import any_matches
from policies.pods import WORKLOADS, Pod, name_of, namespace_of, pods_of
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.releases import RELEASES, release_of
from policies.resources import Resource

OF_THE_NODE: Final = ("hostNetwork", "hostPID", "hostIPC")
REMEDY: Final = "leave it out, or name the workload in privileged_workloads"
# Kernel settings that stay inside a pod; kubernetes.io/docs/concepts/security/pod-security-standards.
SAFE_SYSCTLS: Final = (
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
)


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at pods, and at what a chart's values ask for, unless the workload is on the allow-list."""
    release = release_of(resource)
    names = (release.name, release.chart_name) if release else (name_of(resource),)
    allowed = configuration.texts("privileged_workloads")
    if any(any_matches(allowed, f"{namespace_of(resource)}/{name}") for name in names):
        return
    capabilities = configuration.texts("capabilities")
    if release:
        yield from each(release.mappings(), lambda found: _in_values(found, capabilities))
    else:
        yield from each(pods_of(resource), lambda pod: _in_pod(pod, capabilities))


def _in_pod(pod: Pod, capabilities: list[str]) -> Iterator[Violation]:
    yield from _of_the_node(pod.spec)
    yield from _context(pod.spec.inner("securityContext"), capabilities)
    yield from each(elements(pod.spec, "volumes"), _host_path)
    yield from each(pod.containers(), lambda container: _in_container(container, capabilities))


def _in_container(container: Properties, capabilities: list[str]) -> Iterator[Violation]:
    yield from _context(container.inner("securityContext"), capabilities)
    yield from each(elements(container, "ports"), _host_port)


def _in_values(found: Found, capabilities: list[str]) -> Iterator[Violation]:
    yield from _of_the_node(found.here)
    yield from _host_path(found.here)
    yield from _host_port(found.here)
    if found.is_under("securitycontext"):
        yield from _context(found.here, capabilities)


def _of_the_node(spec: Properties) -> Iterator[Violation]:
    for key in OF_THE_NODE:
        if spec.flag(key):
            yield Violation("is true: the pod shares it with the node", REMEDY, spec.at(key))


def _host_path(volume: Properties) -> Iterator[Violation]:
    if volume.has("hostPath"):
        yield Violation("mounts a folder of the node", REMEDY, volume.at("hostPath"))


def _host_port(port: Properties) -> Iterator[Violation]:
    if port.number("hostPort"):
        yield Violation("takes a port of the node", REMEDY, port.at("hostPort"))


def _context(context: Properties, capabilities: list[str]) -> Iterator[Violation]:
    for key in ("privileged", "windowsOptions.hostProcess"):
        if context.flag(key):
            yield Violation("is true: the container has all of the node", REMEDY, context.at(key))
    for added in context.texts("capabilities.add"):
        if added not in capabilities:
            yield Violation(f"adds {added}", REMEDY, context.at("capabilities.add"))
    for key, allowed in (("procMount", "Default"), ("appArmorProfile.type", None)):
        value = context.text(key)
        if value is not None and (value != allowed if allowed else value == "Unconfined"):
            yield Violation(f"is {value}", REMEDY, context.at(key))
    for setting in elements(context, "sysctls"):
        if (name := setting.text("name")) not in SAFE_SYSCTLS:
            yield Violation(f"sets {name}, a setting of the node's kernel", REMEDY, setting.path)


POLICY = ResourcePolicy(
    name="no-privileged-pods",
    description="No pod is privileged or has a network, a folder, a port or a capability of its node, but those named.",
    severity=Severity.CRITICAL,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            "privileged_workloads": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Workloads, releases or charts that need it, as `namespace/name`; `*` for anything.",
                "default": [
                    "kube-system/*",
                    "gpu-operator/*",
                    "spegel/*",
                    "monitoring/alloy",
                    "monitoring/dcgm-exporter",
                    "monitoring/*-node-exporter",
                ],
            },
            "capabilities": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Capabilities that any container may add.",
                "default": ["NET_BIND_SERVICE"],
            },
        }
    ),
    types=(*WORKLOADS, *RELEASES),
    validate=validate,
)
