"""What the quality run is measured against: Evidently's own reports of the same files. Prints each column's score."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import pandas as pd

from workloads.quality.evidently_import import quiet_import

with quiet_import():
    from evidently import BinaryClassification, DataDefinition, Dataset, Report
    from evidently.presets import ClassificationPreset, DataDriftPreset


def main(folder: Path, numbers: list[str], classes: list[str], *, page: bool) -> None:
    """Report drift of the columns and the quality of the labelled answers."""
    columns = [*numbers, *classes, "prediction"]
    shape = DataDefinition(numerical_columns=numbers, categorical_columns=[*classes, "prediction"])
    current, reference = (
        Dataset.from_pandas(pd.read_parquet(folder / name, columns=columns), data_definition=shape)
        for name in ("predictions/now.parquet", "reference/set.parquet")
    )
    preset = DataDriftPreset(columns=columns, num_method="wasserstein", cat_method="jensenshannon")
    run: Any = Report([preset]).run(current, reference)
    if page:
        run.get_html_str(as_iframe=False)
    found = {
        metric["config"]["column"]: float(metric["value"])
        for metric in run.dict()["metrics"]
        if "column" in metric["config"]
    }
    del current, reference, run
    answers = pd.read_parquet(folder / "predictions/now.parquet", columns=["id", "prediction"])
    labels = pd.read_parquet(folder / "feedback/given.parquet", columns=["id", "label"])
    both = answers.merge(labels, on="id")
    task = BinaryClassification(target="label", prediction_labels="prediction", pos_label="spam")
    shape = DataDefinition(classification=[task], categorical_columns=["label", "prediction"])
    judged: Any = Report([ClassificationPreset()]).run(Dataset.from_pandas(both, data_definition=shape), None)
    if page:
        judged.get_html_str(as_iframe=False)
    print(json.dumps(found))  # noqa: T201 - read by the benchmark


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(Path(sys.argv[1]), sys.argv[2].split(","), sys.argv[3].split(","), page=sys.argv[4] == "page")
