"""What a tokenizer puts around a text, so that windows of ids can be given to a model without encoding them again."""

from __future__ import annotations

from tokenizers import Tokenizer


def plain(tokenizer: Tokenizer) -> Tokenizer:
    """Return a copy that neither truncates nor pads; packaged tokenizers often do both."""
    copy = Tokenizer.from_str(tokenizer.to_str())
    copy.no_truncation()
    copy.no_padding()
    return copy


def surroundings(tokenizer: Tokenizer) -> tuple[list[int], list[int]]:
    """Return the special tokens before and after a text, such as `[CLS]` and `[SEP]`."""
    probe = "a"
    bare = tokenizer.encode(probe, add_special_tokens=False).ids
    dressed = tokenizer.encode(probe).ids
    for start in range(len(dressed) - len(bare) + 1):
        if dressed[start : start + len(bare)] == bare:
            return dressed[:start], dressed[start + len(bare) :]
    return dressed, []
