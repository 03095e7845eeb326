"""Pods get nothing of the node that they run on: what the pod security standard `baseline` refuses."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from operator import call
from typing import Final

from policies.configuration import texts
from policies.mappings import Found, elements
from policies.pod_security import any_matches
from policies.pods import WORKLOADS, Pod, name_of, namespace_of, pods_of
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.releases import RELEASES, release_of
from policies.resources import Resource

OF_THE_NODE: Final = ("hostNetwork", "hostPID", "hostIPC")
WHOLE_NODE: Final = ("privileged", "windowsOptions.hostProcess")
UNCONFINED: Final = ("Unmasked", "Unconfined")
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
    looks = (
        lambda: _of_the_node(pod.spec),
        lambda: _context(pod.spec.inner("securityContext"), capabilities),
        lambda: each(elements(pod.spec, "volumes"), _host_path),
        lambda: each(pod.containers(), lambda container: _in_container(container, capabilities)),
    )
    yield from each(looks, call)


def _in_container(container: Properties, capabilities: list[str]) -> Iterator[Violation]:
    looks = (
        lambda: _context(container.inner("securityContext"), capabilities),
        lambda: each(elements(container, "ports"), _host_port),
    )
    yield from each(looks, call)


def _in_values(found: Found, capabilities: list[str]) -> Iterator[Violation]:
    yield from each((_of_the_node, _host_path, _host_port), lambda look: look(found.here))
    if found.is_under("securitycontext"):
        yield from _context(found.here, capabilities)


def _of_the_node(spec: Properties) -> Iterator[Violation]:
    yield from each(OF_THE_NODE, partial(_set, spec, "is true: the pod shares it with the node"))


def _set(properties: Properties, fault: str, key: str) -> Iterator[Violation]:
    if properties.flag(key):
        yield Violation(fault, REMEDY, properties.at(key))


def _host_path(volume: Properties) -> Iterator[Violation]:
    if volume.has("hostPath"):
        yield Violation("mounts a folder of the node", REMEDY, volume.at("hostPath"))


def _host_port(port: Properties) -> Iterator[Violation]:
    if port.number("hostPort"):
        yield Violation("takes a port of the node", REMEDY, port.at("hostPort"))


def _context(context: Properties, capabilities: list[str]) -> Iterator[Violation]:
    yield from each(WHOLE_NODE, partial(_set, context, "is true: the container has all of the node"))
    yield from each((partial(_added, allowed=capabilities), _profiles, _sysctls), lambda look: look(context))


def _added(context: Properties, allowed: list[str]) -> Iterator[Violation]:
    for added in context.texts("capabilities.add"):
        if added not in allowed:
            yield Violation(f"adds {added}", REMEDY, context.at("capabilities.add"))


def _profiles(context: Properties) -> Iterator[Violation]:
    for key in ("procMount", "appArmorProfile.type"):
        if (value := context.text(key)) in UNCONFINED:
            yield Violation(f"is {value}", REMEDY, context.at(key))


def _sysctls(context: Properties) -> Iterator[Violation]:
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
            "privileged_workloads": texts(
                "Workloads, releases or charts that need it, as `namespace/name`; `*` for anything.",
                [
                    "kube-system/*",
                    "gpu-operator/*",
                    "spegel/*",
                    "monitoring/dcgm-exporter",
                    "monitoring/opentelemetry-collector",
                    "monitoring/*-node-exporter",
                ],
            ),
            "capabilities": texts("Capabilities that any container may add.", ["NET_BIND_SERVICE"]),
        }
    ),
    types=(*WORKLOADS, *RELEASES),
    validate=validate,
)
