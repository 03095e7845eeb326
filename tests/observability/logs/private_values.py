"""Values that may not leave a node: secrets and personal data, made anew from a seed. None opens or names anything."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from random import Random
from typing import Final

UPPER, LOWER, DIGITS = string.ascii_uppercase, string.ascii_lowercase, string.digits
ALNUM: Final = UPPER + LOWER + DIGITS


def some(chance: Random, alphabet: str, length: int, most: int | None = None) -> str:
    """A text of letters of an alphabet."""
    return "".join(chance.choices(alphabet, k=chance.randint(length, most or length)))


def word(chance: Random) -> str:
    return some(chance, LOWER, 3, 10)


def grouped(chance: Random, first: str, groups: tuple[int, ...], between: str) -> str:
    """Digits in groups, of which the first ones are given."""
    digits = first + some(chance, DIGITS, sum(groups) - len(first))
    parts: list[str] = []
    for size in groups:
        parts.append(digits[:size])
        digits = digits[size:]
    return between.join(parts)


PRIVATE: Final[Mapping[str, Callable[[Random], str]]] = {
    "bearer token": lambda c: f"Bearer {some(c, ALNUM + '-_', 24, 60)}",
    "AWS key id": lambda c: c.choice(["AK", "AS"]) + "IA" + some(c, UPPER + DIGITS, 16),
    "AWS secret": lambda c: f"AWS_SECRET_ACCESS_KEY={some(c, ALNUM, 40)}",
    "Hugging Face token": lambda c: f"hf_{some(c, ALNUM, 34)}",
    "API key": lambda c: f"sk-{some(c, ALNUM, 20, 48)}",
    "GitHub token": lambda c: f"ghp_{some(c, ALNUM, 36)}",
    "GitHub token, fine-grained": lambda c: f"github_pat_{some(c, ALNUM + '_', 60, 82)}",
    "GitLab token": lambda c: f"glpat-{some(c, ALNUM, 20)}",
    "token by its name": lambda c: f"token={some(c, ALNUM, 24)}",
    "authorization": lambda c: f"Authorization: Basic {some(c, ALNUM, 16)}",
    "Slack token": lambda c: f"xoxb-{some(c, DIGITS, 11)}-abc",
    "JWT": lambda c: f"eyJ{some(c, ALNUM, 20)}.eyJ{some(c, ALNUM, 40)}.{some(c, ALNUM, 43)}",
    "password": lambda c: f"password={some(c, ALNUM + '!#%', 8, 20)}",
    "password in a URL": lambda c: f"postgresql://{word(c)}:{some(c, ALNUM, 12)}@db:5432/x",
    "private key": lambda c: f"-----BEGIN RSA PRIVATE KEY----- {some(c, ALNUM, 64)} -----END RSA PRIVATE KEY-----",
    "mail address": lambda c: f"{word(c)}.{word(c)}@{word(c)}.example.com",
    "mail address abroad": lambda c: f"j\u00fcrgen+{word(c)}@m\u00fcller-{word(c)}.de",
    "phone": lambda c: f"+{grouped(c, '49170', (2, 3, 7), ' ')}",
    "phone, American": lambda c: grouped(c, "212", (3, 3, 4), "-"),
    "card": lambda c: grouped(c, "4", (4, 4, 4, 4), c.choice(["", " ", "-"])),
    "card, Mastercard": lambda c: grouped(c, "53", (4, 4, 4, 4), " "),
    "card, American Express": lambda c: grouped(c, "37", (4, 6, 5), " "),
    "IBAN": lambda c: f"DE{some(c, DIGITS, 20)}",
    "IBAN in groups": lambda c: f"DE{grouped(c, '89', (2, 4, 4, 4, 4, 2), ' ')}",
    "client": lambda c: f"203.0.{c.randint(0, 255)}.{c.randint(0, 255)}:{c.randint(1024, 65535)}",
    "client, IPv6": lambda c: f"[2001:db8:{c.randint(1, 65535):x}::{c.randint(1, 65535):x}]:{c.randint(1024, 65535)}",
}
"""What each kind of value looks like."""

AROUND: Final = (
    "",
    "\n",
    "'",
    '"',
    "\\",
    "}",
    "]",
    "{",
    "\t",
    "\u00e4",
    "\u4f60\u597d",
    "\U0001f600",
    "', x: '",
    '", "x": "',
)
"""What a text may have between its words: everything that a format has to escape."""


def saying(chance: Random) -> str:
    """A text that somebody said: words that nothing else contains."""
    words = [f"zq{word(chance)}{chance.choice(AROUND)}" for _ in range(chance.randint(2, 12))]
    return " ".join(words)


def core(kind: str, value: str) -> str:
    """The part of a value that alone would do harm."""
    if kind == "bearer token":
        return value.split(" ")[1]
    if kind in ("AWS secret", "password", "token by its name"):
        return value.split("=")[1]
    if kind == "authorization":
        return value.split(" ")[2]
    if kind == "password in a URL":
        return value.split(":")[2].split("@", maxsplit=1)[0]
    if kind == "private key":
        return value.split(" ")[4]
    return value
