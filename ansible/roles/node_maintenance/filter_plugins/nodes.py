"""What a Node says of itself: what was noted on it, and whether it is whole again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

Object = Mapping[str, Any]

VENDOR = "nvidia.com/"


def maintenance_note(node: Object, annotation: str) -> dict[str, Any] | None:
    """Return what an operation noted on a node; None where none is under way."""
    return _noted(((node.get("metadata") or {}).get("annotations") or {}).get(annotation))


def other_operation(text: str | None, operation: str) -> str:
    """Say what a node's note tells of another operation than this one; nothing where it is free, or this one's own.

    Each resumes and ends what it had begun itself: of another's change it knows neither how far it came nor its check.
    """
    note = _noted(text)
    if note is None or note.get("operation") == operation:
        return ""
    phase = f"phase {note['phase']}" if note.get("phase") else ""
    since = f"since {note['since']}" if note.get("since") else ""
    told = ": ".join(each for each in (", ".join(filter(None, (phase, since))), str(note.get("reason") or "")) if each)
    return f"{note.get('operation') or 'something'} is under way on it{f' ({told})' if told else ''}"


def _noted(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        noted: object = json.loads(text)
    except ValueError:
        noted = None
    # Written by hand: it says that something is under way, if not what.
    return cast("dict[str, Any]", noted) if isinstance(noted, dict) and noted else {"reason": str(text)}


def return_obstacles(node: Object, resources: Mapping[str, Any], boot_id: str) -> list[str]:
    """Say what a node lacks of being whole: kubelet's report of this boot, Ready, and the devices that it should have.

    Until kubelet has reported after a boot, the API server shows the node as it was before. Without `resources`,
    whatever it advertises is right.
    """
    if not node:
        return ["the API server does not show it"]
    status: Object = node.get("status") or {}
    told: list[str] = []
    conditions = {each["type"]: each for each in status.get("conditions") or ()}
    ready = conditions.get("Ready") or {}
    if ready.get("status") != "True":
        told.append(f"it is not Ready ({ready.get('message') or ready.get('reason') or 'no kubelet has reported'})")
    reported = str((status.get("nodeInfo") or {}).get("bootID") or "")
    if reported and reported != boot_id:
        told.append("kubelet has not reported since the host was booted")
    has = {
        name: int(amount) for name, amount in (status.get("allocatable") or {}).items() if str(name).startswith(VENDOR)
    }
    for name, amount in resources.items():
        if has.get(name, 0) != int(amount):
            told.append(f"it advertises {has.get(name, 0)} of {int(amount)} {name}")
    if resources:
        told += [
            f"it still advertises {has[name]} {name}" for name in sorted(has) if has[name] and name not in resources
        ]
    return told


def pods_with_any_label(pods: Iterable[Object], labels: Iterable[str]) -> list[dict[str, str]]:
    """Return name and namespace of the pods that have one of some labels, each as `key=value`."""
    wanted = {tuple(each.partition("=")[::2]) for each in labels}
    return [
        {"name": pod["metadata"]["name"], "namespace": pod["metadata"]["namespace"]}
        for pod in pods
        if wanted.intersection((pod["metadata"].get("labels") or {}).items())
    ]


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {
            "maintenance_note": maintenance_note,
            "other_operation": other_operation,
            "return_obstacles": return_obstacles,
            "pods_with_any_label": pods_with_any_label,
        }
