"""Ids with what the tokenizer puts around them are what the tokenizer itself would give."""

from __future__ import annotations

from tokenizers import Tokenizer

from tests.workloads.embedding.numpy_minilm import MODEL
from workloads.embedding.embedders.special_tokens import plain, surroundings


def test_surroundings_are_what_the_tokenizer_adds() -> None:
    packaged = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    tokenizer = plain(packaged)
    before, after = surroundings(tokenizer)
    assert (before, after) == ([101], [102])
    text = "many words " * 200
    assert tokenizer.encode(text).ids == [*before, *tokenizer.encode(text, add_special_tokens=False).ids, *after]
    assert len(tokenizer.encode(text).ids) == 402
    assert len(packaged.encode(text).ids) == 128  # the packaged one is left as it was
