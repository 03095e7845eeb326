"""Asks packs about resources as the engine's policy host does.

Policies of one resource see its inputs, those of the whole stack its outputs; properties are proxies whose unknown
values raise, numbers are floats, secrets are plain text. What can't be decided in a preview is told apart from what
passes.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, cast

from pulumi_policy import (
    EnforcementLevel,
    PolicyCustomTimeouts,
    PolicyProviderResource,
    PolicyResource,
    PolicyResourceOptions,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
)
from pulumi_policy.policy import _NotApplicableError  # pyright: ignore[reportPrivateUsage] - what `not_applicable` raises
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError, unknown_checking_proxy

from rehearsal import sdk
from rehearsal.plan import UNKNOWN, Outcome, Registration, Resource
from rehearsal.policies.findings import ADVISORY, MANDATORY, PolicyFinding, PolicyResults, Undecided
from rehearsal.policies.pack import LoadedPack, Policy

_LEVELS: Final = {
    EnforcementLevel.ADVISORY: ADVISORY,
    EnforcementLevel.MANDATORY: MANDATORY,
    # What a remediation does not mend is mandatory, as the host reports it; remediations are not rehearsed.
    EnforcementLevel.REMEDIATE: MANDATORY,
}


@dataclass(frozen=True)
class Declared:
    """What policies of one resource are asked about: a registration, or an object that a release was rendered to."""

    type: str
    name: str
    urn: str
    inputs: Mapping[str, Any]
    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    parent: str = ""
    provider: str = ""
    advisory_only: str = ""
    """Why no violation of it stops the update, where that is so: what upstream charts render is not ours to change."""


class PolicyHost:
    """The packs of one rehearsal."""

    def __init__(self, packs: Sequence[LoadedPack]) -> None:
        self.packs = packs
        self.results = PolicyResults(packs=[pack.name for pack in packs])
        for pack in packs:
            for policy in pack.policies:
                if pack.levels[policy.name] is EnforcementLevel.DISABLED:
                    self.results.disabled.append(policy.name)
                else:
                    self.results.policies += 1
        self._providers: dict[str, PolicyProviderResource] = {}

    def judge(self, resources: Sequence[Resource]) -> None:
        """Ask every policy about what the program registered."""
        self._providers = {
            resource.registration.urn: _provider(resource.registration)
            for resource in resources
            if resource.registration.type.startswith("pulumi:providers:")
        }
        self.judge_declared(_declared(resource.registration) for resource in resources)
        stack = StackArguments(resources, self._providers)
        for pack, policy in self._running():
            if not isinstance(policy, ResourceValidationPolicy):
                arguments = StackValidationArgs(stack.resources, pack.configuration[policy.name])
                self._ask(pack, policy, "", partial(policy.validate, arguments))
        self._settle()

    def judge_declared(self, declared: Iterable[Declared]) -> None:
        """Ask the policies of one resource."""
        running = [(p, each) for p, each in self._running() if isinstance(each, ResourceValidationPolicy)]
        for resource in declared:
            self.results.resources += 1
            properties = as_seen(resource.inputs)
            options = _options(resource)
            provider = self._providers.get(resource.provider.rpartition("::")[0])
            for pack, policy in running:
                configuration = pack.configuration[policy.name]
                arguments = ResourceValidationArgs(
                    resource.type, properties, resource.urn, resource.name, options, provider, configuration
                )
                rule = partial(policy.validate, arguments)
                self._ask(pack, policy, resource.urn, rule, advisory_only=resource.advisory_only)
        self._settle()

    def _running(self) -> list[tuple[LoadedPack, Policy]]:
        return [
            (pack, policy)
            for pack in self.packs
            for policy in pack.policies
            if pack.levels[policy.name] is not EnforcementLevel.DISABLED
        ]

    def _ask(
        self,
        pack: LoadedPack,
        policy: Policy,
        urn: str,
        rule: Callable[[ReportViolation], object],
        advisory_only: str = "",
    ) -> None:
        level = ADVISORY if advisory_only else _LEVELS[pack.levels[policy.name]]
        severity = policy.severity.value if policy.severity else ""

        def report(message: str, about: str | None = None) -> None:
            told = f"{message} ({advisory_only})" if advisory_only else message
            self.results.findings.append(
                PolicyFinding(pack.name, policy.name, level, severity, urn or about or "", told)
            )

        try:
            result = rule(report)
            if inspect.isawaitable(result):
                asyncio.run(_awaited(result))
        except UnknownValueError as unknown:
            self.results.undecided.append(Undecided(pack.name, policy.name, urn, unknown.message))
        except _NotApplicableError:
            pass
        except Exception as error:  # a policy that raises must neither end the rehearsal nor pass
            report(f"the policy itself failed: {type(error).__name__}: {error}. Remedy: mend the policy")

    def _settle(self) -> None:
        self.results.findings = sorted(set(self.results.findings))
        self.results.undecided = sorted(set(self.results.undecided))


async def _awaited(result: Any) -> None:
    await result


def as_seen(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return properties as the host hands them to a policy."""
    return cast("Mapping[str, Any]", unknown_checking_proxy(_wire(values)))


def _wire(value: Any) -> Any:
    if value is UNKNOWN:
        return UNKNOWN_STRING_VALUE
    if isinstance(value, Mapping):
        return {str(key): _wire(item) for key, item in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_wire(item) for item in cast("list[Any]", value)]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _declared(registration: Registration) -> Declared:
    return Declared(
        type=registration.type,
        name=registration.name,
        urn=registration.urn,
        inputs=registration.inputs,
        protect=registration.protect,
        ignore_changes=registration.ignore_changes,
        parent=registration.parent,
        provider=registration.provider,
    )


def _options(resource: Declared) -> PolicyResourceOptions:
    return PolicyResourceOptions(
        protect=resource.protect,
        ignore_changes=list(resource.ignore_changes),
        delete_before_replace=None,
        aliases=[],
        custom_timeouts=PolicyCustomTimeouts(0, 0, 0),
        additional_secret_outputs=[],
        parent=resource.parent or None,
    )


def _provider(registration: Registration) -> PolicyProviderResource:
    return PolicyProviderResource(registration.type, as_seen(registration.inputs), registration.urn, registration.name)


class StackArguments:
    """All resources as policies of the whole stack see them, tied to each other."""

    def __init__(self, resources: Sequence[Resource], providers: Mapping[str, PolicyProviderResource]) -> None:
        self.resources = [
            PolicyResource(
                resource_type=resource.registration.type,
                props=as_seen(_outputs(resource)),
                urn=resource.registration.urn,
                name=resource.registration.name,
                opts=_options(_declared(resource.registration)),
                provider=providers.get(resource.registration.provider.rpartition("::")[0]),
                parent=None,
                dependencies=[],
                property_dependencies={},
            )
            for resource in resources
        ]
        by_urn = {resource.urn: resource for resource in self.resources}
        for seen, resource in zip(self.resources, resources, strict=True):
            registration = resource.registration
            seen.parent = by_urn.get(registration.parent)
            seen.dependencies = [by_urn[urn] for urn in registration.dependencies if urn in by_urn]
            seen.property_dependencies = {
                name: [by_urn[urn] for urn in urns if urn in by_urn]
                for name, urns in registration.property_dependencies.items()
            }


def _outputs(resource: Resource) -> Mapping[str, Any]:
    """Return what stands, or before it does the inputs and, not known yet, what only AWS can say."""
    registration = resource.registration
    known = {**registration.inputs, **resource.outputs}
    if resource.outcome is Outcome.PLANNED:
        return {**dict.fromkeys(sdk.computed_outputs(registration.type), UNKNOWN), **known}
    return known
