"""Programs that tests run: built from their pinned Go modules into the cache folder, once.

They are built as the simulated cluster's programs are, and are none of them: a rehearsal needs none of these.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rehearsal.cluster.go_program import GoProgram

GO_MODULES: Final = Path(__file__).with_name("go_modules")


def _program(
    name: str,
    title: str,
    module: str,
    package: str,
    duration: str,
    *,
    version_variable: str = "",
    built_with: str = "",
    needs_c: bool = False,
) -> GoProgram:
    """A program of the tests; `built_with` is the one whose go.mod it shares, where a module has several."""
    return GoProgram(
        name=name,
        title=title,
        purpose=f"the {title} of the tests",
        folder=GO_MODULES / (built_with or name),
        cache="test-programs",
        module=module,
        package=package,
        duration=duration,
        version_variable=version_variable,
        needs_c=needs_c,
    )


_CONTAINERD: Final = "github.com/containerd/containerd/v2"
WEAVIATE: Final = _program(
    "weaviate", "Weaviate", "github.com/weaviate/weaviate", "cmd/weaviate-server", "2 to 10 minutes on two cores"
)
ACTIONLINT: Final = _program(
    "actionlint",
    "actionlint",
    "github.com/rhysd/actionlint",
    "cmd/actionlint",
    "half a minute",
    version_variable="github.com/rhysd/actionlint.version",
)
CONTAINERD: Final = _program(
    "containerd",
    "containerd",
    _CONTAINERD,
    "cmd/containerd",
    "1 to 3 minutes on two cores",
    version_variable=f"{_CONTAINERD}/version.Version",
)
CTR: Final = _program(
    "ctr",
    "containerd's ctr",
    _CONTAINERD,
    "cmd/ctr",
    "half a minute after containerd",
    version_variable=f"{_CONTAINERD}/version.Version",
    built_with="containerd",
)
NVIDIA_CTK: Final = _program(
    "nvidia-ctk",
    "the NVIDIA Container Toolkit's CLI",
    "github.com/NVIDIA/nvidia-container-toolkit",
    "cmd/nvidia-ctk",
    "half a minute",
    version_variable="github.com/NVIDIA/nvidia-container-toolkit/internal/info.version",
    needs_c=True,
)
OTELCOL: Final = _program(
    "otelcol", "OpenTelemetry Collector", "go.opentelemetry.io/collector/otelcol", "", "2 to 5 minutes on two cores"
)
PROGRAMS: Final = (ACTIONLINT, WEAVIATE, CONTAINERD, CTR, NVIDIA_CTK, OTELCOL)
PROMETHEUS: Final = _program(
    "prometheus", "Prometheus", "github.com/prometheus/prometheus", "cmd/prometheus", "4 to 8 minutes on two cores"
)
"""Of the release that the chart in helm-values/charts.yaml installs, 3.14.0; only the rules' benchmark needs it."""
