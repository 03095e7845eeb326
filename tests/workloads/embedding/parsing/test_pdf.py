"""PDF files are read by their text; broken and encrypted ones are named as such."""

from __future__ import annotations

import io
import random

import pytest
from pypdf import PdfWriter
from reportlab.pdfgen.canvas import Canvas

from workloads.embedding.faults import DocumentFault
from workloads.embedding.parsing.pdf import parse_pdf

LIMIT = 1 << 20


def pdf(*pages: str) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.setTitle("The guide")
    canvas.setAuthor("A. Writer")
    for page in pages:
        for number, line in enumerate(page.splitlines()):
            canvas.drawString(72, 720 - 14 * number, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def encrypted(password: str) -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(pdf("Secret words.")))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_pages_and_properties_are_read() -> None:
    parsed = parse_pdf(pdf("First page.\nTwo lines.", "Second page."), LIMIT)
    assert parsed.text == "First page.\nTwo lines.\n\nSecond page."
    assert {name: parsed.metadata[name] for name in ("title", "author", "pages")} == {
        "title": "The guide",
        "author": "A. Writer",
        "pages": 2,
    }


def test_an_encrypted_file_with_an_empty_password_is_read_as_every_viewer_does() -> None:
    assert parse_pdf(encrypted(""), LIMIT).text == "Secret words."


def test_an_encrypted_file_with_a_password_fails() -> None:
    with pytest.raises(DocumentFault, match="encrypted and needs a password") as caught:
        parse_pdf(encrypted("secret"), LIMIT)
    assert caught.value.fate == "failed"


def test_pages_of_pictures_are_skipped_with_the_reason() -> None:
    with pytest.raises(DocumentFault, match="2 pages without text") as caught:
        parse_pdf(pdf("", ""), LIMIT)
    assert caught.value.fate == "skipped"


def test_more_text_than_the_limit_is_skipped() -> None:
    with pytest.raises(DocumentFault, match="larger than"):
        parse_pdf(pdf("word " * 20), 50)


def test_a_broken_file_fails_with_the_reason() -> None:
    whole = pdf("First page.")
    for data in (b"%PDF-1.4\n", b"no pdf at all", whole[:200]):
        with pytest.raises(DocumentFault, match="no readable PDF") as caught:
            parse_pdf(data, LIMIT)
        assert caught.value.fate == "failed"


def test_no_damage_brings_out_another_error() -> None:
    whole = bytearray(pdf("First page.", "Second page."))
    chance = random.Random(3)  # noqa: S311 - which bytes are damaged
    for _ in range(40):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 30)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            parse_pdf(bytes(damaged), LIMIT)
        except DocumentFault:
            continue
