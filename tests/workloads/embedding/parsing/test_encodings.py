"""Bytes become text in the encoding that they are in, or it is said that none fits."""

from __future__ import annotations

import os

import pytest

from workloads.embedding.faults import DocumentFault
from workloads.embedding.parsing.encodings import decode

FRENCH = "Le café où naît l'été coûte très peu; déjà vu, garçon, forêt, Noël. " * 20
RUSSIAN = "Широкая электрификация южных губерний даст мощный толчок подъёму сельского хозяйства. " * 20


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_decides(encoding: str) -> None:
    text, found = decode(FRENCH.encode(encoding))
    assert text == FRENCH
    assert found.startswith(encoding[:6].removesuffix("-"))


def test_utf8_is_taken_without_a_guess() -> None:
    assert decode(f"{FRENCH}{RUSSIAN}東京".encode()) == (f"{FRENCH}{RUSSIAN}東京", "utf-8")


@pytest.mark.parametrize(("text", "encoding"), [(FRENCH, "cp1252"), (RUSSIAN, "cp1251")])
def test_other_encodings_are_recognised(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding))[0] == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_its_mark_is_recognised(encoding: str) -> None:
    assert decode(b"Plain words. ".decode().encode(encoding) * 20) == ("Plain words. " * 20, encoding)


def test_a_declaration_decides_before_utf8_but_not_against_the_bytes() -> None:
    assert decode("é".encode("cp1252"), "iso-8859-1") == ("é", "cp1252")
    assert decode("é東".encode(), "shift_jis")[0] != ""
    assert decode("\u201cquoted\u201d".encode("cp1252"), "ISO-8859-1")[0] == "\u201cquoted\u201d"
    assert decode("é".encode(), "no-such-encoding") == ("é", "utf-8")


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04\x00\x00\x00\x00" * 50,
        b"\xff\xfeodd",
        b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)) * 20,
        b"a\0b\0\0\0c" * 10,
    ],
    ids=["zip", "half a UTF-16 character", "program", "zeros"],
)
def test_what_is_no_text_is_refused_and_never_guessed(data: bytes) -> None:
    with pytest.raises(DocumentFault, match="convert it to UTF-8") as caught:
        decode(data)
    assert caught.value.fate == "failed"


def test_random_bytes_never_break_it() -> None:
    for size in (1, 2, 3, 7, 64, 1000):
        try:
            assert "\0" not in decode(os.urandom(size))[0]
        except DocumentFault:
            continue
