"""What a run says of answers with labels: of versions, groups, one class, late, missing and contradicting labels.

The data are played, with seeds.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score

from tests.workloads.quality.played import NOW, answers, healthy, labels, of, put, ran, settings

pytestmark = pytest.mark.xdist_group("drift")


def test_quality_is_that_of_sklearn_for_all_and_for_each_group(tmp_path: Path) -> None:
    healthy(tmp_path, right=0.8)
    result = ran(tmp_path)
    given = pd.read_parquet(tmp_path / "predictions/before.parquet")
    both = given.merge(pd.read_parquet(tmp_path / "feedback/given.parquet")[["id", "label"]], on="id")
    for group, rows in (("all", both), ("language=de", both[both.language == "de"])):
        truth, said = rows["label"] == "spam", rows["prediction"] == "spam"
        found = of(result, group)
        assert found.rows == len(rows)
        assert found.measures == pytest.approx(
            {
                "accuracy": accuracy_score(truth, said),
                "precision": precision_score(truth, said),
                "recall": recall_score(truth, said),
                "f1": f1_score(truth, said),
            }
        )


def test_a_group_that_fares_worse_is_seen(tmp_path: Path) -> None:
    healthy(tmp_path)
    given = pd.read_parquet(tmp_path / "predictions/before.parquet")
    good, bad = labels(given, right=0.95), labels(given, right=0.7)
    put(tmp_path / "feedback", "given", good.where(given["language"] != "fr", bad))
    result = ran(tmp_path)
    assert of(result, "language=fr").measures["accuracy"] < 0.8
    assert of(result, "language=en").measures["accuracy"] > 0.9


def test_without_a_positive_class_measures_are_the_mean_over_classes(tmp_path: Path) -> None:
    healthy(tmp_path)
    result = ran(tmp_path, settings(tmp_path, feedback={"positive": None}))
    given = pd.read_parquet(tmp_path / "predictions/before.parquet")
    both = given.merge(pd.read_parquet(tmp_path / "feedback/given.parquet")[["id", "label"]], on="id")
    assert of(result).measures["recall"] == pytest.approx(
        recall_score(both["label"], both["prediction"], average="macro")
    )


def test_each_version_has_its_own_quality(tmp_path: Path) -> None:
    healthy(tmp_path)
    newer = answers(600, hours=10, until=NOW - timedelta(hours=30), seed=5, version="v2")
    put(tmp_path / "predictions", "newer", newer)
    put(tmp_path / "feedback", "newer", labels(newer, right=0.6))
    result = ran(tmp_path)
    assert of(result, version="v2").measures["accuracy"] < 0.7
    assert of(result, version="v1").measures["accuracy"] > 0.85


def test_labels_that_come_late_are_said_to_and_drift_stands(tmp_path: Path) -> None:
    healthy(tmp_path)
    given = pd.read_parquet(tmp_path / "feedback/given.parquet")
    put(tmp_path / "feedback", "given", given[given["time"] < pd.Timestamp(NOW - timedelta(hours=60))])
    result = ran(tmp_path)
    assert set(result.conditions) == {"feedback_late"}
    assert len(result.drift) == 4
    assert result.feedback["unlabelled"] > 1000


def test_labels_of_answers_that_are_too_young_wait(tmp_path: Path) -> None:
    healthy(tmp_path)
    now = pd.read_parquet(tmp_path / "predictions/now.parquet")
    put(tmp_path / "feedback", "young", labels(now, right=0.0, hours=0))
    result = ran(tmp_path)
    assert result.conditions == {}
    assert result.feedback["young"] == 1000
    assert of(result).rows == 2000
    assert of(result).measures["accuracy"] > 0.85


def test_no_labels(tmp_path: Path) -> None:
    healthy(tmp_path)
    (tmp_path / "feedback/given.parquet").unlink()
    result = ran(tmp_path)
    assert set(result.conditions) == {"feedback_missing"}
    assert result.quality == ()
    assert result.useful


def test_too_few_labels_say_nothing_of_quality(tmp_path: Path) -> None:
    healthy(tmp_path)
    given = pd.read_parquet(tmp_path / "feedback/given.parquet")
    put(tmp_path / "feedback", "given", given.head(60))
    result = ran(tmp_path)
    assert result.conditions["too_few_labels"] == "version v1: 60 of the 100 labelled answers that are needed"
    assert result.quality == ()


def test_labels_of_one_class_leave_undefined_measures_out(tmp_path: Path) -> None:
    healthy(tmp_path)
    given = pd.read_parquet(tmp_path / "feedback/given.parquet")
    put(tmp_path / "feedback", "given", given.assign(label="ham"))
    result = ran(tmp_path)
    assert result.conditions == {"single_class_labels": "version v1: all 2000 are ham"}
    measures = of(result).measures
    assert set(measures) == {"accuracy", "precision", "f1"}, "no answer was spam: its recall is undefined, not 0"
    assert measures["precision"] == 0


def test_answers_and_labels_of_one_class(tmp_path: Path) -> None:
    healthy(tmp_path)
    before = pd.read_parquet(tmp_path / "predictions/before.parquet").assign(prediction="ham")
    put(tmp_path / "predictions", "before", before)
    put(tmp_path / "feedback", "given", labels(before, right=1.0).assign(label="ham"))
    result = ran(tmp_path)
    assert {"single_class_labels", "single_class_predictions"} <= set(result.conditions)
    assert of(result).measures == {"accuracy": 1.0}


def test_a_positive_class_that_is_nowhere_is_said(tmp_path: Path) -> None:
    healthy(tmp_path)
    result = ran(tmp_path, settings(tmp_path, feedback={"positive": "Spam"}))
    assert result.conditions == {"positive_class_missing": "no label or answer is Spam; there are ham, spam"}
    assert set(of(result).measures) == {"accuracy"}


def test_of_many_versions_the_largest_are_told(tmp_path: Path) -> None:
    healthy(tmp_path)
    before = pd.read_parquet(tmp_path / "predictions/before.parquet")
    before["version"] = [f"build-{number % 25}" for number in range(1900)] + ["main"] * 100
    put(tmp_path / "predictions", "before", before)
    result = ran(tmp_path, settings(tmp_path, feedback={"least_rows": 10}, groups={"columns": []}))
    assert result.conditions == {"groups_left_out": "6 of 26 versions"}
    assert len(result.quality) == 20
    assert of(result, version="main").rows == 100


def test_small_groups_are_left_out_and_said(tmp_path: Path) -> None:
    healthy(tmp_path)
    result = ran(tmp_path, settings(tmp_path, groups={"least_rows": 300}))
    assert result.conditions == {"groups_left_out": "version v1: 1 of 3 groups of language"}
    assert {one.group for one in result.quality} == {"all", "language=de", "language=en"}


def test_many_groups_are_cut_to_the_largest(tmp_path: Path) -> None:
    healthy(tmp_path)
    result = ran(tmp_path, settings(tmp_path, groups={"most": 1}))
    assert {one.group for one in result.quality} == {"all", "language=en"}


def test_rows_without_a_group_are_a_group(tmp_path: Path) -> None:
    healthy(tmp_path)
    before = pd.read_parquet(tmp_path / "predictions/before.parquet")
    before.loc[before["language"] == "fr", "language"] = None
    put(tmp_path / "predictions", "before", before)
    assert of(ran(tmp_path), "language=unknown").rows > 100


def test_the_last_of_several_labels_counts(tmp_path: Path) -> None:
    healthy(tmp_path, right=0.0)
    before = pd.read_parquet(tmp_path / "predictions/before.parquet")
    put(tmp_path / "feedback", "corrected", labels(before, right=1.0, hours=2))
    result = ran(tmp_path)
    assert of(result).measures["accuracy"] == 1.0
    assert result.feedback["conflicting"] == 2000


def test_an_answer_that_was_written_twice_is_counted_once(tmp_path: Path) -> None:
    healthy(tmp_path)
    before = pd.read_parquet(tmp_path / "predictions/before.parquet")
    put(tmp_path / "predictions", "again", before.head(500))
    assert of(ran(tmp_path)).rows == 2000


def test_labels_that_name_no_answer_are_said(tmp_path: Path) -> None:
    healthy(tmp_path)
    given = pd.read_parquet(tmp_path / "feedback/given.parquet")
    strangers = given.assign(id="x" + given["id"])
    put(tmp_path / "feedback", "given", pd.concat([given.head(200), strangers]))
    result = ran(tmp_path)
    assert result.conditions["unmatched_feedback"] == "2000 of 2200 labels name no answer"
    assert of(result).rows == 200


def test_ids_may_be_numbers_on_one_side_and_texts_on_the_other(tmp_path: Path) -> None:
    healthy(tmp_path)
    before = pd.read_parquet(tmp_path / "predictions/before.parquet").assign(id=range(2000))
    put(tmp_path / "predictions", "before", before)
    given = labels(before)
    put(tmp_path / "feedback", "given", given.assign(id=given["id"].astype(str)))
    assert of(ran(tmp_path)).rows == 2000
