"""`rehearse up --cluster`: what the command line asks of the cluster part, imported only when it is asked for."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console

from rehearsal.bad_input import BadInputError
from rehearsal.phases import ClusterRehearsal, Target

if TYPE_CHECKING:
    from rehearsal.cluster.options import ClusterOptions
    from rehearsal.cluster.simulation import Simulation


@dataclass
class ClusterRun:
    """One run with a cluster; a cluster that is kept goes away when this context ends."""

    kubeconfig: Path | None
    charts: Path | None
    offline: bool
    keep: bool
    _options: ClusterOptions | None = None
    _standing: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop a cluster that was kept."""
        self._standing.close()

    def ready(self, target: Target, console: Console) -> None:
        """Have everything built that is needed. Raises `BadInputError` when that is not possible."""
        from rehearsal.cluster.build_progress import BuildLines  # noqa: PLC0415 - few rehearsals have a cluster
        from rehearsal.cluster.cache_folder import CacheError  # noqa: PLC0415 - as above
        from rehearsal.cluster.control_plane import ControlPlaneError  # noqa: PLC0415 - as above
        from rehearsal.cluster.options import cluster_options  # noqa: PLC0415 - as above
        from rehearsal.cluster.toolchain import ToolchainError  # noqa: PLC0415 - as above

        progress = BuildLines(console)
        try:
            if self.kubeconfig is not None:
                from rehearsal.cluster.existing_cluster import check_kubeconfig  # noqa: PLC0415 - as above

                check_kubeconfig(self.kubeconfig)
            self._options = cluster_options(
                target.root / "stacks",
                kubeconfig=self.kubeconfig,
                charts_folder=self.charts,
                offline=self.offline,
                progress=progress,
            )
        except ControlPlaneError as error:
            raise BadInputError(str(error)) from None
        except (ToolchainError, CacheError) as error:
            raise BadInputError(f"--cluster: {error}") from None
        finally:
            progress.stop()

    def phase(self, console: Console) -> ClusterRehearsal:
        """Return the cluster part, for `phases.up`; `ready` was called before."""
        from rehearsal.cluster.phase import ClusterPhase  # noqa: PLC0415 - as above

        if self._options is None:
            raise RuntimeError("ready() comes first")

        def announce(simulation: Simulation) -> None:
            console.print("kubectl sees the simulated cluster with", highlight=False)
            console.print(f"  export KUBECONFIG={simulation.plane.kubeconfig}", highlight=False, soft_wrap=True)

        return ClusterPhase(self._options, self._standing if self.keep else None, announce)
