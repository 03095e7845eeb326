"""A store that fails at a chosen call: a process that dies, or an engine that goes away, between any two calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Literal, TypeVar

from workloads.embedding.records import CollectionSpec, Head, Hit, Point, Vector
from workloads.embedding.stores.port import VectorStore, Where

Result = TypeVar("Result")


class Killed(BaseException):
    """The process dies here: not an Exception, so that nothing handles it but `finally`."""


class FaultyStore:
    """Any store, whose `at`-th call (from 0) raises `fault()`: before it does anything, or after it did it all.

    `calls` lists the names of the calls so far, the faulty one included. With `forever`, every call from there on
    fails, as with an engine that is down. `before_call(name)` is called ahead of each, to look on or to change the
    world in between.
    """

    engine: ClassVar[str] = "pgvector"
    has_hybrid: ClassVar[bool] = True

    def __init__(
        self,
        store: VectorStore,
        at: int | None = None,
        *,
        when: Literal["before", "after"] = "before",
        fault: Callable[[], BaseException] = Killed,
        forever: bool = False,
        before_call: Callable[[str], None] | None = None,
    ) -> None:
        self.store = store
        self.calls: list[str] = []
        vars(self).update(engine=store.engine, has_hybrid=store.has_hybrid)  # in the way of the class's own
        self._at = at
        self._when = when
        self._fault = fault
        self._forever = forever
        self._before_call = before_call

    def create(self, spec: CollectionSpec) -> None:
        self._call("create", lambda: self.store.create(spec))

    def spec(self, name: str) -> CollectionSpec | None:
        return self._call("spec", lambda: self.store.spec(name))

    def names(self) -> list[str]:
        return self._call("names", self.store.names)

    def drop(self, name: str) -> None:
        self._call("drop", lambda: self.store.drop(name))

    def upsert(self, name: str, points: Sequence[Point]) -> None:
        self._call("upsert", lambda: self.store.upsert(name, points))

    def delete(self, name: str, where: Where) -> None:
        self._call("delete", lambda: self.store.delete(name, where))

    def search(
        self, name: str, vector: Vector, limit: int, where: Where | None = None, *, exact: bool = False
    ) -> list[Hit]:
        return self._call("search", lambda: self.store.search(name, vector, limit, where, exact=exact))

    def hybrid(self, name: str, vector: Vector, text: str, limit: int, where: Where | None = None) -> list[Hit]:
        return self._call("hybrid", lambda: self.store.hybrid(name, vector, text, limit, where))

    def count(self, name: str, where: Where | None = None) -> int:
        return self._call("count", lambda: self.store.count(name, where))

    def export(self, name: str, where: Where | None = None) -> Iterator[Point]:
        return self._call("export", lambda: self.store.export(name, where))

    def put_heads(self, name: str, heads: Sequence[Head]) -> None:
        self._call("put_heads", lambda: self.store.put_heads(name, heads))

    def heads(self, name: str, documents: Sequence[str] | None = None) -> Iterator[Head]:
        return self._call("heads", lambda: self.store.heads(name, documents))

    def delete_heads(self, name: str, documents: Sequence[str]) -> None:
        self._call("delete_heads", lambda: self.store.delete_heads(name, documents))

    def point_alias(self, alias: str, name: str) -> None:
        self._call("point_alias", lambda: self.store.point_alias(alias, name))

    def alias(self, alias: str) -> str | None:
        return self._call("alias", lambda: self.store.alias(alias))

    def drop_alias(self, alias: str) -> None:
        self._call("drop_alias", lambda: self.store.drop_alias(alias))

    def close(self) -> None:
        self.store.close()

    def _call(self, name: str, act: Callable[[], Result]) -> Result:
        turn = len(self.calls)
        self.calls.append(name)
        if self._before_call is not None:
            self._before_call(name)
        fails = self._at is not None and (turn == self._at or (self._forever and turn > self._at))
        if fails and self._when == "before":
            raise self._fault()
        result = act()
        if fails:
            raise self._fault()
        return result
