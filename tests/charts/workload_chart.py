"""A first-party chart of one program, rendered with real helm, as tests and golden files want to look at it."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from catalogue.charts import merge_values
from rehearsal.cluster.toolchain import ready_toolchain
from tests.charts.rendering import KUBERNETES, NAMESPACE, ROOT, Rendered, RenderRefusedError

Values = Mapping[str, Any]


@dataclass(frozen=True)
class WorkloadChart:
    """The chart of a program, the least that a release of it must say, and the cases whose renders are kept."""

    name: str
    release: str
    smallest: Values
    cases: Mapping[str, Values]

    @property
    def folder(self) -> Path:
        """Where the chart is."""
        return ROOT / "charts" / self.name

    @property
    def golden(self) -> Path:
        """Where the renders are kept, a file a case."""
        return Path(__file__).parent / f"golden_{self.name}"

    def text(self, helm: Path, values: Values | None = None) -> str:
        """What helm prints with these values over the smallest; raises RenderRefusedError."""
        options = ("--namespace", NAMESPACE)
        ran = self._run([helm, "template", self.release, self.folder, *options], values or {})
        if ran.returncode:
            raise RenderRefusedError(ran.stderr)
        return ran.stdout

    def render(self, helm: Path, values: Values | None = None) -> Rendered:
        """The objects."""
        documents = yaml.load_all(self.text(helm, values), Loader=yaml.CSafeLoader)
        return Rendered([document for document in documents if document])

    def lint(self, helm: Path, values: Values) -> subprocess.CompletedProcess[str]:
        """What helm's linter says of these values over the smallest."""
        return self._run([helm, "lint", "--strict", self.folder], values)

    def golden_text(self, helm: Path, case: str) -> str:
        """The render of a case in the form that is kept: sorted, without comments."""
        manifests = self.render(helm, self.cases[case]).manifests
        ordered = sorted(manifests, key=lambda each: (each["kind"], each["metadata"]["name"]))
        return yaml.safe_dump_all(ordered, sort_keys=True, width=120)

    def write_golden(self) -> None:
        """Keep the present render of every case."""
        helm = ready_toolchain().helm
        for case in self.cases:
            (self.golden / f"{case}.yaml").write_text(self.golden_text(helm, case), encoding="utf-8")

    def _run(self, command: Sequence[str | Path], values: Values) -> subprocess.CompletedProcess[str]:
        with tempfile.TemporaryDirectory() as folder:
            over = Path(folder) / "over.yaml"
            over.write_text(json.dumps(merge_values(self.smallest, values)), encoding="utf-8")
            whole = [*command, "--kube-version", KUBERNETES, "--values", over]
            return subprocess.run(whole, capture_output=True, text=True, check=False)  # noqa: S603 - our own helm
