"""`python -m observability.dashboards`: write every dashboard's JSON into the chart that deploys it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from observability.dashboards.library import render

FOLDER = Path(__file__).resolve().parents[2] / "charts" / "monitoring" / "dashboards"


def main() -> None:
    """Write what changed, and remove what no dashboard stands behind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    files = render()
    for stale in sorted({path.name for path in folder.glob("*.json")} - set(files)):
        (folder / stale).unlink()
        sys.stdout.write(f"removed {stale}\n")
    for name, text in files.items():
        path = folder / name
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            sys.stdout.write(f"wrote {name}\n")


if __name__ == "__main__":
    main()
