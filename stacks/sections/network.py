"""The section `network`: the address plan of a VPC of our own, or an existing network that is adopted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal, cast

from pydantic import Discriminator, Field, Tag

from stacks.aws_choices import named
from stacks.sections.section import Section
from stacks.value_types import Cidr, LogRetentionDays, OneOf, SubnetId, SubnetPrefixLength, Text, VpcId, Zone

if TYPE_CHECKING:
    pass

Nat = Literal["none", "single", "per-zone"]
EndpointName = Annotated[
    str, OneOf(lambda: named("interface_endpoints"), "an interface endpoint", "stacks/aws_choices.yaml")
]
StateSource = Annotated[
    str,
    Text(
        "an S3 object such as 's3://bucket/network/terraform.tfstate', or the path of a file that ends in "
        ".tfstate or .json",
        r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/\S*[^\s/]|(?!\w+://)\S.*\.(?:tfstate|json)",
    ),
]
OutputName = Annotated[
    str, Text("the name of a Terraform output such as 'private_subnet_ids'", r"[A-Za-z_][A-Za-z0-9_-]*")
]


class AdoptedIds(Section):
    """An existing network, by the ids of its VPC and subnets."""

    vpc_id: VpcId
    """VPC to build in"""

    public_subnet_ids: tuple[SubnetId, ...]
    """Subnets for public load balancers; [] when there are none"""

    private_subnet_ids: tuple[SubnetId, ...] = Field(min_length=2)
    """Subnets for the control plane and the nodes, in two zones or more"""

    database_subnet_ids: tuple[SubnetId, ...] = ()
    """Subnets for databases; the private ones when empty"""


class StateOutputs(Section):
    """Which output of the Terraform state has what."""

    vpc_id: OutputName = "vpc_id"
    """Output with the VPC's id"""

    public_subnet_ids: OutputName = "public_subnet_ids"
    """Output with the list of public subnets"""

    private_subnet_ids: OutputName = "private_subnet_ids"
    """Output with the list of private subnets"""

    database_subnet_ids: OutputName = "database_subnet_ids"
    """Output with the list of database subnets"""


class TerraformState(Section):
    """Where the Terraform state of the existing network is."""

    source: StateSource
    """The state, as Terraform's S3 backend or local backend wrote it"""

    outputs: StateOutputs = StateOutputs()
    """Names of the outputs to read"""


class AdoptedState(Section):
    """An existing network, by the outputs of the Terraform state that built it."""

    terraform_state: TerraformState
    """The state and the names of its outputs"""


def _kind(value: object) -> str:
    by_state = isinstance(value, AdoptedState) or (
        isinstance(value, Mapping) and "terraform_state" in cast("Mapping[object, object]", value)
    )
    return "<AdoptedState>" if by_state else "<AdoptedIds>"


Adopted = Annotated[
    Annotated[AdoptedIds, Tag("<AdoptedIds>")] | Annotated[AdoptedState, Tag("<AdoptedState>")],
    Discriminator(_kind),
]


class NetworkSettings(Section):
    """The VPC, its subnets per zone and its ways out; or the existing network that takes their place."""

    zones: tuple[Zone, ...] = Field(min_length=2)
    """Availability zones of the environment, in the order of the address plan"""

    vpc_cidr: Cidr | None = None
    """Address range of the VPC, such as 10.20.0.0/16; left out when a network is adopted"""

    public_prefix_length: SubnetPrefixLength = 24
    """Size of each zone's public subnet"""

    private_prefix_length: SubnetPrefixLength = 19
    """Size of each zone's private subnet: nodes and pods get their addresses here"""

    database_prefix_length: SubnetPrefixLength = 24
    """Size of each zone's database subnet"""

    nat: Nat = "per-zone"
    """How private subnets reach the internet: not at all, through one NAT gateway, or through one per zone"""

    interface_endpoints: tuple[EndpointName, ...] = ()
    """AWS services reached from inside the VPC, by the short names of their endpoints: ecr.api, sts"""

    flow_log_retention_days: LogRetentionDays = 90
    """How long flow logs are kept"""

    adopt: Adopted | None = None
    """An existing network to build on, by ids or from a Terraform state"""
