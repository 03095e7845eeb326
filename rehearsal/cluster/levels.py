"""The order in which the engine would make resources: levels, each of which needs none but those before it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rehearsal.plan import Resource


def levels(wanted: Sequence[Resource], everything: Iterable[Resource]) -> list[list[Resource]]:
    """Return the wanted resources in levels; what they depend on by way of others counts too.

    Nothing that the program leaves to chance is put in order here: what needs another and does not say so may come
    before it, as under the engine.
    """
    registrations = {resource.registration.urn: resource.registration for resource in everything}
    counted = {resource.registration.urn for resource in wanted}
    depths: dict[str, int] = {}

    def depth(urn: str) -> int:
        """Return how many wanted resources stand one behind the other up to this one."""
        if urn not in depths:
            depths[urn] = 0  # the engine allows no circle; this is not to hang on one
            registration = registrations.get(urn)
            before = max((depth(each) for each in registration.dependencies), default=0) if registration else 0
            depths[urn] = before + (urn in counted)
        return depths[urn]

    found: dict[int, list[Resource]] = {}
    for resource in wanted:
        found.setdefault(depth(resource.registration.urn), []).append(resource)
    return [found[level] for level in sorted(found)]
