"""A stand-in for `gh api` on the comments of one pull request; its state is a JSON file."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

BOT: Final = "github-actions[bot]"
FORBIDDEN: Final = "gh: Resource not accessible by integration (HTTP 403)"

SCRIPT: Final = """#!{python} -SE
import json, os, pathlib, sys, urllib.parse
file = pathlib.Path({state!r})
state = json.loads(file.read_text())
arguments = sys.argv[1:]
assert arguments.pop(0) == "api"
method = "GET"
sent = None
while arguments[0] == "--method":
    method = arguments[1]
    del arguments[:2]
address = urllib.parse.urlsplit(arguments.pop(0))
if arguments:
    assert arguments == ["--input", "-"], arguments
    sent = json.load(sys.stdin)
    assert list(sent) == ["body"]
state["calls"].append([method, address.path])
state["tokens"].append(os.environ["GH_TOKEN"])
file.write_text(json.dumps(state))
if method in state["refused"]:
    sys.exit(state["words"])
comments = state["comments"]

def shown(comment):
    user = {{"login": comment["author"]}} if comment["author"] else None
    return {{"id": comment["number"], "user": user, "body": comment["body"]}}

if method == "GET":
    assert address.path == state["address"], address.path
    query = dict(urllib.parse.parse_qsl(address.query))
    size, page = min(int(query.get("per_page", 30)), 100), int(query.get("page", 1))
    answer = [shown(comment) for comment in comments[size * (page - 1) : size * page]]
elif method == "POST":
    assert address.path == state["address"], address.path
    comments.append({{"number": max([0, *(each["number"] for each in comments)]) + 1, "author": {bot!r}, **sent}})
    answer = shown(comments[-1])
else:
    assert method == "PATCH"
    repository, _, number = address.path.rpartition("/issues/comments/")
    assert repository == state["repository"], address.path
    (found,) = [comment for comment in comments if comment["number"] == int(number)]
    found.update(sent)
    answer = shown(found)
file.write_text(json.dumps(state))
print(json.dumps(answer))
"""


@dataclass(frozen=True)
class Comment:
    """A comment; an account that was deleted leaves no author."""

    number: int
    author: str | None
    body: str


class StubGh:
    """A folder for PATH with the command in it."""

    def __init__(self, folder: Path, repository: str, number: int) -> None:
        self.folder = folder
        folder.mkdir()
        self._file = folder / "state.json"
        self._write(
            address=f"repos/{repository}/issues/{number}/comments",
            repository=f"repos/{repository}",
            comments=[],
            calls=[],
            tokens=[],
            refused=[],
            words="",
        )
        command = folder / "gh"
        command.write_text(SCRIPT.format(python=sys.executable, state=str(self._file), bot=BOT))
        command.chmod(0o755)

    def answer_with(self, comments: Sequence[Comment]) -> None:
        """Let the pull request have these comments."""
        self._write(comments=[asdict(comment) for comment in comments])

    def refuse(self, methods: Collection[str], words: str) -> None:
        """Refuse calls of these methods from now on, with these words."""
        self._write(refused=sorted(methods), words=words)

    @property
    def comments(self) -> list[Comment]:
        """The comments of the pull request."""
        return [Comment(**comment) for comment in self._state()["comments"]]

    @property
    def calls(self) -> list[tuple[str, str]]:
        """Method and address of every call so far."""
        return [(method, address) for method, address in self._state()["calls"]]

    def _state(self) -> dict[str, Any]:
        return json.loads(self._file.read_text()) if self._file.exists() else {}

    def _write(self, **changes: object) -> None:
        self._file.write_text(json.dumps({**self._state(), **changes}))
