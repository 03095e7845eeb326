"""Windows hold what they promise for any text, and cut where a reader would."""

from __future__ import annotations

import random
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from tests.workloads.embedding.chunking.texts import ANY_TEXT, documents
from tests.workloads.embedding.chunking.tokenizers_at_hand import TOKENIZERS, minilm
from workloads.embedding.chunking import chunker as module
from workloads.embedding.chunking.chunker import Chunker, chunker_name
from workloads.embedding.parsing.markdown import parse_markdown
from workloads.embedding.records import Block, Chunk, Document
from workloads.embedding.settings import ChunkingSettings
from workloads.faults import InputError

READS = 254
NO_TOKENS = " \t\n\u200b"
SIZES = st.sampled_from([(16, 0), (16, 8), (24, 5), (64, 16), (512, 64)])


@cache
def chunker(tokens: int, overlap: int, kind: str) -> Chunker:
    return Chunker(TOKENIZERS[kind](), ChunkingSettings(tokens=tokens, overlap=overlap), READS)


def cut(document: Document, tokens: int = 64, overlap: int = 0, kind: str = "wordpiece") -> list[Chunk]:
    return list(chunker(tokens, overlap, kind).chunks(document))


@cache
def whole_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_str(minilm().to_str())
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    return tokenizer


def ids_of(text: str) -> list[int]:
    return whole_tokenizer().encode(text, add_special_tokens=False).ids


def markdown(text: str) -> Document:
    parsed = parse_markdown(text.encode(), len(text) * 4)
    return Document("guide.md", parsed.text, "digest", blocks=parsed.blocks)


def check_promises(document: Document, chunks: list[Chunk], tokens: int) -> None:
    covered = bytearray(len(document.text))
    for place, chunk in enumerate(chunks):
        assert chunk.ordinal == place
        assert chunk.text == document.text[chunk.start : chunk.end] == chunk.text.strip() != ""
        assert 1 <= len(chunk.token_ids) <= tokens
        covered[chunk.start : chunk.end] = b"\1" * (chunk.end - chunk.start)
    for before, behind in pairwise(chunks):
        assert before.start <= behind.start
        assert before.end <= behind.end
        assert before.text != behind.text or before.start < behind.start
    if chunks:
        lost = [at for at, seen in enumerate(covered) if not seen and not document.text[at].isspace()]
        assert not lost


@pytest.mark.parametrize("kind", TOKENIZERS)
@given(document=documents() | ANY_TEXT, size=SIZES)
@settings(max_examples=60, deadline=None)
def test_windows_cover_the_text_in_order_and_never_exceed_their_size(
    kind: str, document: Document, size: tuple[int, int]
) -> None:
    check_promises(document, cut(document, *size, kind), size[0])


@given(document=documents(), size=SIZES)
@settings(max_examples=60, deadline=None)
def test_without_overlap_the_ids_are_those_of_the_text_each_once(document: Document, size: tuple[int, int]) -> None:
    assert [token for chunk in cut(document, size[0], 0) for token in chunk.token_ids] == ids_of(document.text)


@given(document=documents(), size=SIZES)
@settings(max_examples=60, deadline=None)
def test_a_window_repeats_at_most_the_overlap(document: Document, size: tuple[int, int]) -> None:
    chunks = cut(document, *size)
    for before, behind in pairwise(chunks):
        shared = document.text[behind.start : max(before.end, behind.start)]
        assert len(ids_of(shared)) <= size[1]


@given(document=documents(), size=st.sampled_from([(16, 8), (64, 16)]))
@settings(max_examples=100, deadline=None)
def test_no_window_has_a_part_of_a_code_block_or_table_that_fits(document: Document, size: tuple[int, int]) -> None:
    chunks = cut(document, *size)
    for block in document.blocks:
        words = document.text[block.start : block.end]
        fits = 0 < len(ids_of(words)) <= size[0] and len(words) <= size[0] * 32
        if block.kind in ("code", "table") and fits:
            start = block.start + len(words) - len(words.lstrip(NO_TOKENS))
            end = block.start + len(words.rstrip(NO_TOKENS))
            holding = [chunk for chunk in chunks if chunk.start < end and chunk.end > start]
            assert holding
            assert all(chunk.start <= start and end <= chunk.end for chunk in holding)


@pytest.mark.parametrize("overlap", [0, 64])
def test_a_long_text_is_cut_as_if_it_were_in_memory_as_a_whole(overlap: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(7)  # noqa: S311 - text to cut, no secret
    words = ["lorem", "ipsum", "dolor", "sit", "amet,", "consectetur.", "Adipiscing", "elit?", "Sed", "do"]
    text = "\n\n".join(" ".join(chance.choices(words, k=chance.randint(5, 300))) for _ in range(900))
    document = Document("long", text, "digest")
    whole = cut(document, 512, overlap)
    monkeypatch.setattr(module, "_PART", 1)  # then a part is 16 windows
    assert len(text) > 3 * 16 * 512 * 8
    parts = cut(document, 512, overlap)
    assert parts == whole
    check_promises(document, parts, 512)


def test_overlap_repeats_the_end_of_the_window_before_from_a_sentence_on() -> None:
    text = " ".join(f"Sentence number {number} says little." for number in range(60))
    chunks = cut(Document("a", text, "d"), 64, 16)
    for before, behind in pairwise(chunks):
        shared = before.text[behind.start - before.start :]
        assert shared.startswith("Sentence number")
        assert behind.text.startswith(shared)
        repeated = len(ids_of(shared))
        assert 0 < repeated <= 16
        assert before.token_ids[-repeated:] == behind.token_ids[:repeated]


def test_windows_end_at_sections_where_one_begins_in_their_second_half() -> None:
    section = "Some words that fill a section of this text. " * 4
    document = markdown(f"# Guide\n\n{section}\n\n## Install\n\n{section}\n\n## Use\n\n{section}\n")
    chunks = cut(document, 64)
    assert [chunk.heading for chunk in chunks] == ["Guide", "Guide > Install", "Guide > Use"]
    assert [chunk.text.splitlines()[0] for chunk in chunks] == ["# Guide", "## Install", "## Use"]


def test_a_heading_is_not_left_behind_by_its_text() -> None:
    filler = "Some words that fill the window almost to its end, but for a few. " * 3
    document = markdown(f"{filler}\n\n## Install\n\n" + "A sentence that does not fit into the rest. " * 3)
    chunks = cut(document, 64)
    assert all(not chunk.text.endswith("## Install") for chunk in chunks)
    assert any(chunk.text.startswith("## Install") for chunk in chunks)


def test_headings_in_a_row_are_not_parted() -> None:
    filler = "Some words that fill the window almost to its end, but for a few. " * 3
    document = markdown(f"{filler}\n\n# Guide\n\n## Install\n\n" + "A sentence that does not fit into the rest. " * 3)
    chunks = cut(document, 64)
    assert all("## Install" in chunk.text for chunk in chunks if "# Guide" in chunk.text)


def test_a_section_that_begins_early_in_a_window_does_not_end_it() -> None:
    document = markdown("# Guide\n\nShort.\n\n## Install\n\n" + "Some words that go on for a while. " * 40)
    first, *_ = cut(document, 64)
    assert len(first.token_ids) > 32


def test_the_headings_of_a_window_stand_in_a_row_that_begins_it() -> None:
    document = markdown("# Guide\n\n## Install\n\n### From source\n\nWords.\n")
    assert [chunk.heading for chunk in cut(document)] == ["Guide > Install > From source"]


def test_windows_end_between_sentences_and_not_at_abbreviations() -> None:
    sentence = "Dr. Smith met Prof. Lee in St. James street, e.g. on Monday."
    text = " ".join([sentence] * 20)
    for chunk in cut(Document("a", text, "d"), 64, 0):
        assert chunk.text.startswith("Dr. Smith")
        assert chunk.text.endswith("Monday.")


def test_a_table_longer_than_a_window_is_cut_between_its_rows() -> None:
    rows = [f"| row {number} | some value | another value |" for number in range(60)]
    text = "\n".join(["| a | b | c |", "|---|---|---|", *rows])
    for chunk in cut(markdown(text), 64, 16):
        assert all(line in text.splitlines() for line in chunk.text.splitlines())


def test_code_longer_than_a_window_is_cut_between_its_lines() -> None:
    lines = [f"    value_{number} = compute({number}, flag=True)" for number in range(60)]
    text = "\n".join(["```python", *lines, "```"])
    written = [line.strip() for line in text.splitlines()]
    for chunk in cut(markdown(text), 64, 16):
        assert all(line.strip() in written for line in chunk.text.splitlines())


def test_the_tokenizer_of_the_model_neither_cuts_nor_pads_nor_reads_special_tokens() -> None:
    assert minilm().truncation is not None, "the packaged tokenizer cuts; if it no longer does, this proves nothing"
    text = "word " * 400 + "[SEP] [CLS] [PAD]"
    [chunk] = cut(Document("a", text, "d"), 512)
    assert list(chunk.token_ids) == ids_of(text)
    assert len(chunk.token_ids) > 400
    special = {minilm().token_to_id(name) for name in ("[SEP]", "[CLS]", "[PAD]")}
    assert not special & set(chunk.token_ids)
    assert minilm().truncation is not None, "the embedder's own tokenizer is left as it was"


@pytest.mark.parametrize("character", ["x", " ", "\U0001f600", "東", "\u200b", "\x1b"])
def test_one_line_without_end_gives_windows_of_bounded_text(character: str) -> None:
    document = Document("line", "start " + character * 100_000 + " end", "d")
    chunks = cut(document, 64, 16)
    check_promises(document, chunks, 64)
    if not character.isspace() and character.isprintable():
        assert max(len(chunk.text) for chunk in chunks) <= max(64 * 32, 8192) + 6


def test_a_text_of_nothing_that_the_tokenizer_knows_gives_no_window() -> None:
    assert cut(Document("a", "\u200b\u200b \u200b", "d")) == []
    assert cut(Document("a", " \n ", "d")) == []
    assert cut(Document("a", "", "d")) == []


def test_bytes_of_one_character_may_lie_in_two_windows_and_the_character_in_both() -> None:
    document = Document("a", "\U0001f600" * 40, "d")
    check_promises(document, cut(document, 17, 0, "byte-level"), 17)


def test_windows_longer_than_the_model_reads_are_refused_where_the_settings_say_so() -> None:
    refuse = ChunkingSettings(tokens=512, long_windows="refuse")
    with pytest.raises(InputError, match=r"chunking\.tokens: 512: the model reads 254 .* at most 254, .* pool"):
        Chunker(minilm(), refuse, READS)
    assert Chunker(minilm(), ChunkingSettings(tokens=254, long_windows="refuse"), READS).name == "blocks-1/254/64"


def test_the_name_says_version_sizes_and_whether_vectors_are_pooled() -> None:
    assert chunker_name(ChunkingSettings(), READS) == "blocks-1/512/64/pool"
    assert chunker_name(ChunkingSettings(), 512) == "blocks-1/512/64"
    assert chunker_name(ChunkingSettings(long_windows="refuse"), 512) == "blocks-1/512/64"


def test_the_same_document_is_cut_the_same_way_every_time() -> None:
    document = Document("a", "Some words. " * 500, "d", blocks=(Block("paragraph", 0, 3000),))
    assert cut(document) == cut(document)
