"""What tells a changed chart of ours from the same one: Helm compares values and the version, never the files."""

import hashlib
from functools import cache
from pathlib import Path

from catalogue.charts import VALUES_FOLDER

CHARTS_FOLDER = VALUES_FOLDER.parent / "charts"
CHART_SUFFIXES = (".json", ".py", ".tpl", ".txt", ".yaml")
"""Of the files that make a chart; what an editor or Python leaves beside them is no change of it."""


@cache
def chart_digest(folder: Path) -> str:
    """Twelve hexadecimal digits that change with the chart's files, and with nothing else on the machine."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in CHART_SUFFIXES):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]
