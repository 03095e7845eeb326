"""DOCX files are read with their structure; broken, encrypted and oversized ones are named as such."""

from __future__ import annotations

import io
import zipfile

import pytest
from docx import Document as open_docx

from workloads.embedding.faults import DocumentFault
from workloads.embedding.parsing.docx import parse_docx

LIMIT = 1 << 24


def docx() -> bytes:
    document = open_docx()
    document.core_properties.author = "A. Writer"
    document.core_properties.title = ""
    document.add_heading("Guide", 1)
    document.add_paragraph("Some words.")
    document.add_paragraph("")
    document.add_heading("Install", 2)
    document.add_paragraph("one", style="List Bullet")
    document.add_paragraph("two", style="List Number")
    document.add_paragraph("def f():", style="macro")
    document.add_paragraph("    return 1", style="macro")
    table = document.add_table(rows=2, cols=3)
    for number, cell in enumerate(table.rows[0].cells):
        cell.text = f"head\n{number}"
    merged = table.cell(1, 0).merge(table.cell(1, 1))
    merged.text = "wide"
    table.cell(1, 2).text = "last"
    document.add_paragraph("The end.")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_blocks_follow_the_styles() -> None:
    parsed = parse_docx(docx(), LIMIT)
    assert [(block.kind, parsed.text[block.start : block.end], block.level) for block in parsed.blocks] == [
        ("heading", "Guide", 1),
        ("paragraph", "Some words.", 0),
        ("heading", "Install", 2),
        ("list", "- one\n- two", 0),
        ("code", "def f():\n    return 1", 0),
        ("table", "head 0 | head 1 | head 2\nwide | last", 0),
        ("paragraph", "The end.", 0),
    ]
    assert parsed.metadata["title"] == "Guide"
    assert parsed.metadata["author"] == "A. Writer"


def test_a_zip_bomb_is_skipped_before_it_is_expanded() -> None:
    bomb = zipped(**{"word/document.xml": b"\0" * (LIMIT + 1)})
    assert len(bomb) < LIMIT / 500
    with pytest.raises(DocumentFault, match=r"expands to 17 MiB; source\.max_document_mib allows 16") as caught:
        parse_docx(bomb, LIMIT)
    assert caught.value.fate == "skipped"


def test_an_archive_that_lies_about_its_size_expands_no_further() -> None:
    bomb = bytearray(zipped(**{"word/document.xml": b"\0" * (LIMIT + 1)}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = bomb.index(signature) + offset
        bomb[at : at + 4] = (100).to_bytes(4, "little")
    with pytest.raises(DocumentFault, match="no readable DOCX"):
        parse_docx(bytes(bomb), LIMIT)


def test_an_archive_of_very_many_files_is_skipped() -> None:
    with pytest.raises(DocumentFault, match="archive of 10001 files"):
        parse_docx(zipped(**{str(number): b"" for number in range(10_001)}), LIMIT)


def test_entities_are_not_expanded() -> None:
    with zipfile.ZipFile(io.BytesIO(docx())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    entity = b'<!DOCTYPE x [<!ENTITY a "boom"><!ENTITY b "&a;&a;&a;">]>'
    head, _, rest = parts["word/document.xml"].partition(b"?>")
    parts["word/document.xml"] = head + b"?>" + entity + rest.replace(b"Some words.", b"Some &b;words.")
    assert "boom" not in parse_docx(zipped(**parts), LIMIT).text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 100, "encrypted, or of Word's format before 2007"),
        (b"no archive", "no readable DOCX"),
        (zipped(a=b"x"), "no readable DOCX"),
        (docx()[:-500], "no readable DOCX"),
    ],
    ids=["old or encrypted", "no archive", "another archive", "cut short"],
)
def test_what_can_not_be_read_fails_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(DocumentFault, match=reason) as caught:
        parse_docx(data, LIMIT)
    assert caught.value.fate == "failed"
