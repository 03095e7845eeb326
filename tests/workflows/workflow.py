"""Workflow files as the tests read them: jobs, steps, and their scripts run the way the runner runs them."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

import yaml

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / ".github" / "workflows"
EXPRESSION: Final = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
SECONDS: Final = 120

# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
BASH: Final = ("bash", "--noprofile", "--norc", "-eo", "pipefail")


class _WorkflowLoader(yaml.SafeLoader):
    """YAML as GitHub reads it: `on` is a word."""


_WorkflowLoader.yaml_implicit_resolvers = {
    first: [(tag, regex) for tag, regex in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_WorkflowLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


@dataclass(frozen=True)
class Step:
    """One step of a job, with where it stands."""

    job: str
    content: Mapping[str, Any]
    shell: str

    @property
    def script(self) -> str:
        """What it runs."""
        return str(self.content.get("run", ""))

    @property
    def uses(self) -> str:
        """The action that it uses."""
        return str(self.content.get("uses", ""))

    @property
    def environment(self) -> Mapping[str, Any]:
        """Its variables, as expressions."""
        return cast("Mapping[str, Any]", self.content.get("env") or {})

    def run(
        self,
        folder: Path,
        values: Mapping[str, str],
        *,
        job: Mapping[str, str] | None = None,
        path: str | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run the script in a folder with its variables, which must be exactly these, and its job's.

        `path` is looked in before PATH.
        """
        assert set(values) == set(self.environment), f"variables of the step are {sorted(self.environment)}"
        script = folder / ".step"
        script.write_text(self.script)
        command = [part.format(script) for part in self.shell.split()] if "{0}" in self.shell else [*BASH, str(script)]
        environment = {
            "PATH": f"{path}:{os.environ['PATH']}" if path else os.environ["PATH"],
            "HOME": str(folder),
            "GITHUB_OUTPUT": str(folder / ".output"),
            "GITHUB_STEP_SUMMARY": str(folder / ".summary"),
            **(job or {}),
            **values,
        }
        return subprocess.run(  # noqa: S603 - a script of our own workflows
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS
        )


@dataclass(frozen=True)
class Workflow:
    """A workflow's text and what it says."""

    name: str
    text: str

    @property
    def document(self) -> Mapping[str, Any]:
        """The parsed text."""
        return cast("Mapping[str, Any]", yaml.load(self.text, Loader=_WorkflowLoader))  # noqa: S506 - a SafeLoader

    @property
    def jobs(self) -> Mapping[str, Mapping[str, Any]]:
        """Its jobs by id."""
        return cast("Mapping[str, Mapping[str, Any]]", self.document["jobs"])

    def steps(self) -> Iterator[Step]:
        """Yield every step."""
        shell = self.document.get("defaults", {}).get("run", {}).get("shell", "bash")
        for job, content in self.jobs.items():
            for step in content["steps"]:
                yield Step(job, step, step.get("shell", shell))

    def step(self, job: str, name: str) -> Step:
        """Return the step of this name."""
        (found,) = [step for step in self.steps() if step.job == job and step.content.get("name") == name]
        return found


@cache
def workflows() -> tuple[Workflow, ...]:
    """Return the repository's workflows."""
    return tuple(Workflow(file.name, file.read_text()) for file in sorted(FOLDER.glob("*.y*ml")))


def pull_request() -> Workflow:
    """Return the one that shows what a pull request changes."""
    (found,) = [workflow for workflow in workflows() if workflow.name == "pull-request.yml"]
    return found
