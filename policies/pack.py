"""Collects the policies, sets them up as the stack file says, and hands them to the policy host."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Sequence
from datetime import date
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
from policies.reading import Properties
from policies.resource import Resource, Stack
from policies.stack_file import Exemption, PackError, StackFile, read_stack_file

NAME: Final = "llm-platform"
THEMES: Final = ("network_access", "encryption_and_data", "gpu", "workloads", "whole_stack")
"""Folders of policies, in the order of reports."""

Policy = ResourcePolicy | StackPolicy


def collect() -> list[Policy]:
    """Return every policy of the themes' folders: the `POLICY` of each module.

    Raises `PackError` for a module without one, and for two policies of one name.
    """
    found: list[Policy] = []
    places: dict[str, str] = {}
    for theme in THEMES:
        package = importlib.import_module(f"policies.{theme}")
        for entry in sorted(pkgutil.iter_modules(package.__path__), key=lambda entry: entry.name):
            module = importlib.import_module(f"policies.{theme}.{entry.name}")
            policy = getattr(module, "POLICY", None)
            place = f"policies/{theme}/{entry.name}.py"
            if policy is None:
                raise PackError(f"{place}: POLICY is missing; allowed: a ResourcePolicy or a StackPolicy")
            if policy.name in places:
                raise PackError(f"{place}: {policy.name!r}: {places[policy.name]} has a policy of this name too")
            places[policy.name] = place
            found.append(policy)
    return found


def bound(policies: Sequence[Policy], stack_file: StackFile) -> list[ResourceValidationPolicy | StackValidationPolicy]:
    """Return the policies as the host wants them: with the stack file's levels, and its exemptions applied.

    Raises `PackError` where the stack file names a policy that there is not, or configures one wrongly.
    """
    stack_file.check_names(policy.name for policy in policies)
    for policy in policies:
        _check_configuration(policy, stack_file.configuration.get(policy.name, {}))
    return [_bound(policy, stack_file, clock.today()) for policy in policies]


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
    document: dict[str, Any] = {
        "type": "object",
        "properties": schema.properties if schema else {},
        "additionalProperties": False,
    }
    for error in jsonschema.Draft202012Validator(document).iter_errors(given):
        key = ".".join([policy.name, *(str(part) for part in error.absolute_path)])
        raise PackError(f"llm-platform:policies.configuration.{key}: {error.message}")


def _bound(policy: Policy, stack_file: StackFile, today: date) -> ResourceValidationPolicy | StackValidationPolicy:
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
        stack = Stack(tuple(_of_stack(each) for each in args.resources))
        _report(policy, policy.judge(stack, policy.configuration(args.get_config())), report, exemptions)

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


def resource_of(args: ResourceValidationArgs) -> Resource:
    """Return the resource that the host asks about: its inputs."""
    return Resource(
        type=args.resource_type,
        name=args.name,
        urn=args.urn,
        properties=Properties(args.props),
        protect=bool(args.opts.protect),
        parent=args.opts.parent or "",
        provider=Properties(args.provider.props if args.provider else {}),
    )


def _of_stack(resource: PolicyResource) -> Resource:
    return Resource(
        type=resource.resource_type,
        name=resource.name,
        urn=resource.urn,
        properties=Properties(resource.props),
        protect=bool(resource.opts.protect),
        parent=resource.parent.urn if resource.parent else "",
        provider=Properties(resource.provider.props if resource.provider else {}),
        property_dependencies={
            name: [each.urn for each in found] for name, found in resource.property_dependencies.items()
        },
        dependencies=[each.urn for each in resource.dependencies],
    )
