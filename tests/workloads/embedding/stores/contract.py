"""What every vector store does, as tests: a class that takes a fixture `store`, which is empty and of any engine.

It does not prove durability, nor what a cluster of several nodes does.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.workloads.embedding.memory_store import MemoryStore
from tests.workloads.embedding.stores.points import DIMENSION, NAME, clustered, direction, point, spec
from workloads.embedding.faults import DimensionError, MetricError, RefusedPointsError, StoreError
from workloads.embedding.records import Head, Metric, Point, Scalar, chunk_id
from workloads.embedding.sources.source import LONGEST_KEY
from workloads.embedding.stores.port import VectorStore, Where

AWKWARD = (
    "plain",
    "it's; DROP TABLE points; --",
    'with "double" quotes',
    "back\\slash",
    "100% %s {} $1 :x",
    "ключ/鍵/🔑",
    "a.b[0].c",
    " leading and trailing ",
    "line\nbreak\ttab",
    "*?[x]",
)
"""Keys and values that would show where one is put into a query as text."""


def ordinals(points: Sequence[Point]) -> list[int]:
    return sorted(one.ordinal for one in points)


DOCUMENTS = ("a.md", "b.md", "c.md")
Write = Callable[[VectorStore], None]


def _small(document: str, ordinal: int, text: str) -> Point:
    metadata = {"even": ordinal % 2 == 0}
    return point(document, ordinal, version="v", text=text, vector=direction(1, len(text)), metadata=metadata)


def _upsert(points: list[Point]) -> Write:
    return lambda store: store.upsert(NAME, points)


def _delete(documents: list[str]) -> Write:
    return lambda store: store.delete(NAME, {"document": documents, "ordinal": [0, 1]})


def _put_heads(heads: list[Head]) -> Write:
    return lambda store: store.put_heads(NAME, heads)


def _delete_heads(documents: list[str]) -> Write:
    return lambda store: store.delete_heads(NAME, documents)


SOME = st.sampled_from(DOCUMENTS)
POINTS = st.lists(st.builds(_small, SOME, st.integers(0, 3), st.sampled_from(["", "x", "xx"])), max_size=6)
HEADS = st.lists(st.builds(Head, SOME, st.sampled_from(["v", "w"]), st.integers(0, 9)), max_size=4)
WRITES: st.SearchStrategy[Write] = st.one_of(
    st.builds(_upsert, POINTS),
    st.builds(_delete, st.lists(SOME, max_size=3)),
    st.builds(_put_heads, HEADS),
    st.builds(_delete_heads, st.lists(SOME, max_size=3)),
)
READS: list[Callable[[VectorStore], object]] = [
    lambda store: sorted((one.id, one.text, one.metadata["even"]) for one in store.export(NAME)),
    lambda store: store.count(NAME),
    lambda store: store.count(NAME, {"document": "b.md", "even": False}),
    lambda store: sorted(store.heads(NAME), key=lambda head: head.document),
]


class StoreContract:
    """The suite; a subclass runs it on the `store` of its module."""

    # Collections

    def test_collection_stands_as_it_was_made(self, store: VectorStore) -> None:
        asked = spec(metric="dot", hnsw_m=12, hnsw_ef_construction=64)
        store.create(asked)
        assert store.spec(NAME) == asked
        assert store.names() == [NAME]

    def test_equal_collection_is_left_as_it_is(self, store: VectorStore) -> None:
        store.create(spec())
        store.upsert(NAME, [point()])
        store.create(spec())
        assert store.count(NAME) == 1

    def test_collection_with_another_dimension_is_refused(self, store: VectorStore) -> None:
        store.create(spec())
        with pytest.raises(DimensionError, match=rf"{NAME}.*\b8\b.*\b16\b"):
            store.create(spec(dimension=16))
        assert store.spec(NAME) == spec()

    @pytest.mark.parametrize(
        "change",
        [{"metric": "euclidean"}, {"model": "another"}, {"revision": "another"}, {"chunker": "blocks-2/512/64/pool"}],
        ids=lambda change: next(iter(change)),
    )
    def test_collection_of_another_kind_is_refused(self, store: VectorStore, change: dict[str, str]) -> None:
        store.create(spec())
        with pytest.raises(MetricError, match=next(iter(change.values()))):
            store.create(spec(**change))
        assert store.spec(NAME) == spec()

    def test_longest_name_works(self, store: VectorStore) -> None:
        name = "a" + "_b9" * 15 + "_z"
        assert len(name) == 48
        store.create(spec(name))
        store.upsert(name, [point()])
        store.put_heads(name, [Head("guide.md", "1", 1)])
        assert (store.names(), store.count(name)) == ([name], 1)

    @pytest.mark.parametrize("name", ["", "x" * 49, "Docs", "1docs", "docs-1", "docs;drop", "docs.1", "dôcs", "a b"])
    def test_name_that_some_engine_refuses_is_refused(self, store: VectorStore, name: str) -> None:
        with pytest.raises(StoreError, match="lower-case letters"):
            store.create(spec(name))
        assert store.names() == []

    def test_names_are_sorted_and_without_aliases(self, store: VectorStore) -> None:
        for name in ("zebra", "apple", "mango"):
            store.create(spec(name))
        store.point_alias("fruit", "apple")
        assert store.names() == ["apple", "mango", "zebra"]

    def test_missing_collection_is_named(self, store: VectorStore) -> None:
        assert store.spec("missing") is None
        for call in (
            lambda: store.upsert("missing", [point()]),
            lambda: store.delete("missing", {"document": "x"}),
            lambda: store.search("missing", direction(1), 3),
            lambda: store.count("missing"),
            lambda: list(store.export("missing")),
            lambda: store.put_heads("missing", [Head("x", "1", 1)]),
            lambda: list(store.heads("missing")),
            lambda: store.delete_heads("missing", ["x"]),
            lambda: store.point_alias("docs", "missing"),
        ):
            with pytest.raises(StoreError, match="missing"):
                call()

    def test_dropped_collection_is_gone_with_all_it_had(self, store: VectorStore) -> None:
        store.create(spec())
        store.upsert(NAME, [point()])
        store.put_heads(NAME, [Head("guide.md", "1", 1)])
        store.point_alias("docs", NAME)
        store.drop(NAME)
        assert (store.spec(NAME), store.names(), store.alias("docs")) == (None, [], None)
        store.drop(NAME)
        store.create(spec(dimension=16))
        assert store.count(NAME) == 0
        assert list(store.heads(NAME)) == []

    # Points

    def test_point_comes_back_as_it_was_written(self, store: VectorStore) -> None:
        store.create(spec())
        written = point(
            "s3://bucket/führer/ガイド.md",
            3,
            text="Zeile 1\n\tline 2 \u2028 🙂 'quoted' \"twice\" \\ %s",
            heading="Install > From source",
            metadata={"title": "Ünï", "pages": 12, "ratio": 0.25, "draft": False, "year": -1},
        )
        store.upsert(NAME, [written])
        (found,) = store.export(NAME)
        assert found.vector.dtype == np.float32
        assert np.allclose(found.vector, written.vector, atol=1e-6)
        assert replace(found, vector=written.vector) == written
        assert {key: type(value) for key, value in found.metadata.items()} == {
            key: type(value) for key, value in written.metadata.items()
        }
        (hit,) = store.search(NAME, written.vector, 1)
        fields = ("id", "document", "version", "ordinal", "text", "heading", "metadata")
        assert {name: getattr(hit, name) for name in fields} == {name: getattr(written, name) for name in fields}

    def test_text_with_nul_is_kept(self, store: VectorStore) -> None:
        store.create(spec())
        store.upsert(NAME, [point(text="a\0b", metadata={"title": "c\0d"})])
        (found,) = store.export(NAME)
        assert found.text.replace("\0", "\ufffd") == "a\ufffdb"
        assert str(found.metadata["title"]).replace("\0", "\ufffd") == "c\ufffdd"

    def test_same_point_twice_is_one(self, store: VectorStore) -> None:
        store.create(spec())
        for _ in range(2):
            store.upsert(NAME, [point(ordinal=number) for number in range(3)])
        assert store.count(NAME) == 3

    def test_point_takes_the_place_of_one_with_its_id(self, store: VectorStore) -> None:
        store.create(spec())
        first = point(text="before", metadata={"only": "before"})
        store.upsert(NAME, [first])
        store.upsert(NAME, [replace(first, text="after", vector=direction(0, 1), metadata={})])
        (found,) = store.export(NAME)
        assert (found.text, found.metadata) == ("after", {})
        assert store.search(NAME, direction(0, 1), 1)[0].score == pytest.approx(1, abs=1e-4)

    def test_of_equal_ids_in_one_call_the_last_counts(self, store: VectorStore) -> None:
        store.create(spec())
        store.upsert(NAME, [point(text=text) for text in ("first", "second", "last")])
        assert [found.text for found in store.export(NAME)] == ["last"]

    def test_no_points_are_no_fault(self, store: VectorStore) -> None:
        store.create(spec())
        store.upsert(NAME, [])
        store.put_heads(NAME, [])
        store.delete_heads(NAME, [])
        assert (store.count(NAME), list(store.export(NAME)), store.search(NAME, direction(1), 5)) == (0, [], [])

    def test_vector_of_another_length_writes_nothing(self, store: VectorStore) -> None:
        store.create(spec())
        wrong = point("other.md", vector=direction(1, dimension=DIMENSION + 1))
        with pytest.raises(DimensionError, match=rf"{NAME}.*\b8\b"):
            store.upsert(NAME, [point(), wrong])
        assert store.count(NAME) == 0
        with pytest.raises(DimensionError, match=rf"{NAME}.*\b8\b"):
            store.search(NAME, wrong.vector, 1)

    def test_point_that_no_room_is_for_is_refused_before_anything_is_written(self, store: VectorStore) -> None:
        """Pinecone and Milvus have limits; the others keep what is larger than any chunk."""
        store.create(spec())
        large = point("large.md", text="鍵" * 30_000)
        refused: Mapping[str, str] = {}
        try:
            store.upsert(NAME, [point(), large])
        except RefusedPointsError as error:
            refused = error.reasons
        kept = {found.text for found in store.export(NAME)}
        if store.engine in ("milvus", "pinecone"):
            assert ({*refused}, kept) == ({large.id}, set())
            assert f"{store.engine} takes" in refused[large.id].lower()
        else:
            assert (refused, kept) == ({}, {"a text", large.text})

    def test_batch_larger_than_any_request(self, store: VectorStore) -> None:
        store.create(spec())
        count = 2_500
        vectors = clustered(count, DIMENSION)
        text = "long text " * 40
        store.upsert(NAME, [point(ordinal=number, vector=vectors[number], text=text) for number in range(count)])
        assert store.count(NAME) == count
        seen = Counter(found.id for found in store.export(NAME))
        assert set(seen.values()) == {1}
        assert len(seen) == count

    def test_written_points_are_found_at_once(self, store: VectorStore) -> None:
        store.create(spec())
        for number in range(5):
            store.upsert(NAME, [point(ordinal=number, vector=direction(*[0] * number, 1))])
            assert store.search(NAME, direction(*[0] * number, 1), 1)[0].ordinal == number

    # Deleting

    def test_delete_takes_what_matches(self, store: VectorStore) -> None:
        store.create(spec())
        store.upsert(NAME, [point(document, number) for document in ("a.md", "b.md", "c.md") for number in range(3)])
        store.delete(NAME, {"document": ["a.md", "b.md"], "ordinal": 1})
        assert store.count(NAME) == 7
        store.delete(NAME, {"document": "a.md"})
        assert Counter(found.document for found in store.export(NAME)) == {"b.md": 2, "c.md": 3}
        store.delete(NAME, {"document": "a.md"})
        assert store.count(NAME) == 5

    def test_delete_of_older_versions(self, store: VectorStore) -> None:
        store.create(spec())
        store.upsert(NAME, [point(version=version, ordinal=n) for version in ("1", "2", "3") for n in range(2)])
        store.delete(NAME, {"document": "guide.md", "version": ["1", "2"]})
        assert {found.version for found in store.export(NAME)} == {"3"}

    def test_delete_without_filter_is_refused(self, store: VectorStore) -> None:
        store.create(spec())
        store.upsert(NAME, [point()])
        with pytest.raises(ValueError, match="drop"):
            store.delete(NAME, {})
        store.delete(NAME, {"document": []})
        assert store.count(NAME) == 1

    # Filters

    @pytest.mark.parametrize(
        ("where", "matching"),
        [
            ({"lang": "de"}, [0, 3]),
            ({"lang": ["de", "fr"]}, [0, 2, 3]),
            ({"lang": []}, []),
            ({"lang": "xx"}, []),
            ({"none": "de"}, []),
            ({"pages": 7}, [1]),
            ({"pages": [7, 9, 11]}, [1, 3]),
            ({"ratio": 0.5}, [2]),
            ({"ratio": [0.5, -1.25]}, [2, 3]),
            ({"draft": True}, [0]),
            ({"draft": False}, [1, 2]),
            ({"draft": [True, False]}, [0, 1, 2]),
            ({"lang": "de", "pages": 9}, [3]),
            ({"lang": "de", "pages": 7}, []),
            ({"document": "doc-1"}, [1]),
            ({"document": ["doc-1", "doc-2"], "lang": ["fr", "de"]}, [2]),
            ({"ordinal": [0, 2]}, [0, 2]),
            ({"ordinal": 1, "document": "doc-1", "version": "v"}, [1]),
            ({"ordinal": [1.0, 2.5, "2", True, 2**80, 1e300]}, [1]),
            ({"pages": [7.0, 2**80]}, [1]),
            ({"version": "w"}, []),
            ({"lang": 7}, []),
            ({"pages": "7"}, []),
        ],
        ids=str,
    )
    def test_filter(self, store: VectorStore, where: Where, matching: list[int]) -> None:
        store.create(spec())
        metadata: list[dict[str, Scalar]] = [
            {"lang": "de", "pages": 5, "draft": True},
            {"lang": "en", "pages": 7, "draft": False},
            {"lang": "fr", "ratio": 0.5, "draft": False},
            {"lang": "de", "pages": 9, "ratio": -1.25},
        ]
        store.upsert(NAME, [point(f"doc-{n}", n, version="v", metadata=kept) for n, kept in enumerate(metadata)])
        assert sorted(hit.ordinal for hit in store.search(NAME, direction(1), 10, where)) == matching
        assert sorted(hit.ordinal for hit in store.search(NAME, direction(1), 10, where, exact=True)) == matching
        assert store.count(NAME, where) == len(matching)
        assert ordinals(list(store.export(NAME, where))) == matching

    def test_awkward_keys_and_values_are_taken_as_they_are(self, store: VectorStore) -> None:
        store.create(spec())
        documents = [f"{number} {text}" for number, text in enumerate(AWKWARD)]
        store.upsert(
            NAME,
            [
                point(document, number, version="v", text=document, metadata={"value": text, "key": "x"})
                for number, (document, text) in enumerate(zip(documents, AWKWARD, strict=True))
            ],
        )
        store.put_heads(NAME, [Head(document, "v", 1, source_tag=document) for document in documents])
        for number, (document, text) in enumerate(zip(documents, AWKWARD, strict=True)):
            assert ordinals(list(store.export(NAME, {"value": text}))) == [number]
            assert ordinals(list(store.export(NAME, {"document": document}))) == [number]
            assert list(store.heads(NAME, [document])) == [Head(document, "v", 1, source_tag=document)]
        store.delete(NAME, {"document": documents[:5]})
        store.delete_heads(NAME, documents[:5])
        assert ordinals(list(store.export(NAME))) == list(range(5, len(AWKWARD)))
        assert {head.document for head in store.heads(NAME)} == set(documents[5:])

    @pytest.mark.parametrize(
        "key", ["it's", 'a"b', "a.b", "a b", "x-amz-meta-owner", "ключ", "a\\b", "x[0]", "%s", "id"]
    )
    def test_awkward_metadata_key_can_be_filtered_by(self, store: VectorStore, key: str) -> None:
        store.create(spec())
        store.upsert(NAME, [point(ordinal=0, metadata={key: "yes"}), point(ordinal=1, metadata={key: "no"})])
        assert ordinals(list(store.export(NAME, {key: "yes"}))) == [0]
        assert [hit.ordinal for hit in store.search(NAME, direction(1), 5, {key: ["yes", "maybe"]})] == [0]
        assert [dict(found.metadata) for found in store.export(NAME, {key: "no"})] == [{key: "no"}]

    def test_longest_key_works(self, store: VectorStore) -> None:
        """Of random digits, as PostgreSQL presses together what repeats itself before it measures an index's entry."""
        document = np.random.default_rng(7).bytes(LONGEST_KEY // 2).hex()
        store.create(spec("a" * 48))
        store.upsert("a" * 48, [point(document)])
        store.put_heads("a" * 48, [Head(document, "1", 1)])
        assert [head.document for head in store.heads("a" * 48, [document])] == [document]
        assert [found.document for found in store.export("a" * 48, {"document": document})] == [document]

    def test_many_values_of_a_field(self, store: VectorStore) -> None:
        store.create(spec())
        store.upsert(NAME, [point(f"doc-{number}", number) for number in range(600)])
        assert store.count(NAME, {"document": [f"doc-{number}" for number in range(100, 600)]}) == 500

    # Searching

    @pytest.mark.parametrize(
        ("metric", "scores"),
        [("cosine", [1.0, 0.8, 0.6]), ("dot", [2.0, 1.6, 1.2]), ("euclidean", [-1.0, -1.342, -1.612])],
    )
    def test_nearest_come_first_and_scores_mean_the_same(
        self, store: VectorStore, metric: Metric, scores: list[float]
    ) -> None:
        store.create(spec(metric=metric))
        for number, leaning in enumerate([(0.8, 0.6), (1.0, 0.0), (0.6, 0.8)]):
            store.upsert(NAME, [point(ordinal=number, vector=direction(*leaning))])
        query = direction(1) * np.float32(2)
        for exact in (False, True):
            hits = store.search(NAME, query, 3, exact=exact)
            assert [hit.ordinal for hit in hits] == [1, 0, 2]
            assert [hit.score for hit in hits] == pytest.approx(scores, abs=2e-3)

    def test_limit_is_kept(self, store: VectorStore) -> None:
        store.create(spec())
        store.upsert(NAME, [point(ordinal=number) for number in range(20)])
        assert len(store.search(NAME, direction(1), 7)) == 7
        assert len(store.search(NAME, direction(1), 100)) == 20

    def test_index_finds_what_an_exact_search_finds(self, store: VectorStore) -> None:
        dimension, count = 32, 1_500
        store.create(spec(dimension=dimension))
        vectors = clustered(count, dimension)
        store.upsert(NAME, [point(ordinal=number, vector=vectors[number]) for number in range(count)])
        found = 0
        for query in clustered(10, dimension, seed=8):
            truth = set(np.argsort(-(vectors @ query))[:10].tolist())
            assert {hit.ordinal for hit in store.search(NAME, query, 10, exact=True)} == truth
            found += len(truth & {hit.ordinal for hit in store.search(NAME, query, 10)})
        assert found >= 90

    def test_rare_matches_of_a_filter_are_all_found(self, store: VectorStore) -> None:
        """An index that is walked first and filtered afterwards would come back with too few."""
        count = 1_500
        store.create(spec())
        vectors = clustered(count, DIMENSION)
        store.upsert(
            NAME,
            [
                point(f"doc-{n}", n, vector=vectors[n], metadata={"rare": "yes" if n % 150 == 0 else "no"})
                for n in range(count)
            ],
        )
        far = -vectors[1]
        assert len(store.search(NAME, far, 10, {"rare": "yes"})) == 10
        assert len(store.search(NAME, far, 400)) == 400

    def test_hybrid(self, store: VectorStore) -> None:
        store.create(spec())
        texts = ["how to install the operator", "pricing of instances", "the frobnicator explained", "a poem", "a song"]
        store.upsert(
            NAME,
            [
                point(f"doc-{n}", n, text=text, vector=direction(*[0] * n, 1), metadata={"even": n % 2 == 0})
                for n, text in enumerate(texts)
            ],
        )
        if not store.has_hybrid:
            with pytest.raises(StoreError, match=f"{store.engine}.*hybrid"):
                store.hybrid(NAME, direction(0, 1), "frobnicator", 2)
            return
        near_one = direction(0, 1)
        # By nearness 1 is first and by words 2: both come before everything else.
        hits = store.hybrid(NAME, near_one, "what is a frobnicator?", 2)
        assert {hit.ordinal for hit in hits} == {1, 2}
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        assert {hit.ordinal for hit in store.hybrid(NAME, near_one, "frobnicator", 5, {"even": True})} <= {0, 2, 4}
        assert store.hybrid(NAME, near_one, "frobnicator", 5, {"even": True})[0].ordinal == 2
        # No word matches, or there is none: nearness alone decides.
        for words in ("unheardofword", "", "'; -- ) & | !", '"unclosed'):
            assert store.hybrid(NAME, near_one, words, 1)[0].ordinal == 1

    # Heads

    def test_head_takes_the_place_of_the_documents_earlier_one(self, store: VectorStore) -> None:
        store.create(spec())
        store.put_heads(NAME, [Head("a.md", "1", 3, "etag-1"), Head("b.md", "1", 2)])
        store.put_heads(NAME, [Head("a.md", "2", 4, "etag-2")])
        expected = {Head("a.md", "2", 4, "etag-2"), Head("b.md", "1", 2)}
        assert set(store.heads(NAME)) == expected
        assert list(store.heads(NAME, ["a.md", "missing.md"])) == [Head("a.md", "2", 4, "etag-2")]
        assert list(store.heads(NAME, [])) == []

    def test_last_of_a_documents_heads_counts(self, store: VectorStore) -> None:
        store.create(spec())
        store.put_heads(NAME, [Head("a.md", "1", 1), Head("a.md", "2", 2)])
        assert list(store.heads(NAME)) == [Head("a.md", "2", 2)]

    def test_deleted_heads_are_gone(self, store: VectorStore) -> None:
        store.create(spec())
        store.put_heads(NAME, [Head("a.md", "1", 1), Head("b.md", "1", 1)])
        store.delete_heads(NAME, ["a.md", "missing.md"])
        assert [head.document for head in store.heads(NAME)] == ["b.md"]

    def test_document_without_chunks_has_a_head(self, store: VectorStore) -> None:
        store.create(spec())
        store.put_heads(NAME, [Head("empty.md", "1", 0)])
        assert list(store.heads(NAME)) == [Head("empty.md", "1", 0)]

    def test_heads_are_the_collections_own(self, store: VectorStore) -> None:
        for name in ("one", "two"):
            store.create(spec(name))
            store.put_heads(name, [Head("a.md", name, 1)])
        assert [head.version for head in store.heads("one")] == ["one"]
        store.delete_heads("one", ["a.md"])
        assert [head.version for head in store.heads("two")] == ["two"]

    def test_heads_are_no_points(self, store: VectorStore) -> None:
        store.create(spec())
        store.put_heads(NAME, [Head("a.md", "1", 1)])
        assert (store.count(NAME), list(store.export(NAME)), store.search(NAME, direction(1), 3)) == (0, [], [])
        store.upsert(NAME, [point("a.md", version="1")])
        store.delete(NAME, {"document": "a.md"})
        assert len(list(store.heads(NAME))) == 1

    def test_many_heads(self, store: VectorStore) -> None:
        store.create(spec())
        heads = [Head(f"docs/{number}.md", "1", 1, f"etag-{number}") for number in range(1_500)]
        store.put_heads(NAME, heads)
        assert sorted(store.heads(NAME), key=lambda head: int(head.source_tag[5:])) == heads
        some = [head.document for head in heads[::2]]
        assert len(list(store.heads(NAME, some))) == 750
        store.delete_heads(NAME, some)
        assert len(list(store.heads(NAME))) == 750

    def test_reader_sees_a_head_whole(self, store: VectorStore) -> None:
        """Whoever reads while heads are written sees the version before or after, with its own number of chunks."""
        store.create(spec())
        store.put_heads(NAME, [Head("a.md", "0", 0, "0")])
        torn: list[Head] = []
        missing: list[int] = []
        begun, done = threading.Event(), threading.Event()

        def read() -> None:
            while not done.is_set():
                seen = list(store.heads(NAME, ["a.md"]))
                missing.extend([1] if len(seen) != 1 else [])
                torn.extend(head for head in seen if not head.version == str(head.chunks) == head.source_tag)
                begun.set()

        reader = threading.Thread(target=read)
        reader.start()
        try:
            assert begun.wait(60)
            for number in range(1, 30):
                store.put_heads(NAME, [Head("a.md", str(number), number, str(number))])
        finally:
            done.set()
            reader.join()
        assert (torn, missing) == ([], [])

    # Aliases

    def test_alias_names_a_collection(self, store: VectorStore) -> None:
        store.create(spec())
        store.upsert(NAME, [point()])
        store.put_heads(NAME, [Head("guide.md", "1", 1)])
        assert (store.alias("docs"), store.spec("docs")) == (None, None)
        store.point_alias("docs", NAME)
        assert (store.alias("docs"), store.spec("docs")) == (NAME, spec())
        assert (store.count("docs"), len(store.search("docs", direction(1), 3)), len(list(store.export("docs")))) == (
            1,
        ) * 3
        assert len(list(store.heads("docs"))) == 1

    def test_alias_moves_in_one_step(self, store: VectorStore) -> None:
        for name, count in (("old", 2), ("new", 3)):
            store.create(spec(name))
            store.upsert(name, [point(name, number) for number in range(count)])
        store.point_alias("docs", "old")
        seen: set[int] = set()
        begun, done = threading.Event(), threading.Event()
        faults: list[Exception] = []

        def read() -> None:
            while not done.is_set():
                try:
                    seen.add(store.count("docs"))
                except Exception as error:  # whatever a reader would see
                    faults.append(error)
                begun.set()

        reader = threading.Thread(target=read)
        reader.start()
        try:
            assert begun.wait(60)
            for number in range(20):
                store.point_alias("docs", ("new", "old")[number % 2])
        finally:
            done.set()
            reader.join()
        assert (faults, seen - {2, 3}) == ([], set())
        assert seen
        store.point_alias("docs", "new")
        assert (store.alias("docs"), store.count("docs"), store.names()) == ("new", 3, ["new", "old"])

    def test_dropped_alias_leaves_the_collection(self, store: VectorStore) -> None:
        store.create(spec())
        store.point_alias("docs", NAME)
        store.drop_alias("docs")
        store.drop_alias("docs")
        assert (store.alias("docs"), store.names()) == (None, [NAME])

    def test_name_is_a_collections_or_an_aliases(self, store: VectorStore) -> None:
        store.create(spec())
        store.create(spec("other"))
        store.point_alias("docs", NAME)
        with pytest.raises(StoreError, match="other"):
            store.point_alias("other", NAME)
        with pytest.raises(StoreError, match="docs"):
            store.create(spec("docs"))
        assert store.names() == [NAME, "other"]

    def test_writing_takes_names_alone(self, store: VectorStore) -> None:
        store.create(spec())
        store.point_alias("docs", NAME)
        for call in (
            lambda: store.upsert("docs", [point()]),
            lambda: store.delete("docs", {"document": "x"}),
            lambda: store.put_heads("docs", [Head("x", "1", 1)]),
            lambda: store.delete_heads("docs", ["x"]),
        ):
            with pytest.raises(StoreError, match="docs"):
                call()
        store.drop("docs")
        assert (store.names(), store.alias("docs")) == ([NAME], NAME)

    @settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(writes=st.lists(WRITES, max_size=10))
    def test_any_sequence_of_writes_ends_as_in_a_dictionary(self, store: VectorStore, writes: list[Write]) -> None:
        store.drop(NAME)
        model = MemoryStore()
        for each in (store, model):
            each.create(spec())
            for write in writes:
                write(each)
        query, where = direction(1, 2), {"document": ["a.md", "b.md"], "even": True}
        for read in READS:
            assert read(store) == read(model)
        hits = store.search(NAME, query, 50, where)
        expected = model.search(NAME, query, 50, where)
        assert {hit.id for hit in hits} == {hit.id for hit in expected}
        assert [hit.score for hit in hits] == pytest.approx([hit.score for hit in expected], abs=2e-3)

    # Several at once

    def test_threads_share_a_store(self, store: VectorStore) -> None:
        store.create(spec())
        faults: list[Exception] = []

        def work(worker: int) -> None:
            try:
                for number in range(5):
                    store.upsert(NAME, [point(f"doc-{worker}", number)])
                    store.put_heads(NAME, [Head(f"doc-{worker}", str(number), number)])
                    assert store.count(NAME, {"document": f"doc-{worker}"}) == number + 1
            except Exception as error:
                faults.append(error)

        workers = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert (faults, store.count(NAME), len(list(store.heads(NAME)))) == ([], 20, 4)

    def test_ids_of_a_chunk_are_the_engines_ids(self, store: VectorStore) -> None:
        store.create(spec())
        written = point("a.md", 4, version="v")
        store.upsert(NAME, [written])
        (hit,) = store.search(NAME, direction(1), 1)
        assert hit.id == chunk_id("a.md", "v", 4)
