"""Globs take what a shell would take with globstar."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads.embedding.settings import SourceSettings
from workloads.embedding.sources.patterns import Patterns
from workloads.faults import InputError


def takes(path: str, *include: str, exclude: tuple[str, ...] = ()) -> bool:
    return Patterns(SourceSettings(uri="x", include=include, exclude=exclude)).take(path)


@pytest.mark.parametrize(
    ("pattern", "taken", "left"),
    [
        ("**/*", ["a", "a.md", "a/b/c.md"], [".git/config", "a/.hidden", ".env"]),
        ("*.md", ["a.md"], ["a/b.md", ".a.md", "a.mdx", "A.MD"]),
        ("**/*.md", ["a.md", "a/b.md", "a/b/c.md"], ["a.txt", ".a/b.md"]),
        ("docs/**", ["docs/a", "docs/a/b.c"], ["docs", "docs-old/a", "docs/.git/a"]),
        ("docs/**/guide.*", ["docs/guide.md", "docs/a/b/guide.txt"], ["docs/aguide.md"]),
        ("a?c", ["abc"], ["ac", "a/c", "abbc"]),
        ("[a-c]1[!x]", ["b1y"], ["d1y", "b1x", "b1/"]),
        ("a+(b).md", ["a+(b).md"], ["aab.md"]),
        (".github/**", [".github/a.md"], ["github/a.md", ".github/.x"]),
        ("a[&&b].md", ["a&.md", "ab.md"], ["a[.md"]),
    ],
)
def test_what_a_pattern_takes(pattern: str, taken: list[str], left: list[str]) -> None:
    assert [path for path in taken if not takes(path, pattern)] == []
    assert [path for path in left if takes(path, pattern)] == []


def test_what_is_excluded_is_left_out_again_hidden_or_not() -> None:
    assert takes("a/b.md", "**/*", exclude=("drafts/**", "*.tmp"))
    assert not takes("drafts/b.md", "**/*", exclude=("drafts/**",))
    assert not takes(".github/.x/a", ".github/.x/*", exclude=("**/.x/**",))


def test_several_patterns_take_what_one_of_them_takes_and_none_nothing() -> None:
    assert takes("a.md", "*.txt", "*.md")
    assert not takes("a.md")


def test_a_pattern_that_is_none_is_named() -> None:
    with pytest.raises(InputError, match=r"source\.include: '\[z-a\]\.md': bad character range"):
        takes("a", "[z-a].md")


@given(st.text(alphabet="ab/.*?[]!-\\^(", max_size=12), st.text(alphabet="ab/.", max_size=12))
@settings(deadline=None)
def test_any_pattern_is_taken_or_named(pattern: str, path: str) -> None:
    with suppress(InputError):
        takes(path, pattern)
