"""Labels beside the answers that they are about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from workloads.quality.result import Fate
from workloads.quality.tables import Column, Frame


@dataclass(frozen=True, kw_only=True, slots=True)
class Joined:
    """Answers with labels."""

    frame: Frame
    """Rows of the answers that have a label and a prediction, with the column `label`"""
    fates: Mapping[Fate, int]


def joined(answers: Frame, labels: Frame, *, label: str, until: datetime) -> Joined:
    """Return the answers before a time that have a label; of several labels of one the last that was given counts.

    `young` are those with a label that are not yet judged; `conflicting` those whose labels differ among each
    other, which are `matched` as well.
    """
    given = labels[(labels["id"] != 0) & labels[label].notna()]
    conflicting: Column = given["id"].iloc[:0]
    if given["id"].duplicated().any():
        differing = given.groupby("id", sort=False, observed=True)[label].nunique()
        conflicting = differing[differing > 1].index
        given = given.sort_values("time", kind="stable").drop_duplicates("id", keep="last")
    frame = answers[answers["id"] != 0].merge(
        given[["id", label]].rename(columns={label: "label"}), on="id", how="inner", validate="one_to_one"
    )
    old = frame["time"] < until
    frame, young = frame[old].reset_index(drop=True), int((~old).sum())
    fates: dict[Fate, int] = {
        "matched": len(frame),
        "young": young,
        "unmatched": len(given) - len(frame) - young,
        "conflicting": int(frame["id"].isin(conflicting).sum()),
        "unlabelled": int((answers["time"] < until).sum()) - len(frame),
    }
    return Joined(frame=frame, fates=fates)
