"""A git repository of a project whose own `rehearsal` package answers at once, as `behaviour.json` beside it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

STACK: Final = "stacks/Pulumi.dev.yaml"
REHEARSE: Final = [sys.executable, "-P", "-c", "from rehearsal.__main__ import main; main()"]
"""Our own command; started so, it does not run the package of the folder that it stands in."""

REHEARSAL: Final = """
import importlib, json, os, pathlib, sys, time

behaviour = json.loads(pathlib.Path("behaviour.json").read_text())
command, stack = sys.argv[1:3]
if behaviour.get("needs"):
    importlib.import_module(behaviour["needs"])
if behaviour.get("refuses"):
    sys.exit(behaviour["refuses"])
if behaviour.get("marks"):
    pathlib.Path(behaviour["marks"], str(os.getpid())).touch()
for phase in ("account", "plan"):
    print(f"{phase:<10} 1 thing", flush=True)
try:
    time.sleep(behaviour.get("sleeps", 0))
except KeyboardInterrupt:
    sys.exit(130)
vpc = "aws:ec2/vpc:Vpc"
resources = [
    {"urn": f"urn:pulumi:{stack}::llm-platform::{vpc}::{name}", "type": vpc, "name": name,
     "inputs": {"cidrBlock": cidr}, "outcome": {"up": "created", "preview": "planned"}[command], "id": name}
    for name, cidr in behaviour.get("networks", {}).items()
]
document = {"format": 1, "stack": stack, "resources": resources, "faults": behaviour.get("faults", [])}
pathlib.Path(sys.argv[sys.argv.index("--json") + 1]).write_text(json.dumps(document))
sys.exit(bool(document["faults"]))
"""


@dataclass(frozen=True)
class Repository:
    """A project under git, with the folder that temporary things are made in."""

    root: Path
    project: Path
    temporary: Path

    @classmethod
    def made(cls, folder: Path, inside: str = ".") -> Repository:
        """Make one with a commit."""
        root, temporary = folder / "repository", folder / "temporary"
        project = (root / inside).resolve()
        (project / "stacks").mkdir(parents=True)
        (project / "rehearsal").mkdir()
        temporary.mkdir()
        (project / "Pulumi.yaml").write_text(
            "name: llm-platform\nruntime: python\nmain: stacks\nstackConfigDir: stacks\n"
        )
        (project / STACK).write_text("config: {}\n")
        (project / "rehearsal" / "__init__.py").write_text("")
        (project / "rehearsal" / "__main__.py").write_text(REHEARSAL)
        (root / ".gitignore").write_text("__pycache__/\n")
        repository = cls(root, project, temporary)
        repository.behave(networks={"vpc": "10.0.0.0/16"})
        repository.git("init", "--quiet", "--initial-branch=main")
        repository.commit()
        return repository

    def behave(self, **behaviour: Any) -> None:
        """Say how rehearsals of the working tree answer."""
        (self.project / "behaviour.json").write_text(json.dumps(behaviour))

    def commit(self) -> str:
        """Commit everything and return the commit."""
        self.git("add", "--all")
        identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
        self.git(*identity, "commit", "--quiet", "--message", "state")
        return self.git("rev-parse", "HEAD").strip()

    def git(self, *arguments: str) -> str:
        """Run git and return its answer."""
        return subprocess.run(  # noqa: S603 - our own arguments
            ["git", "-C", str(self.root), *arguments],  # noqa: S607 - whichever git the machine has
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    @property
    def environment(self) -> dict[str, str]:
        """What processes get to see."""
        return {**os.environ, "TMPDIR": str(self.temporary), "COLUMNS": "160"}

    def rehearse(
        self, *arguments: str, folder: Path | None = None, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run our command in the project."""
        return subprocess.run(  # noqa: S603 - our own command
            [*REHEARSE, *arguments],
            cwd=folder or self.project,
            env=self.environment | dict(environment or {}),
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start our command in the project."""
        return subprocess.Popen(  # noqa: S603 - our own command
            [*REHEARSE, *arguments],
            cwd=self.project,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def leftovers(self) -> list[str]:
        """Return everything that a comparison may have left: folders, and what git knows of other trees."""
        trees = self.git("worktree", "list", "--porcelain").count("worktree ")
        notes = self.root / ".git" / "worktrees"
        left = [str(path) for path in self.temporary.iterdir()]
        return left + ["a tree"] * (trees - 1) + (list(map(str, notes.iterdir())) if notes.exists() else [])
