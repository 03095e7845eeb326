"""The model server chart rendered with real helm, as a test wants to look at it."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "charts" / "model-server"
HELM_VALUES = ROOT / "helm-values"
ENGINES = ("vllm", "tgi", "triton", "tensorflow-serving", "bentoml", "ray-serve", "fastapi")
KUBERNETES = "1.35.0"
NAMESPACE = "serving"

Manifest = dict[str, Any]


class RenderRefusedError(Exception):
    """What helm says when it does not render."""


@dataclass(frozen=True)
class Rendered:
    """The objects of one render."""

    manifests: list[Manifest] = field(repr=False)

    def kinds(self) -> list[str]:
        """Kind of every object, sorted."""
        return sorted(manifest["kind"] for manifest in self.manifests)

    def one(self, kind: str, name: str | None = None) -> Manifest:
        """The only object of the kind (and name)."""
        found = [m for m in self.manifests if m["kind"] == kind and (name is None or m["metadata"]["name"] == name)]
        assert len(found) == 1, f"{len(found)} of {kind} {name or ''}"
        return found[0]

    def pod(self, name: str | None = None) -> Manifest:
        """Pod template of the Deployment."""
        return self.one("Deployment", name)["spec"]["template"]

    def container(self, name: str | None = None) -> Manifest:
        """The engine's container."""
        containers = self.pod(name)["spec"]["containers"]
        assert len(containers) == 1
        return containers[0]


@dataclass(frozen=True)
class Chart:
    """charts/model-server, rendered by `helm`; what was rendered once is kept."""

    helm: Path
    kept: dict[str, str] = field(default_factory=dict[str, str], compare=False, repr=False)

    def text(
        self,
        engine: str,
        values: Mapping[str, Any] | None = None,
        *,
        kubernetes: str = KUBERNETES,
        release: str = "qwen",
    ) -> str:
        """What helm prints with the engine's values file and these values over it; raises RenderRefusedError."""
        with tempfile.TemporaryDirectory() as folder:
            over = Path(folder) / "over.yaml"
            over.write_text(json.dumps(dict(values or {})), encoding="utf-8")
            command: Sequence[str | Path] = (
                self.helm, "template", release, CHART, "--namespace", NAMESPACE, "--kube-version", kubernetes,
                "--values", HELM_VALUES / engine / "values.yaml", "--values", over,
            )  # fmt: skip
            ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own helm
        if ran.returncode:
            raise RenderRefusedError(ran.stderr)
        return ran.stdout

    def render(self, engine: str = "vllm", values: Mapping[str, Any] | None = None, **options: str) -> Rendered:
        """The objects; options as of `text`."""
        asked = json.dumps([engine, values, options])
        if asked not in self.kept:
            self.kept[asked] = self.text(engine, values, **options)
        documents = yaml.load_all(self.kept[asked], Loader=yaml.CSafeLoader)
        return Rendered([document for document in documents if document])
