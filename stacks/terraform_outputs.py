"""The outputs of a Terraform (or OpenTofu) state: format 4, as `terraform state pull` prints it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from stacks.closeness import did_you_mean, listed
from stacks.settings_faults import NOT_SET, SECRET, SettingsError, SettingsFault

FORMAT: Final = 4
"""Written by Terraform since 0.12 and by OpenTofu:
https://github.com/hashicorp/terraform/blob/main/internal/states/statefile/version4.go
"""

T = TypeVar("T")


class TerraformStateError(SettingsError):
    """A Terraform state cannot be used; each fault names the state, its key, the value, what is allowed."""

    @classmethod
    def of(cls, source: str, key: str, value: object, message: str) -> TerraformStateError:
        """Return the error of a single fault."""
        return cls([SettingsFault(source, key, value, message)])


@dataclass(frozen=True)
class TerraformOutputs:
    """The root module's outputs."""

    source: str
    """Where the state was read: an S3 URI or a file"""

    values: Mapping[str, object]
    sensitive: frozenset[str]
    """Outputs whose values no message may show"""

    def read(self, name: str, adapter: TypeAdapter[T], what: str) -> T:
        """Return an output that must be `what`, or raise what is wrong with it."""
        if name not in self.values:
            have = f"the state has {listed(sorted(self.values))}"
            guess = did_you_mean(name, self.values)
            raise self.fault(name, NOT_SET, f"no such output{guess}; {have}")
        value = self.values[name]
        if isinstance(value, Mapping):
            raise self.fault(name, value, f"allowed: {what}; of a mapping give its values: values(...)")
        try:
            return adapter.validate_python(value)
        except ValidationError:
            raise self.fault(name, value, f"allowed: {what}") from None

    def fault(self, name: str, value: object, message: str) -> TerraformStateError:
        """Return the error of one output, its value hidden where Terraform hides it."""
        seen = SECRET if name in self.sensitive and value is not NOT_SET else value
        return TerraformStateError.of(self.source, f"outputs.{name}", seen, message)


def read_terraform_state(text: str, source: str) -> TerraformOutputs:
    """Return the outputs in a state's text, or raise `TerraformStateError`; `source` names it in messages."""
    state = _parsed(text, source)
    if "encrypted_data" in state or "encryption_version" in state:
        raise TerraformStateError.of(
            source,
            "encryption_version",
            state.get("encryption_version", NOT_SET),
            "this state is encrypted by OpenTofu and only `tofu` can read it; "
            "take the ids from `tofu output` and give them in network.adopt",
        )
    _check_format(state, source)
    outputs = state.get("outputs")
    if not isinstance(outputs, Mapping):
        seen = NOT_SET if outputs is None else outputs
        raise TerraformStateError.of(source, "outputs", seen, "allowed: a mapping of outputs; the state is damaged")
    if not outputs:
        raise TerraformStateError.of(
            source,
            "outputs",
            {},
            "the state has no outputs; declare them in its root module and run `terraform apply`",
        )
    values: dict[str, object] = {}
    sensitive: set[str] = set()
    for name, output in cast("Mapping[str, Any]", outputs).items():
        if not isinstance(output, Mapping) or "value" not in output:
            message = "allowed: a mapping with a value; the state is damaged"
            raise TerraformStateError.of(source, f"outputs.{name}", SECRET, message)
        values[name] = output["value"]
        if output.get("sensitive"):
            sensitive.add(name)
    return TerraformOutputs(source, values, frozenset(sensitive))


def _parsed(text: str, source: str) -> Mapping[str, Any]:
    again = "write it again with `terraform state pull`"
    if not text.strip():
        raise TerraformStateError.of(source, "state", "", f"the state is empty; {again}")
    try:
        state: object = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        if text.lstrip("\ufeff \t\r\n").startswith("{") and _cut_off(error, text):
            message = f"the state is cut off in line {error.lineno}; {again}"
        else:
            message = f"not JSON from line {error.lineno}, column {error.colno}; {again}"
        raise TerraformStateError.of(source, "state", _beginning(text), message) from None
    if not isinstance(state, dict):
        message = "allowed: a Terraform state, which is a JSON object"
        raise TerraformStateError.of(source, "state", state, message)
    return cast("dict[str, Any]", state)


def _cut_off(error: json.JSONDecodeError, text: str) -> bool:
    """A text that ends too early fails at its end, or in a string that nothing closes."""
    rest = text[error.pos :].strip()
    return not rest or error.msg.startswith("Unterminated string") or rest in ("t", "tr", "tru", "n", "nu", "nul")


def _beginning(text: str) -> str:
    """Show enough to recognise an HTML page or a pointer file, and no more: a state may hold secrets."""
    return text[:20] + ("..." if len(text) > 20 else "")  # noqa: PLR2004 - see above


def _check_format(state: Mapping[str, Any], source: str) -> None:
    version = state.get("version")
    if type(version) is int and version == FORMAT:
        return
    if "format_version" in state:
        message = "this is what `terraform show -json` prints, not a state; name the state itself"
    elif version is None and state and all(_is_printed_output(value) for value in state.values()):
        message = "this is what `terraform output -json` prints, not a state; name the state itself"
    elif type(version) is int and 0 < version < FORMAT:
        message = f"allowed: {FORMAT}; `terraform apply -refresh-only` of Terraform 0.12 or newer writes it"
    elif type(version) is int and version > FORMAT:
        message = f"allowed: {FORMAT}; a newer Terraform wrote this state than is known here"
    else:
        message = f"allowed: {FORMAT}; without it this is no Terraform state"
    raise TerraformStateError.of(source, "version", NOT_SET if version is None else version, message)


def _is_printed_output(value: object) -> bool:
    return isinstance(value, Mapping) and {"sensitive", "type", "value"} <= set(cast("Iterable[str]", value))
