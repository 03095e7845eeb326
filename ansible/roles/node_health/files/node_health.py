#!/usr/bin/python3 -I
"""Watches the kernel's log for broken GPUs, keeps this node's health in a file, and cordons the node when it is bad.

Runs on the host with its own Python (3.9 and newer) and nothing else. Cordoning uses the kubelet's credentials, with
which a node may change itself alone; it evicts nothing, and nothing here ever uncordons.
"""

# ruff: noqa: T201 - a program on a host prints its answers
from __future__ import annotations

import argparse
import json
import queue
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

SETTINGS = Path("/etc/node-health/settings.json")
STATUS = Path("/var/lib/node-health/status.json")
DONE = Path("/run/node-health/cordoned.json")
ANNOTATION = "llm-platform/node-health"
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
# NVRM: Xid (PCI:0000:1b:00): 79, pid=1896, name=python3, GPU has fallen off the bus.
XID = re.compile(r"NVRM: Xid \(PCI:(?P<device>[0-9a-fA-F:.]+)\): (?P<code>\d+)\b")
UNKNOWN_XID = {"says": "not in the table of Xid codes", "action": "report"}


class Problems:
    """What the log of this boot says is wrong, by name and device."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._xids: dict[str, dict[str, Any]] = settings["xids"]
        self._patterns = [(re.compile(rule["pattern"]), rule) for rule in settings["patterns"]]
        self._found: dict[tuple[str, str], dict[str, Any]] = {}

    def read(self, line: str, seconds: float) -> bool:
        """Take a line of the log in; return whether it told of a problem."""
        name, device, rule = self._match(line)
        if not name:
            return False
        new: dict[str, Any] = {"name": name, "device": device, "count": 0, "first": seconds, "times": [], "act": None}
        problem = self._found.setdefault((name, device), new)
        problem.update(says=rule["says"], last=seconds, line=line[:400], count=problem["count"] + 1)
        problem["times"] = [*problem["times"], seconds][-100:]
        since = seconds - 60 * rule.get("minutes", 60)
        enough = sum(at >= since for at in problem["times"]) >= rule.get("count", 1)
        if rule["action"] == "cordon" and enough:
            problem["act"] = seconds
        return True

    def listed(self) -> list[dict[str, Any]]:
        """Return them for the status, the worst first."""
        fields = ("name", "device", "says", "count", "first", "last", "line")
        ordered = sorted(self._found.values(), key=lambda problem: (problem["act"] is None, problem["first"]))
        return [
            {**{field: _told(problem[field]) for field in fields}, "action": "cordon" if problem["act"] else "report"}
            for problem in ordered
        ]

    def acted_on(self) -> dict[str, float]:
        """Return the problems for which the node is to be cordoned, with the time of the last event that counted."""
        return {f"{name} {device}": p["act"] for (name, device), p in self._found.items() if p["act"] is not None}

    def _match(self, line: str) -> tuple[str, str, dict[str, Any]]:
        for pattern, rule in self._patterns:
            match = pattern.search(line)
            if match:
                return rule["name"], match.groupdict().get("device") or "", rule
        match = XID.search(line)
        # A change of the driver's mind to "None" matched no pattern, and is no problem.
        if match is None or match["code"] == "154":
            return "", "", {}
        return f"xid-{match['code']}", match["device"], self._xids.get(match["code"], UNKNOWN_XID)


class Cordon:
    """Makes the node unschedulable once for each event that asks for it, and says how that went."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._retry_at = 0.0
        self.state, self.message = "none", ""

    def attempt(self, wanted: dict[str, float], reason: str, now: float) -> None:
        """Cordon for what has not been cordoned for yet; failures are tried again later."""
        done: dict[str, float] = json.loads(DONE.read_text()) if DONE.exists() else {}
        new = [key for key, at in wanted.items() if at > done.get(key, 0)]
        if not wanted or not self._settings["cordon"]:
            self.state, self.message = ("off", "node_health_cordon is false") if wanted else ("none", "")
        elif not new:
            self.state, self.message = "done", "cordoned in this boot; a person may have uncordoned since"
        elif now >= self._retry_at:
            self._retry_at = now + self._settings["retry_seconds"]
            self._cordon({**done, **wanted}, reason)

    def _cordon(self, done: dict[str, float], reason: str) -> None:
        for what in ("kubeconfig", "kubectl"):
            if not Path(self._settings[what]).exists():
                self.state, self.message = "impossible", f"{self._settings[what]} is not there: no {what}, no node"
                return
        note = json.dumps({"reason": reason, "since": _told(time.time())}, sort_keys=True)
        patch = {"metadata": {"annotations": {ANNOTATION: note}}, "spec": {"unschedulable": True}}
        command = [self._settings["kubectl"], "--kubeconfig", self._settings["kubeconfig"], "--request-timeout=20s"]
        command += ["patch", "node", self._settings["node"], "--type=merge", f"--patch={json.dumps(patch)}"]
        try:
            ended = subprocess.run(  # noqa: S603 - the program that the settings name
                command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
            )
            complaint = ended.stderr.strip() or f"exit status {ended.returncode}" if ended.returncode else ""
        except (OSError, subprocess.TimeoutExpired) as error:
            complaint = str(error)
        if not complaint:
            _write(DONE, done)
        self.state, self.message = ("failed", complaint[-400:]) if complaint else ("done", "")


def watch(settings: dict[str, Any], began: list[int]) -> None:
    """Follow the log from the boot's beginning; ends for systemd to start it again, when journalctl does too."""
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    command = ["journalctl", "--boot", "--follow", "--no-tail", "--output=json", "--output-fields=MESSAGE"]
    command += settings["journal_matches"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as journal:  # noqa: S603 - matches are no programs
        threading.Thread(target=_enqueue, args=(journal, lines), daemon=True).start()
        problems, cordon = Problems(settings), Cordon(settings)
        while True:
            ended = _take(lines, problems)
            # Before it acts: by new settings it may not cordon any more.
            if _version() != began:
                journal.kill()
                sys.exit("program or settings are new")
            cordon.attempt(problems.acted_on(), _reason(problems), time.monotonic())
            _write(STATUS, _status(settings, problems, cordon))
            if ended:
                journal.kill()
                sys.exit("journalctl ended")


def _take(lines: queue.SimpleQueue[str | None], problems: Problems) -> bool:
    """Take in what the log has until it told of a problem or rests; return whether it ended."""
    end = time.monotonic() + 5
    while (left := end - time.monotonic()) > 0:
        try:
            line = lines.get(timeout=left)
        except queue.Empty:
            return False
        if line is None:
            return True
        entry = json.loads(line)
        message = entry.get("MESSAGE")
        # Lines that are not text come as lists of bytes.
        if (
            isinstance(message, str)
            and problems.read(message, int(entry["__REALTIME_TIMESTAMP"]) / 1e6)
            and lines.empty()
        ):
            return False
    return False


def _version() -> list[int]:
    return [file.stat().st_mtime_ns for file in (SETTINGS, Path(__file__))]


def _enqueue(journal: subprocess.Popen[str], lines: queue.SimpleQueue[str | None]) -> None:
    if journal.stdout is not None:
        for line in journal.stdout:
            lines.put(line)
    lines.put(None)


def _status(settings: dict[str, Any], problems: Problems, cordon: Cordon) -> dict[str, Any]:
    return {
        "format": 1,
        "node": settings["node"],
        "boot_id": BOOT_ID.read_text().strip(),
        "healthy": not problems.acted_on(),
        "problems": problems.listed(),
        "cordon": {"state": cordon.state, "message": cordon.message},
        "updated": _told(time.time()),
    }


def _reason(problems: Problems) -> str:
    worst = [problem for problem in problems.listed() if problem["action"] == "cordon"]
    return "; ".join("{name} {device}: {says}, {count} times, last {last}".format(**problem) for problem in worst[:5])


def _told(value: Any) -> Any:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(value)) if isinstance(value, float) else value


def _write(file: Path, content: dict[str, Any]) -> None:
    """Replace the file in one step: it is read at any time."""
    beside = file.with_name(f".{file.name}.new")
    beside.write_text(json.dumps(content, indent=1) + "\n")
    beside.chmod(0o644)
    beside.replace(file)


def check() -> int:
    """Print what is wrong; 0 healthy, 1 not, 2 not known: the exit statuses of node problem detector's plugins."""
    try:
        status = json.loads(STATUS.read_text())
    except (OSError, ValueError) as error:
        print(f"not known: {error}")
        return 2
    if status["boot_id"] != BOOT_ID.read_text().strip():
        print("not known: the status is of an earlier boot; is node-health.service running?")
        return 2
    for said in status["problems"]:
        print("{action}: {name} {device}: {says}, {count} times".format(**said))
    print("healthy" if status["healthy"] else "not healthy; cordon: {state} {message}".format(**status["cordon"]))
    return 0 if status["healthy"] else 1


def settings_in(file: Path) -> dict[str, Any]:
    """Return the settings. Raises `ValueError` with what is wrong with them."""
    settings: dict[str, Any] = json.loads(file.read_text())
    for rule in settings["patterns"]:
        try:
            re.compile(rule["pattern"])
        except re.error as error:
            raise ValueError(f"node_health_patterns: {rule['name']}: {rule['pattern']}: {error}") from None
    for code, rule in settings["xids"].items():
        if not code.isdigit():
            raise ValueError(f"node_health_xids: {code} is no Xid code")
        if rule.get("action") not in ("cordon", "report") or "says" not in rule:
            raise ValueError(f"node_health_xids: {code}: needs says, and action cordon or report; it has {rule}")
    return settings


def main() -> None:
    """See the help."""
    parser = argparse.ArgumentParser(prog="node-health", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("watch", help="what node-health.service runs")
    commands.add_parser("check", help="print what is wrong; exit status 0 healthy, 1 not, 2 not known")
    commands.add_parser("validate", help="judge a file of settings").add_argument("file", type=Path)
    arguments = parser.parse_args()
    try:
        if arguments.command == "check":
            sys.exit(check())
        if arguments.command == "validate":
            settings_in(arguments.file)
            return
        # In this order, so that what is written in between is seen as new.
        began, settings = _version(), settings_in(SETTINGS)
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    watch(settings, began)


if __name__ == "__main__":
    main()
