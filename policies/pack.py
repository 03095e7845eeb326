"""Collects the policies, sets them up as the stack file says, and hands them to the policy host."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from types import ModuleType
from typing import Any, Final

import jsonschema
from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from policies import clock
from policies.policy import Judgement, ResourcePolicy, StackPolicy, Violation
from policies.reading import Properties, shown
from policies.resources import Resource, Stack
from policies.stack_file import KEY, Exemption, PackError, StackFile, read_stack_file

NAME: Final = "llm-platform"
THEMES: Final = ("network_access", "encryption_and_data", "gpu", "workloads", "whole_stack")
"""Folders of policies, in the order of reports."""

Policy = ResourcePolicy | StackPolicy

_DEMANDS: Final = {
    "enum": "one of {}",
    "pattern": "of the form {}",
    "minimum": "{} or more",
    "maximum": "at most {}",
    "minLength": "{} characters or more",
    "minItems": "{} items or more",
}
"""What a schema may demand besides a type, in words."""


def collect() -> list[Policy]:
    """Return every policy of the themes' folders: the `POLICY` of each module.

    Raises `PackError` for a module without one, for one that can't be loaded, and for two policies of one name.
    """
    found: list[Policy] = []
    places: dict[str, str] = {}
    for theme in THEMES:
        package = _loaded(f"policies.{theme}", f"policies/{theme}/__init__.py")
        for entry in sorted(pkgutil.iter_modules(package.__path__), key=lambda entry: entry.name):
            place = f"policies/{theme}/{entry.name}.py"
            policy = getattr(_loaded(f"policies.{theme}.{entry.name}", place), "POLICY", None)
            if not isinstance(policy, Policy):
                value = "is missing" if policy is None else f"is {shown(policy)}"
                raise PackError(f"{place}: POLICY {value}; allowed: a ResourcePolicy or a StackPolicy")
            if policy.name in places:
                raise PackError(f"{place}: {policy.name!r}: {places[policy.name]} has a policy of this name too")
            places[policy.name] = place
            found.append(policy)
    return found


def _loaded(name: str, place: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise PackError(f"{place}: can't be loaded: {type(error).__name__}: {error}") from error


def bound(policies: Sequence[Policy], stack_file: StackFile) -> list[ResourceValidationPolicy | StackValidationPolicy]:
    """Return the policies as the host wants them: with the stack file's levels, and its exemptions applied.

    Raises `PackError` where the stack file names a policy that there is not, or configures one wrongly.
    """
    stack_file.check_names(policy.name for policy in policies)
    for policy in policies:
        _check_configuration(policy, stack_file.configuration.get(policy.name, {}))
    last = _LastStack()
    return [_bound(policy, stack_file, clock.today(), last) for policy in policies]


def start() -> None:
    """Start the pack; the host stops it. Exit status 1 with one line where it cannot run."""
    try:
        stack_file = read_stack_file()
        policies = bound(collect(), stack_file)
    except PackError as error:
        sys.exit(f"policy pack {NAME}: {error}")
    PolicyPack(
        name=NAME,
        policies=list(policies),
        enforcement_level=EnforcementLevel.MANDATORY,
        initial_config=dict(stack_file.configuration),
    )


def _check_configuration(policy: Policy, given: dict[str, Any]) -> None:
    schema = policy.config_schema
    properties: dict[str, Any] = schema.properties if schema else {}
    place = f"{KEY}.configuration.{policy.name}"
    faults = [
        f"{place}.{key}: there is no such key; allowed: {', '.join(sorted(properties)) or 'none'}"
        for key in given
        if key not in properties
    ]
    validator = jsonschema.Draft202012Validator({"type": "object", "properties": properties})
    for error in sorted(validator.iter_errors(given), key=lambda error: str(error.json_path)):
        path = ".".join((place, *(str(part) for part in error.absolute_path)))
        faults.append(f"{path}: is {shown(error.instance)}; allowed: {_allowed(error.schema)}")
    if faults:
        raise PackError("; ".join(faults))


def _allowed(schema: Any) -> str:
    """Return what a schema demands, in words, with what it says of the property."""
    kinds = schema.get("type", [])
    words = [" or ".join([kinds] if isinstance(kinds, str) else kinds)]
    for key, phrase in _DEMANDS.items():
        if key in schema:
            value: Any = schema[key]
            words.append(phrase.format(", ".join(map(str, value)) if isinstance(value, list) else value))
    described = f" ({schema['description'].rstrip('.')})" if "description" in schema else ""
    return ", ".join(word for word in words if word) + described


class _LastStack:
    """The stack that was asked about last: the rehearsal asks every policy about one list, which is read once."""

    def __init__(self) -> None:
        self._resources: list[PolicyResource] | None = None
        self._stack = Stack(())

    def of(self, resources: list[PolicyResource]) -> Stack:
        """Return the stack of a list of resources."""
        if resources is not self._resources:
            self._resources = resources
            self._stack = Stack(tuple(_of_stack(each) for each in resources))
        return self._stack


def _bound(
    policy: Policy, stack_file: StackFile, today: date, last: _LastStack
) -> ResourceValidationPolicy | StackValidationPolicy:
    exemptions = [each for each in stack_file.exemptions if each.policy == policy.name and each.holds(today)]
    level = stack_file.levels.get(policy.name)
    enforcement_level = EnforcementLevel(level) if level else policy.enforcement_level
    if isinstance(policy, ResourcePolicy):

        def validate_resource(args: ResourceValidationArgs, report: ReportViolation) -> None:
            if policy.looks_at(args.resource_type):
                resource = resource_of(args)
                configuration = policy.configuration(args.get_config())
                _report(policy, policy.judge(resource, configuration), report, exemptions, resource)

        return ResourceValidationPolicy(
            name=policy.name,
            description=policy.description,
            validate=validate_resource,
            enforcement_level=enforcement_level,
            config_schema=policy.config_schema,
            severity=policy.severity,
        )

    def validate_stack(args: StackValidationArgs, report: ReportViolation) -> None:
        judgement = policy.judge(last.of(args.resources), policy.configuration(args.get_config()))
        _report(policy, judgement, report, exemptions)

    return StackValidationPolicy(
        name=policy.name,
        description=policy.description,
        validate=validate_stack,
        enforcement_level=enforcement_level,
        config_schema=policy.config_schema,
        severity=policy.severity,
    )


def _report(
    policy: Policy,
    judgement: Judgement,
    report: ReportViolation,
    exemptions: Sequence[Exemption],
    resource: Resource | None = None,
) -> None:
    """Report violations that no exemption covers; then say what could not be decided, in the host's own way."""
    for violation in judgement.violations:
        about = violation.resource or resource
        if about and any(exemption.covers(policy.name, about.name, about.urn) for exemption in exemptions):
            continue
        report(message(violation, about), about.urn if about else None)
    if judgement.undecided:
        raise UnknownValueError(UNKNOWN_STRING_VALUE, judgement.undecided[0].split("."))


def message(violation: Violation, about: Resource | None) -> str:
    """Return what a person reads: the resource, the fault, the remedy."""
    subject = f"{about.kind} {about.name}" if about else "the stack"
    path = f"{violation.path}: " if violation.path else ""
    return f"{subject}: {path}{violation.fault}. Remedy: {violation.remedy}"


def resource_of(seen: ResourceValidationArgs | PolicyResource) -> Resource:
    """Return the resource that the host asks about, or that it shows in a stack."""
    return Resource(
        type=seen.resource_type,
        name=seen.name,
        urn=seen.urn,
        properties=Properties(seen.props),
        protect=bool(seen.opts.protect),
        parent=seen.opts.parent or "",
        provider=Properties(seen.provider.props if seen.provider else {}),
    )


def _of_stack(resource: PolicyResource) -> Resource:
    return replace(
        resource_of(resource),
        parent=resource.parent.urn if resource.parent else "",
        property_dependencies={
            name: [each.urn for each in found] for name, found in resource.property_dependencies.items()
        },
        dependencies=[each.urn for each in resource.dependencies],
    )
