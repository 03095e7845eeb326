"""Small charts, written by the tests themselves: no upstream chart is in this repository."""

import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from rehearsal.cluster.toolchain import Toolchain

CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  colour: {{ .Values.colour | quote }}
"""

DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things.example.org
"""


@pytest.fixture(scope="session")
def helm(tools: Toolchain) -> Path:
    """The toolchain's helm."""
    return tools.helm


def write_chart(
    folder: Path, files: Mapping[str, str] | None = None, *, name: str = "tiny", version: str = "1.2.3"
) -> Path:
    """A chart with one ConfigMap, and with the files given by path."""
    chart = folder / name
    content: dict[str, str] = {
        "Chart.yaml": yaml.safe_dump({"apiVersion": "v2", "name": name, "version": version}),
        "values.yaml": "colour: red\n",
        "templates/config.yaml": CONFIG_MAP,
        **(files or {}),
    }
    for path, text in content.items():
        (chart / path).parent.mkdir(parents=True, exist_ok=True)
        (chart / path).write_text(text, encoding="utf-8")
    return chart


def package(folder: Path, *, name: str = "tiny", version: str = "1.2.3", called: str = "") -> Path:
    """A chart's package in a folder, under its own name or another."""
    folder.mkdir(parents=True, exist_ok=True)
    built = folder / ".build"
    chart = write_chart(built, name=name, version=version)
    path = folder / (called or f"{name}-{version}.tgz")
    with tarfile.open(path, "w:gz") as archive:
        archive.add(chart, arcname=name)
    shutil.rmtree(built)
    return path


def stand_in_helm(folder: Path, script: str) -> Path:
    """A program in helm's place, which notes each call in `calls`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "helm"
    path.write_text(f'#!/bin/sh\necho "$@" >> {folder}/calls\n{script}\n', encoding="utf-8")
    path.chmod(0o755)
    return path


def helm_values(helm: Path, folder: Path, *files: Path) -> Any:
    """What a chart sees as its values, with the files given to helm in order."""
    chart = write_chart(
        folder,
        {
            "values.yaml": "default: {kept: 0, other: 1}\n",
            "templates/config.yaml": "values: {{ .Values | toJson }}\n",
        },
    )
    flags = [flag for file in files for flag in ("--values", str(file))]
    command = [helm, "template", str(chart), *flags]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own helm and chart
    return yaml.safe_load(done.stdout)["values"]
