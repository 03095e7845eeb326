"""Published outputs: what the stack made, as SSM parameters that Terraform and other tools can read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ssm

from components.naming import parameter_name


@dataclass(frozen=True, kw_only=True)
class PublishedOutputsArgs:
    """What `PublishedOutputs` needs."""

    environment: str
    values: Mapping[str, pulumi.Input[str] | Sequence[pulumi.Input[str]]]
    """Value by path below `/llm-platform/<environment>/`, such as `network/vpc-id`; a sequence is a list."""


class PublishedOutputs(pulumi.ComponentResource):
    """One SSM parameter per output. They hold names and ids, never secrets, and so are not encrypted."""

    parameter_names: Mapping[str, pulumi.Output[str]]
    """Parameter name by path."""

    def __init__(self, name: str, args: PublishedOutputsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:published_outputs:PublishedOutputs", name, None, opts)

        names: dict[str, pulumi.Output[str]] = {}
        for path, value in args.values.items():
            is_list, text = _parameter_value(path, value)
            parameter = ssm.Parameter(
                f"{name}-{path.replace('/', '-')}",
                name=parameter_name(args.environment, *path.split("/")),
                type="StringList" if is_list else "String",
                value=text,
                description=f"Output of the llm-platform stack of {args.environment}",
                opts=pulumi.ResourceOptions(parent=self),
            )
            names[path] = parameter.name

        self.parameter_names = names
        self.register_outputs({"parameter_names": names})


def _parameter_value(
    path: str, value: pulumi.Input[str] | Sequence[pulumi.Input[str]]
) -> tuple[bool, pulumi.Input[str]]:
    """Say whether the value makes a list, and return it as SSM stores it."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        return False, value
    if not value:
        raise ValueError(f"{path}: SSM has no empty parameter; leave the output out")
    return True, pulumi.Output.all(*value).apply(",".join)
