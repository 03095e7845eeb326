"""What the pulumi_aws SDK's own classes say about a resource type: inputs, tags, automatic names, outputs.

Only the service module of the type asked for is imported (all of pulumi_aws takes half a minute).
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import sys
import types
import typing
import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, Union

from pulumi.runtime.rpc import get_resource_module

from rehearsal.plan import UNKNOWN

AUTO_NAMED_BY: Final[Mapping[str, str]] = {
    "aws:ec2/keyPair:KeyPair": "keyName",
    "aws:eks/fargateProfile:FargateProfile": "fargateProfileName",
    "aws:eks/nodeGroup:NodeGroup": "nodeGroupName",
    "aws:rds/cluster:Cluster": "clusterIdentifier",
    "aws:s3/bucket:Bucket": "bucket",
}
"""Types that the provider names by another input than `name`.

From `tfbridge.AutoName` in https://github.com/pulumi/pulumi-aws/blob/master/provider/resources.go
"""

_INVENTED_TIME = "2026-01-01T00:00:00Z"
_DEEPEST = 4


@cache
def resource_class(type_token: str) -> type:
    """Return the SDK's class for a token such as `aws:ec2/vpc:Vpc`; KeyError when there is none."""
    importlib.import_module("pulumi_aws")  # fills the SDK's table of modules; imports no service
    package, module, _ = type_token.split(":")
    found: Any = get_resource_module(package, module, "")
    if found is None or type_token not in found.mod_info["classes"]:
        raise KeyError(type_token)
    service = importlib.import_module(found.mod_info["fqn"])
    with warnings.catch_warnings():
        # Importing a service warns of each class in it that is deprecated, whether anybody uses it or not.
        warnings.simplefilter("ignore", DeprecationWarning)
        return getattr(service, found.mod_info["classes"][type_token])


@cache
def _inputs(type_token: str) -> Mapping[str, bool]:
    """Return the inputs by camelCase name, and whether the SDK demands each."""
    cls = resource_class(type_token)
    module = sys.modules[cls.__module__]
    # Where a nested type already has the name `<Class>Args`, the resource's own is `<Class>InitArgs`.
    arguments = getattr(module, f"{cls.__name__}InitArgs", None) or getattr(module, f"{cls.__name__}Args")
    parameters = inspect.signature(arguments.__init__).parameters
    return {
        getattr(member.fget, "_pulumi_name", name): parameters[name].default is inspect.Parameter.empty
        for name, member in vars(arguments).items()
        if isinstance(member, property) and name in parameters
    }


@cache
def _outputs(cls: type) -> Mapping[str, Any]:
    """Return the outputs of a resource class, or the properties of a nested output type, with their types."""
    scope = vars(sys.modules[cls.__module__])
    return {
        getattr(member.fget, "_pulumi_name", name): typing.get_type_hints(member.fget, scope)["return"]
        for name, member in vars(cls).items()
        if isinstance(member, property) and member.fget is not None
    }


def input_names(type_token: str) -> frozenset[str]:
    """Return the names of the inputs, in the provider's camelCase."""
    return frozenset(_inputs(type_token))


@cache
def computed_outputs(type_token: str) -> frozenset[str]:
    """Return the outputs that are no inputs, which only AWS can say; nothing for a type of another provider."""
    try:
        return frozenset(_outputs(resource_class(type_token))) - frozenset(_inputs(type_token))
    except KeyError:
        return frozenset()


def is_taggable(type_token: str) -> bool:
    """Say whether the provider's default tags reach the type: it has `tags` and computes `tagsAll`."""
    try:
        return "tags" in _inputs(type_token) and "tagsAll" in _outputs(resource_class(type_token))
    except KeyError:
        return False


def auto_named(type_token: str) -> str | None:
    """Return the input that the provider names `<logical name>-<7 hex>` when the program leaves it out.

    The provider does so for every type whose schema has `name` as an input of type string
    (`SetAutonaming` in resources.go), and for those of `AUTO_NAMED_BY`.
    """
    try:
        inputs = _inputs(type_token)
    except KeyError:
        return None
    if type_token in AUTO_NAMED_BY:
        return AUTO_NAMED_BY[type_token]
    # Where the SDK's class demands a name, the provider has switched automatic names off.
    return "name" if inputs.get("name") is False else None


def automatic_name(type_token: str, name: str, seed: str, inputs: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the input that the provider names, and its physical name; None where the program names it itself.

    A prefix that the program gives stands in place of the logical name, and FIFO queues and topics end in
    `.fifo`. The hexadecimal digits come from `seed`, so that the same resource always gets the same name.
    """
    named = auto_named(type_token)
    if named is None or inputs.get(named) is not None:
        return None
    prefix = next((text for key in (f"{named}Prefix", "namePrefix") if (text := inputs.get(key))), f"{name}-")
    if not isinstance(prefix, str):
        return None  # not known yet
    digits = hashlib.sha256(seed.encode()).hexdigest()[:7]
    fifo = any(inputs.get(flag) is True for flag in ("fifoQueue", "fifoTopic"))
    return named, f"{prefix}{digits}{'.fifo' if fifo else ''}"


def invented_outputs(
    type_token: str, name: str, inputs: Mapping[str, Any], account_id: str, region: str
) -> dict[str, Any]:
    """Return outputs for a resource that nothing created: inputs echoed, the rest of the annotated type.

    The same arguments always give the same values. Optional outputs that were not given are None, as the
    provider leaves them.
    """
    try:
        properties = _outputs(resource_class(type_token))
    except KeyError:
        return dict(inputs)
    inventor = _Inventor(type_token, name, account_id, region)
    invented = {
        key: None if _is_optional(annotation) else inventor.value(key, annotation)
        for key, annotation in properties.items()
        if inputs.get(key) is None
    }
    return {**inputs, **invented}


def planned_outputs(type_token: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the outputs that a preview shows: the inputs, and inside their nested objects what AWS computes.

    Top-level outputs that are missing are unknown to the SDK by themselves; nested ones would be absent.
    """
    try:
        properties = _outputs(resource_class(type_token))
    except KeyError:
        return dict(inputs)
    return {key: _planned(value, properties.get(key)) for key, value in inputs.items()}


def _planned(value: Any, annotation: Any) -> Any:
    wanted = next((member for member in _members(annotation) if member is not type(None)), None)
    if isinstance(value, list):
        item = (typing.get_args(wanted) or (None,))[0]
        return [_planned(entry, item) for entry in typing.cast("list[Any]", value)]
    if not isinstance(value, dict) or not hasattr(wanted, "_pulumi_output_type"):
        return value
    given = typing.cast("dict[str, Any]", value)
    nested = _outputs(wanted).items()
    return {key: _planned(given[key], kind) if key in given else UNKNOWN for key, kind in nested}


def _is_optional(annotation: Any) -> bool:
    return type(None) in _members(annotation)


def _members(annotation: Any) -> tuple[Any, ...]:
    """Return what a value may be: `Output[Optional[str]]` and `Input[Optional[str]]` hold str and None."""
    arguments = typing.get_args(annotation)
    origin = typing.get_origin(annotation)
    if origin is not None and getattr(origin, "__name__", "") == "Output":
        return _members(arguments[0])
    if origin in (Union, types.UnionType):
        return tuple(member for argument in arguments for member in _members(argument))
    return (annotation,)


class _Inventor:
    """Makes up values for one resource."""

    def __init__(self, type_token: str, name: str, account_id: str, region: str) -> None:
        _, module, class_name = type_token.split(":")
        self.service, _, kind = module.partition("/")
        self.kind = kind or class_name
        self.name = name
        self.account_id = account_id
        self.region = region
        self.seed = f"{type_token}:{name}"

    def value(self, key: str, annotation: Any, depth: int = 0) -> Any:
        """Return a value of the annotated type for the output `key`."""
        wanted = next((member for member in _members(annotation) if member is not type(None)), str)
        origin = typing.get_origin(wanted) or wanted
        made: Any
        if origin is str:
            made = self._text(key)
        elif origin in (bool, int, float):
            made = origin()
        elif isinstance(origin, type) and hasattr(origin, "_pulumi_output_type"):
            made = {} if depth >= _DEEPEST else self._nested(origin, depth)
        elif isinstance(origin, type) and issubclass(origin, Sequence):
            item = (typing.get_args(wanted) or (str,))[0]
            made = [self.value(key.removesuffix("s"), item, depth + 1)]
        elif isinstance(origin, type) and issubclass(origin, Mapping):
            made = {}
        else:
            made = self._text(key)
        return made

    def _nested(self, output_type: type, depth: int) -> dict[str, Any]:
        # In nested types nearly all is annotated optional, also what AWS computes: so all is made up.
        return {key: self.value(key, kind, depth + 1) for key, kind in _outputs(output_type).items()}

    def _text(self, key: str) -> str:
        digest = hashlib.sha256(f"{self.seed}:{key}".encode()).hexdigest()
        lower = key.lower()
        exact = {
            "region": self.region,
            "name": self.name,
            "owner": self.account_id,
            "ownerid": self.account_id,
            "registryid": self.account_id,
        }
        if lower in exact:
            return exact[lower]
        by_ending = {
            "arn": f"arn:aws:{self.service}:{self.region}:{self.account_id}:{self.kind}/{self.name}",
            "id": f"{self.kind.lower()}-{digest[:17]}",
            "at": _INVENTED_TIME,
            "time": _INVENTED_TIME,
            "url": f"https://{self.name}.{self.service}.{self.region}.amazonaws.com",
            "issuer": f"https://{self.name}.{self.service}.{self.region}.amazonaws.com",
            "endpoint": f"https://{self.name}.{self.service}.{self.region}.amazonaws.com",
        }
        return next((text for ending, text in by_ending.items() if lower.endswith(ending)), f"{self.name}-{lower}")
