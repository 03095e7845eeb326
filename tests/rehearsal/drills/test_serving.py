"""How many replicas serve at every moment, on lives made by hand."""

from __future__ import annotations

from rehearsal.drills.serving import Series, series
from rehearsal.drills.timeline import PodLife


def life(ready: float | None, gone: float | None = None) -> PodLife:
    return PodLife("u", "p", "serving", "chat", {}, 0, ready=ready, gone=gone)


def of(*lives: PodLife) -> Series:
    return series(lives, lambda pod: pod.ready, lambda pod: pod.gone)


def test_a_gap_between_going_and_coming() -> None:
    seen = of(life(0), life(0, 5), life(290))
    assert (seen.before, seen.fewest, seen.back_at()) == (2, 1, 290)
    assert seen.seconds_below(2) == 285
    assert seen.seconds_below(1) == 0


def test_a_replacement_that_is_there_in_time_leaves_no_gap() -> None:
    seen = of(life(0, 5), life(5))
    assert (seen.fewest, seen.back_at()) == (1, 0)


def test_what_never_comes_back_is_never_back() -> None:
    seen = of(life(0, 5), life(None))
    assert (seen.before, seen.fewest, seen.back_at()) == (1, 0, None)


def test_back_is_for_good() -> None:
    assert of(life(0), life(0, 5), life(10, 20), life(30)).back_at() == 30


def test_a_model_without_pods_has_none() -> None:
    assert (of().before, of().fewest, of().back_at()) == (0, 0, 0)
