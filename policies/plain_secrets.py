"""Plain secrets: values that stand where anybody can read them and that are secrets by their name or their format."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from policies.nodes import entries, nodes
from policies.secret_facts import kinds_in, names_a_secret

Keys = tuple[str, ...]
Found = tuple[Keys, str]
"""Where a secret stands, and what it is; never its value."""

_REFERENCE = re.compile(
    r"""
    \$[({A-Za-z_].* | \$\d | `.*         # $(VAR), ${VAR}, $VAR, $1, `command`
    | .*\{\{.*\}\}.*                     # a template
    | .*\$\(.*\).*
    | (?:arn|ssm|secretsmanager|awssm|gcpsm|vault|op|sops|file|env):.*
    | /[\w.-]+(?:/[\w.-]+)+              # a file
    | <.*> | \[.*\] | \*+ | x+           # a placeholder; a token of a model's vocabulary: </s>, [PAD]
    | true | false | none | null | required | optional | enabled | disabled
    | \d{1,5}                            # a number of tokens
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_ASSIGNMENT = re.compile(r"""(?:^|[\s;&"'])(?:--?)?([A-Za-z][\w.-]*)=("[^"\n]*"|'[^'\n]*'|[^\s;&"',]+)""")
"""`export HF_TOKEN=abc`, `--api-key=abc`."""
_ELSEWHERE = ("PARAMETER_STORE", "SECRETS_MANAGER")
"""Types of variables of a build that say the value is only a name."""
_BY_NAME = re.compile("(?i)pass|pwd|token|key|secret|credential")


def plain_secrets(keys: Keys, value: Any) -> Iterator[Found]:
    """Give the secrets in a node of a resource, but for those in its inner nodes."""
    if isinstance(value, str):
        yield from _in_text(keys, value)
    elif isinstance(value, Mapping):
        yield from _in_mapping(keys, value)
    else:
        yield from _in_arguments(keys, value)


def is_literal(text: str) -> bool:
    """Say whether a text is a value itself rather than the name of one, a template or a placeholder."""
    return bool(text.strip()) and not _REFERENCE.fullmatch(text.strip())


def _in_mapping(keys: Keys, mapping: Any) -> Iterator[Found]:
    known = dict(entries(mapping))
    for key, value in known.items():
        if isinstance(value, str) and names_a_secret(key) and is_literal(value):
            yield (*keys, key), f"the value of {key}"
    name = known.get("name")
    if isinstance(name, str) and known.get("type") not in _ELSEWHERE:
        last = name.rsplit("/", 1)[-1]
        for key in ("value", "insecureValue"):
            value = known.get(key)
            if isinstance(value, str) and names_a_secret(last) and is_literal(value):
                yield (*keys, key), f"the value of {last}"


def _in_arguments(keys: Keys, value: Any) -> Iterator[Found]:
    """Look at a list for an option and its value, one after the other."""
    before = ""
    for key, item in entries(value):
        if isinstance(item, str):
            if before.startswith("-") and "=" not in before and names_a_secret(before) and is_literal(item):
                yield (*keys, key), f"the value of {before}"
            before = item
        else:
            before = ""


def _in_text(keys: Keys, text: str) -> Iterator[Found]:
    yield from ((keys, kind) for kind in kinds_in(text))
    for decoded in _decoded(keys, text):
        yield from ((keys, kind) for kind in kinds_in(decoded))
        yield from _assigned(keys, decoded)
    yield from _assigned(keys, text)
    if text[:1] in ("{", "[") and _BY_NAME.search(text):
        try:
            document = json.loads(text)
        except ValueError:
            return
        for inner, value in nodes(document):
            if not isinstance(value, str):  # its formats are found in the text as a whole
                yield from plain_secrets((*keys, *inner), value)


def _assigned(keys: Keys, text: str) -> Iterator[Found]:
    if "=" not in text or not _BY_NAME.search(text):
        return
    for name, quoted in _ASSIGNMENT.findall(text):
        value = quoted.strip("\"'")
        if names_a_secret(name) and is_literal(value):
            yield keys, f"the value of {name}"


def _decoded(keys: Keys, text: str) -> Iterator[str]:
    """Give what stands in user data, which launch templates hold in base64."""
    if keys and keys[-1].lower().startswith("userdata"):
        try:
            yield base64.b64decode(text, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return
