"""Of a page what a reader sees is kept, with its structure."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads.embedding.faults import DocumentFault
from workloads.embedding.parsing.html import parse_html
from workloads.embedding.parsing.parsed import Parsed

PAGE = """<!doctype html><html lang="en"><head><title>The
 guide</title><meta name="Author" content="A. Writer"><style>p{}</style></head><body>
<nav><a href="/">Home</a></nav><h1>Guide<a name="x"></a></h1><p>Some <b>bold</b>ly put words.<br>More.</p>
<script>alert(1)</script><!-- a comment --><h2>Install</h2><ul><li>one<ul><li>inner</li></ul></li>
<li><p>two</p></li></ul>
<pre><code>def f():
    return 1</code></pre>
<table><caption>Sizes</caption><thead><tr><th>a<th>b</thead><tr><td>1<br>2</td><td>x &amp; y</td></tr></table>
<table><tr><td><h2>Layout</h2>words in a cell</td></tr></table>tail<img alt="A picture">
</body></html>"""
_TAGS = (
    "<p> </p> <div> <table> <tr> <td> </table> <li> </ul> <pre> </pre> <h1> </h2> <br> <svg> </svg> <b> </b> <script>"
)
PIECES = st.sampled_from([*_TAGS.split(), "&amp;", "&#0;", "word", "é", "<!--", ">"])


def page(text: str) -> Parsed:
    return parse_html(text.encode(), 1 << 20)


def found(parsed: Parsed) -> list[tuple[str, str, int]]:
    return [(block.kind, parsed.text[block.start : block.end], block.level) for block in parsed.blocks]


def test_blocks_of_a_page() -> None:
    assert found(page(PAGE)) == [
        ("heading", "Guide", 1),
        ("paragraph", "Some boldly put words. More.", 0),
        ("heading", "Install", 2),
        ("list", "- one\n- inner\n- two", 0),
        ("code", "def f():\n    return 1", 0),
        ("table", "Sizes\na | b\n1 2 | x & y", 0),
        ("heading", "Layout", 2),
        ("paragraph", "words in a cell", 0),
        ("paragraph", "tail A picture", 0),
    ]


def test_what_the_page_says_of_itself_is_metadata() -> None:
    assert page(PAGE).metadata == {"title": "The guide", "language": "en", "author": "A. Writer"}
    assert page("<h1>Only a heading</h1>").metadata == {"title": "Only a heading"}


def test_a_declared_encoding_is_followed() -> None:
    text = '<meta charset="iso-8859-2"><p>Zażółć gęślą jaźń</p>'
    parsed = parse_html(text.encode("iso-8859-2"), 1 << 20)
    assert parsed.text == "Zażółć gęślą jaźń"
    assert parsed.metadata["encoding"] == "iso8859-2"


def test_an_xml_declaration_with_an_encoding_does_no_harm() -> None:
    text = '<?xml version="1.0" encoding="iso-8859-1"?><html><p>é</p></html>'
    assert parse_html(text.encode("iso-8859-1"), 1 << 20).text == "é"


def test_a_page_nested_beyond_every_recursion_is_read() -> None:
    depth = 2000
    assert page("<div>" * depth + "deep" + "</div>" * depth).text == "deep"


def test_a_page_nested_deeper_than_the_parser_reads_fails_and_loses_nothing_silently() -> None:
    with pytest.raises(DocumentFault, match="nests elements deeper"):
        page("<div>" * 3000 + "deep")


def test_a_page_without_text_gives_none() -> None:
    for text in ("", " ", "<html></html>", "<script>x</script>", "<!-- x -->"):
        assert page(text).text == ""


@given(st.lists(PIECES, max_size=40).map(" ".join))
@settings(max_examples=150, deadline=None)
def test_any_soup_of_tags_gives_blocks_in_order(text: str) -> None:
    parsed = page(text)
    end = 0
    for block in parsed.blocks:
        assert end <= block.start < block.end <= len(parsed.text)
        end = block.end


@pytest.mark.parametrize(
    "declared",
    ["zip", "hex", "rot13", "idna", "punycode", "undefined", "unicode_escape", "utf-7", "utf-16", "UTF-16LE", "utf-32"],
)
def test_a_declaration_that_can_not_be_meant_is_not_followed(declared: str) -> None:
    """Among them codecs that would raise, and UTF-16, which makes nonsense of a page that is plainly bytes."""
    page = f'<html><head><meta charset="{declared}"></head><body><p>\\u0041 +AGEAYg- naïve</p></body></html>'
    for padding in range(4):
        assert parse_html(page.encode() + b" " * padding, 1 << 20).text == "\\u0041 +AGEAYg- naïve"
