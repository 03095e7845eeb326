"""Evidently's pages of a run: one of drift, one of quality. For looking at; the metrics come from all rows."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from workloads.quality.evidently_import import quiet_import
from workloads.quality.settings import QualitySettings
from workloads.quality.tables import Frame

_A_PAIR: Final = 2


def drift_page(reference: Frame, current: Frame, settings: QualitySettings, rows: int) -> str | None:
    """Return the page with each column of now beside the reference's; None where no column has values in both."""
    with quiet_import():
        from evidently import DataDefinition, Dataset, Report  # noqa: PLC0415 - four seconds, which only pages need
        from evidently.presets import DataDriftPreset  # noqa: PLC0415 - as above

    predictions = settings.predictions
    numbers = [*predictions.numerical, *([predictions.score] if predictions.score is not None else [])]
    classes = [*predictions.categorical, predictions.prediction]
    shown = [name for name in (*numbers, *classes) if reference[name].notna().any() and current[name].notna().any()]
    if not shown:
        return None
    definition = DataDefinition(
        numerical_columns=[name for name in numbers if name in shown],
        categorical_columns=[name for name in classes if name in shown],
    )
    drift = settings.drift
    preset = DataDriftPreset(
        columns=shown,
        num_method=drift.numerical,
        cat_method=drift.categorical,
        num_threshold=drift.threshold,
        cat_threshold=drift.threshold,
        per_column_threshold={name: value for name, value in drift.thresholds.items() if name in shown},
    )
    windows = [
        Dataset.from_pandas(_sample(frame, shown, rows), data_definition=definition) for frame in (current, reference)
    ]
    return _html(Report([preset]), *windows)


def quality_page(labelled: Frame, settings: QualitySettings, rows: int) -> str | None:
    """Return the page of labelled answers; None where there are not two classes to tell apart."""
    with quiet_import():
        from evidently import (  # noqa: PLC0415 - four seconds, which only pages need
            BinaryClassification,
            DataDefinition,
            Dataset,
            MulticlassClassification,
            Report,
        )
        from evidently.presets import ClassificationPreset  # noqa: PLC0415 - as above

    prediction = settings.predictions.prediction
    sample = _sample(labelled[labelled[prediction].notna()], ["label", prediction], rows)
    classes = sorted({*sample["label"], *sample[prediction]})
    if sample["label"].nunique() < _A_PAIR:
        return None
    task: Any = MulticlassClassification(target="label", prediction_labels=prediction)
    if len(classes) == _A_PAIR:
        # Told that it is of many classes, Evidently looks for one named 1.
        positive = settings.feedback.positive if settings.feedback is not None else None
        positive = positive if positive in classes else classes[0]
        task = BinaryClassification(target="label", prediction_labels=prediction, pos_label=positive)
    definition = DataDefinition(
        classification=[task],
        categorical_columns=["label", prediction],
    )
    return _html(Report([ClassificationPreset()]), Dataset.from_pandas(sample, data_definition=definition), None)


def _html(report: Any, current: Any, reference: Any) -> str:
    with warnings.catch_warnings():
        # Of sklearn and pandas, on classes that a sample has too few of; the figures are Evidently's own.
        warnings.simplefilter("ignore")
        return str(report.run(current, reference).get_html_str(as_iframe=False))


def _sample(frame: Frame, columns: Sequence[str], rows: int) -> Frame:
    """Return some rows, the same ones each time, with classes as texts."""
    picked = (
        frame if len(frame) <= rows else frame.iloc[np.random.default_rng(0).choice(len(frame), rows, replace=False)]
    )
    return pd.DataFrame(
        {
            name: picked[name].astype(object) if isinstance(picked[name].dtype, pd.CategoricalDtype) else picked[name]
            for name in columns
        }
    ).reset_index(drop=True)
