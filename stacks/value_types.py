"""Named value types of the stack file: each knows its grammar and says what is allowed.

A value type is a plain `str`, `int` or `float` with one of the metadata classes below, so that a wrong kind, a
wrong grammar and a value out of range all give the same sentence, and an editor gets the same limits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from ipaddress import IPv4Network
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, Strict
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import no_info_before_validator_function

from catalogue.gpu_machines import load_gpu_machines
from catalogue.instance_types import load_instance_types
from stacks.aws_choices import named, steps
from stacks.closeness import did_you_mean, listed


def refused(allowed: str) -> PydanticCustomError:
    """The fault of a value that is not one of its type: `allowed: <what>`."""
    return PydanticCustomError("not_allowed", "allowed: {allowed}", {"allowed": allowed})


@dataclass(frozen=True)
class Text:
    """Text of a grammar; `allowed` describes it, `limit` is a check that no pattern can make."""

    allowed: str
    pattern: str
    limit: Callable[[str], bool] = lambda _: True

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Refuse what the grammar does not produce."""
        return no_info_before_validator_function(self._checked, handler(source))

    def _checked(self, value: object) -> str:
        if not isinstance(value, str):
            number = isinstance(value, int | float) and not isinstance(value, bool)
            quotes = ", in quotes" if number and "in quotes" not in self.allowed else ""
            raise refused(self.allowed + quotes)
        if not re.fullmatch(self.pattern, value) or not self.limit(value):
            raise refused(self.allowed)
        return value

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Give the editor the pattern and the sentence to show when it does not match."""
        return {
            **handler(schema),
            "pattern": f"^(?:{self.pattern})$",
            "patternErrorMessage": f"allowed: {self.allowed}",
        }


@dataclass(frozen=True)
class Whole:
    """A whole number between two limits, both included."""

    minimum: int
    maximum: int
    unit: str

    @property
    def allowed(self) -> str:
        """What is allowed, in a sentence."""
        return f"a whole number of {self.unit} from {self.minimum} to {self.maximum}"

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Refuse text, fractions, booleans and numbers out of range."""
        return no_info_before_validator_function(self._checked, handler(source))

    def _checked(self, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not self.minimum <= value <= self.maximum:
            quotes = ", without quotes" if isinstance(value, str) and value.isdecimal() else ""
            raise refused(self.allowed + quotes)
        return value

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Give the editor the limits."""
        return {**handler(schema), "minimum": self.minimum, "maximum": self.maximum}


@dataclass(frozen=True)
class Halves:
    """A number in steps of one half, between two limits, both included."""

    minimum: int
    maximum: int
    unit: str

    @property
    def allowed(self) -> str:
        """What is allowed, in a sentence."""
        return f"a number of {self.unit} from {self.minimum} to {self.maximum} in steps of 0.5"

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Refuse text, booleans, other fractions and numbers out of range."""
        return no_info_before_validator_function(self._checked, handler(source))

    def _checked(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise refused(self.allowed)
        if not self.minimum <= value <= self.maximum or value * 2 % 1:
            raise refused(self.allowed)
        return float(value)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Give the editor the limits and the step."""
        return {**handler(schema), "minimum": self.minimum, "maximum": self.maximum, "multipleOf": 0.5}


@dataclass(frozen=True)
class OneOf:
    """One of a list that AWS or the catalogue gives; long lists are named, not printed."""

    choices: Callable[[], tuple[Any, ...]]
    what: str
    found_in: str = ""

    @property
    def allowed(self) -> str:
        """What is allowed, in a sentence."""
        return f"{self.what} of {self.found_in}" if self.found_in else f"{self.what}: {listed(self.choices())}"

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Refuse what the list does not have, and guess what was meant."""
        return no_info_before_validator_function(self._checked, handler(source))

    def _checked(self, value: object) -> Any:
        choices = self.choices()
        # `True == 1` and `1.0 == 1`, but neither is what a stack file may say.
        if any(type(value) is type(choice) and value == choice for choice in choices):
            return value
        allowed = f"{self.what} of {self.found_in}" if self.found_in else f"{self.what}: {listed(choices)}"
        raise refused(allowed + did_you_mean(value, (choice for choice in choices if isinstance(choice, str))))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Give the editor the list to complete from."""
        return {**handler(schema), "enum": list(self.choices())}


def _is_network(value: str) -> bool:
    try:
        IPv4Network(value)
    except ValueError:
        return False
    return True


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


@cache
def known_instance_types() -> tuple[str, ...]:
    """Names of the catalogue's instance types, sorted."""
    return tuple(sorted(load_instance_types()))


@cache
def known_dgx_systems() -> tuple[str, ...]:
    """Names of the DGX systems among the catalogue's machines, sorted."""
    return tuple(sorted(name for name, machine in load_gpu_machines().machines.items() if machine.kind == "dgx"))


Flag = Annotated[bool, Strict()]
"""true or false, and not the text or number that a looser reading would take for one."""

_ZONE = r"[a-z]{2}(?:-[a-z]+)+-[0-9][a-z]"

AccountId = Annotated[str, Text("an AWS account id of twelve digits such as '111122223333', in quotes", r"[0-9]{12}")]
Region = Annotated[str, OneOf(lambda: named("regions"), "an AWS region", "stacks/aws_choices.yaml")]
Zone = Annotated[str, Text("an availability zone such as 'us-east-1a'", _ZONE)]
Cidr = Annotated[
    str,
    Text(
        "an IPv4 range such as '10.0.0.0/16', with no address bits beyond its prefix",
        r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}/[0-9]{1,2}",
        _is_network,
    ),
]
SubnetPrefixLength = Annotated[int, Whole(16, 28, "prefix bits")]
LogRetentionDays = Annotated[int, OneOf(lambda: steps("log_retention_days"), "days that CloudWatch Logs keeps")]
Days = Annotated[int, Whole(1, 36500, "days")]
Day = Annotated[str, Text("a day such as '2027-11-30', in quotes", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", _is_day)]
Environment = Annotated[
    str,
    Text(
        "2 to 12 lower-case letters, digits and hyphens such as 'dev', beginning with a letter",
        "[a-z][a-z0-9-]{1,11}",
    ),
]
GroupName = Annotated[
    str,
    Text(
        "2 to 24 lower-case letters, digits and hyphens, beginning with a letter",
        "[a-z][a-z0-9-]{0,22}[a-z0-9]",
    ),
]
Words = Annotated[
    str,
    Text(
        "1 to 64 letters, digits, spaces and _ . : / = + @ -",
        r"[A-Za-z0-9_.:/=+@-][A-Za-z0-9 _.:/=+@-]{0,63}",
    ),
]
InstanceTypeName = Annotated[str, OneOf(known_instance_types, "an instance type", "catalogue/instance-types.yaml")]
DgxName = Annotated[str, OneOf(known_dgx_systems, "a DGX system")]
HostName = Annotated[
    str,
    Text(
        "a host's name such as 'dgx-01': up to 63 lower-case letters, digits and hyphens",
        r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?",
    ),
]
MigLayout = Annotated[
    str,
    Text(
        "a layout of MIG such as 'all-1g.10gb' or 'all-disabled'",
        r"[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?",
    ),
]
VersionSetName = Annotated[
    str, Text("a version set of ansible/versions/ such as '2026-11', in quotes", r"[0-9]{4}-[0-9]{2}(?:\.[0-9]+)?")
]
NodeCount = Annotated[int, Whole(0, 450, "nodes")]
DiskGib = Annotated[int, Whole(20, 16384, "GiB")]
RoleArn = Annotated[
    str,
    Text(
        "the ARN of an IAM role such as 'arn:aws:iam::111122223333:role/platform-admin'",
        r"arn:aws(?:-[a-z]+)*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]{1,576}",
    ),
]
ReservationId = Annotated[
    str, Text("a capacity reservation id such as 'cr-0123456789abcdef0'", "cr-(?:[0-9a-f]{8}|[0-9a-f]{17})")
]
AmiId = Annotated[str, Text("an AMI id such as 'ami-0123456789abcdef0'", "ami-(?:[0-9a-f]{8}|[0-9a-f]{17})")]
PrivateCaArn = Annotated[
    str,
    Text(
        "the ARN of a private CA such as 'arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/<id>'",
        r"arn:aws(?:-[a-z]+)*:acm-pca:[a-z0-9-]+:[0-9]{12}:certificate-authority/[0-9a-f-]{36}",
    ),
]
Pem = Annotated[str, Text("CA certificates in PEM: -----BEGIN CERTIFICATE----- and so on", r"[\s\S]{1,8000}")]
VpcId = Annotated[str, Text("a VPC id such as 'vpc-0123456789abcdef0'", "vpc-(?:[0-9a-f]{8}|[0-9a-f]{17})")]
SubnetId = Annotated[str, Text("a subnet id such as 'subnet-0123456789abcdef0'", "subnet-(?:[0-9a-f]{8}|[0-9a-f]{17})")]
Namespace = Annotated[
    str,
    Text(
        "a Kubernetes namespace such as 'serving', or a pattern such as 'team-*'",
        r"[a-z0-9*](?:[a-z0-9*-]{0,61}[a-z0-9*])?",
    ),
]
