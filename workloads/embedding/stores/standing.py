"""Which collections of a store stand, under the names that its callers use: to be read, or written to as well."""

from __future__ import annotations

from workloads.embedding.faults import StoreError
from workloads.embedding.records import CollectionSpec
from workloads.embedding.stores.port import VectorStore


class Standing:
    """Collections of a store that keeps no transaction around a look-up and a write."""

    def __init__(self, store: VectorStore) -> None:
        self._store = store
        self._known: dict[str, CollectionSpec] = {}

    def has(self, name: str) -> bool:
        """Whether there is a collection of this name; an alias is none."""
        spec = self._store.spec(name)
        return spec is not None and spec.name == name

    def readable(self, name: str) -> CollectionSpec:
        """Return the collection of a name or an alias; `StoreError` where there is none."""
        spec = self._store.spec(name)
        if spec is None:
            there = ", ".join(self._store.names()) or "none"
            raise StoreError(f"{self._store.engine}: {name}: no such collection; there are: {there}")
        return spec

    def writable(self, name: str) -> CollectionSpec:
        """Return the collection of a name, asked for once; `StoreError` where there is none, or for an alias."""
        if name not in self._known:
            spec = self.readable(name)
            if spec.name != name:
                raise StoreError(
                    f"{self._store.engine}: {name}: is an alias of {spec.name}; only collections can be written to"
                )
            self._known[name] = spec
        return self._known[name]

    def forget(self, name: str) -> None:
        """Look a collection up again before it is written to."""
        self._known.pop(name, None)
