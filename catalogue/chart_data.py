"""The data files of the model server chart that come from the catalogue: `python -m catalogue.chart_data [--check]`."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import typer
import yaml

from catalogue.data_file import display_name
from catalogue.instance_types import load_instance_catalogue
from catalogue.memory_figures import MODEL_MEMORY_FILE, load_memory_figures
from catalogue.model_memory import by_size, gpu_mib

CHART_FILES: Final = Path(__file__).parent.parent / "charts" / "model-server" / "files"
GENERATED: Final = "# Generated from catalogue/{source}: `python -m catalogue.chart_data` writes it, do not edit.\n"


def instance_types_text() -> str:
    """files/instance-types.yaml: the GPU types that models are placed on, the smallest first."""
    catalogue = load_instance_catalogue()
    figures = load_memory_figures()
    types: dict[str, object] = {}
    for kind in by_size(catalogue.instance_types.values()):
        accelerator = kind.accelerator
        if accelerator is None or accelerator.name not in figures.compute_capability:
            raise ValueError(f"{kind.name}: {MODEL_MEMORY_FILE.name} has no compute capability of its GPU")
        types[kind.name] = {
            "gpu": accelerator.name,
            "gpus": kind.gpus,
            "gpu_mib": gpu_mib(kind),
            "capability": figures.compute_capability[accelerator.name],
            "usd_per_hour": kind.on_demand_usd_per_hour,
        }
    content = {"as_of": catalogue.date.isoformat(), "order": list(types), "types": types}
    return GENERATED.format(source="instance-types.yaml and catalogue/model-memory.yaml") + _dump(content)


def model_memory_text() -> str:
    """files/model-memory.yaml: the figures of the estimate."""
    content = load_memory_figures().model_dump(mode="json")
    return GENERATED.format(source=MODEL_MEMORY_FILE.name) + _dump(content)


def chart_files() -> dict[Path, str]:
    """Every generated file of the chart with the text that it should have."""
    return {
        CHART_FILES / "instance-types.yaml": instance_types_text(),
        CHART_FILES / "model-memory.yaml": model_memory_text(),
    }


def stale_files() -> list[Path]:
    """The generated files that are missing or differ from the catalogue."""
    return [path for path, text in chart_files().items() if not path.exists() or path.read_text("utf-8") != text]


def chart_data(
    *, check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 when a file is stale.")] = False
) -> None:
    """Write the chart's copies of the catalogue."""
    try:
        texts = chart_files()
        for path in stale_files():
            if check:
                typer.echo(f"{display_name(path)}: stale, run `python -m catalogue.chart_data`", err=True)
                raise typer.Exit(1)
            path.write_text(texts[path], encoding="utf-8")
            typer.echo(f"{display_name(path)}: written")
    except (ValueError, OSError) as error:
        typer.echo(f"chart_data: {error}", err=True)
        raise typer.Exit(1) from error


def _dump(content: Mapping[str, object]) -> str:
    return yaml.safe_dump(dict(content), sort_keys=False, width=120, default_flow_style=None)


if __name__ == "__main__":
    sys.exit(typer.run(chart_data))
