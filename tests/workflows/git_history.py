"""A git repository that tests write, apart from the settings of whoever runs them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final


def git(folder: Path, *arguments: str) -> str:
    """Return what git prints. Raises `CalledProcessError`."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(  # noqa: S603 - our own arguments
        ["git", *arguments],  # noqa: S607 - the git of whoever runs the tests
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


ROOT: Final = Path(__file__).resolve().parents[2]


class GitHistory:
    """A repository with a branch `main`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        """Return what git prints in it."""
        return git(self.folder, *arguments)

    def write(self, path: str, text: str) -> None:
        """Write a file and the folders above it."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def commit(self) -> str:
        """Commit everything; returns the commit."""
        self.git("add", "--all")
        self.git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message=change")
        return self.git("rev-parse", "HEAD").strip()


def with_environments(folder: Path, names: Iterable[str]) -> GitHistory:
    """Return a repository that has these environments' stack files, and what finds the touched ones."""
    history = GitHistory(folder)
    for name in names:
        history.write(f"stacks/Pulumi.{name}.yaml", "config: {}\n")
    for name in ("__init__.py", "__main__.py", "touched.py"):
        history.write(f"rehearsal/{name}", (ROOT / "rehearsal" / name).read_text())
    history.commit()
    return history
