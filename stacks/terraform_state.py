"""The ids of an existing network: as the stack file gives them, or from the Terraform state that it names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import pulumi
from pulumi_aws import s3
from pydantic import Field, TypeAdapter

from stacks.closeness import did_you_mean
from stacks.sections.network import AdoptedIds, AdoptedState, StateOutputs
from stacks.settings_faults import NOT_SET
from stacks.terraform_outputs import TerraformOutputs, TerraformStateError, read_terraform_state
from stacks.value_types import SubnetId, VpcId

ROOT: Final = Path(__file__).resolve().parents[1]
"""The project's folder: the engine runs the program in stacks/, and paths in a stack file begin one above."""

SOURCE_KEY: Final = "network.adopt.terraform_state.source"

_VPC: Final = TypeAdapter[str](VpcId)
_SUBNETS: Final = TypeAdapter[tuple[str, ...]](tuple[SubnetId, ...])
_PRIVATE: Final = TypeAdapter[tuple[str, ...]](Annotated[tuple[SubnetId, ...], Field(min_length=2)])


@dataclass(frozen=True)
class AdoptedNetworkIds:
    """A VPC and its subnets, by purpose."""

    vpc_id: str
    public_subnet_ids: tuple[str, ...]
    private_subnet_ids: tuple[str, ...]
    database_subnet_ids: tuple[str, ...]


def resolve_adopted_network(adopt: AdoptedIds | AdoptedState, provider: pulumi.ProviderResource) -> AdoptedNetworkIds:
    """Return the network that the running program adopts; a state in S3 is read through `provider`."""
    file = f"stacks/Pulumi.{pulumi.get_stack()}.yaml"
    return adopted_ids(adopt, file=file, root=ROOT, download=lambda source: _download(source, file, provider))


def adopted_ids(
    adopt: AdoptedIds | AdoptedState, *, file: str, root: Path, download: Callable[[str], str]
) -> AdoptedNetworkIds:
    """Return the ids that `network.adopt` of the stack file `file` means.

    A state that is a file is found below `root`; `download` fetches the text of one in S3.
    """
    if isinstance(adopt, AdoptedIds):
        return AdoptedNetworkIds(
            adopt.vpc_id, adopt.public_subnet_ids, adopt.private_subnet_ids, adopt.database_subnet_ids
        )
    source = adopt.terraform_state.source
    text = download(source) if source.startswith("s3://") else _read_file(source, file, root)
    return network_of_state(read_terraform_state(text, source), adopt.terraform_state.outputs)


def network_of_state(outputs: TerraformOutputs, names: StateOutputs) -> AdoptedNetworkIds:
    """Return the network that the named outputs of a state describe."""
    a_list = "a list of subnet ids such as ['subnet-0123456789abcdef0']"
    faults: list[TerraformStateError] = []

    def subnets(name: str, adapter: TypeAdapter[tuple[str, ...]], what: str) -> tuple[str, ...]:
        try:
            return outputs.read(name, adapter, what)
        except TerraformStateError as error:
            faults.append(error)
            return ()

    try:
        vpc_id = outputs.read(names.vpc_id, _VPC, "a VPC id such as 'vpc-0123456789abcdef0'")
    except TerraformStateError as error:
        vpc_id = ""
        faults.append(error)
    public = subnets(names.public_subnet_ids, _SUBNETS, a_list)
    private = subnets(names.private_subnet_ids, _PRIVATE, f"{a_list}, two or more")
    database = subnets(names.database_subnet_ids, _SUBNETS, a_list) if _has_database(outputs, names) else ()
    if faults:
        raise TerraformStateError(fault for error in faults for fault in error.faults)
    for subnet, uses in Counter([*public, *private, *database]).items():
        if uses > 1:
            message = f"this subnet is listed {uses} times in the outputs; list it once, for one purpose"
            raise TerraformStateError.of(outputs.source, "outputs", subnet, message)
    return AdoptedNetworkIds(vpc_id, public, private, database)


def _has_database(outputs: TerraformOutputs, names: StateOutputs) -> bool:
    """Database subnets may be left out, but not overlooked because the output is spelled differently."""
    name = names.database_subnet_ids
    if name in outputs.values or "database_subnet_ids" in names.model_fields_set:
        return True
    others = outputs.values.keys() - {names.vpc_id, names.public_subnet_ids, names.private_subnet_ids}
    return bool(did_you_mean(name, others))


def _read_file(source: str, file: str, root: Path) -> str:
    try:
        return (root / source).read_text(encoding="utf-8")
    except FileNotFoundError:
        message = f"no such file below the project's root, {root}"
    except UnicodeDecodeError:
        message = "not a text file; allowed: a Terraform state, which is JSON"
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
    raise TerraformStateError.of(file, SOURCE_KEY, source, message)


def _download(source: str, file: str, provider: pulumi.ProviderResource) -> str:
    """Read an S3 object through the provider: a plain invoke, which a preview of the engine runs as well."""
    bucket, _, key = source.removeprefix("s3://").partition("/")
    try:
        found = s3.get_object(bucket=bucket, key=key, opts=pulumi.InvokeOptions(provider=provider))
    except Exception as error:  # the SDK raises a bare one for what the provider refuses
        message = f"the provider cannot read the object: {' '.join(str(error).split())}"
        raise TerraformStateError.of(file, SOURCE_KEY, source, message) from error
    if not found.body:
        message = (
            "the object has no text: the provider gives the body of text/* and application/json, this one is "
            f"{found.content_type or NOT_SET!r}; Terraform's S3 backend writes application/json"
        )
        raise TerraformStateError.of(file, SOURCE_KEY, source, message)
    return found.body
