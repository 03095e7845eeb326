"""How many replicas of a model serve at every moment, in simulated time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rehearsal.drills.timeline import PodLife


@dataclass(frozen=True)
class Series:
    """Ready pods of a model: how many from when on, from the moment 0."""

    points: Sequence[tuple[float, int]]

    @property
    def before(self) -> int:
        """How many were ready when the drill began."""
        return self.points[0][1]

    @property
    def fewest(self) -> int:
        """How few there ever were."""
        return min(count for _, count in self.points)

    def back_at(self) -> float | None:
        """Return when as many serve again as before, for good; None when that was not seen, 0 when it never changed."""
        if self.points[-1][1] < self.before:
            return None
        at = 0.0
        for (_, count), (later, _) in zip(self.points, self.points[1:], strict=False):
            if count < self.before:
                at = later
        return at

    def seconds_below(self, floor: int) -> float:
        """Return for how long fewer than `floor` were ready."""
        pairs = zip(self.points, self.points[1:], strict=False)
        return sum(later - at for (at, count), (later, _) in pairs if count < floor)


def series(
    pods: Iterable[PodLife], ready_at: Callable[[PodLife], float | None], left_at: Callable[[PodLife], float | None]
) -> Series:
    """Return a model's series from the lives of its pods; what was ready at the beginning is so from 0 on."""
    steps: dict[float, int] = {0.0: 0}
    for pod in pods:
        begin, end = ready_at(pod), left_at(pod)
        if begin is None or (end is not None and end <= begin):
            continue
        steps[begin] = steps.get(begin, 0) + 1
        if end is not None:
            steps[end] = steps.get(end, 0) - 1
    points: list[tuple[float, int]] = []
    count = 0
    for at in sorted(steps):
        count += steps[at]
        points.append((at, count))
    return Series(points)
