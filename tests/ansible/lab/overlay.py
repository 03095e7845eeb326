"""A host's file system: what it writes lies over a root tree that all hosts share."""

from __future__ import annotations

import time
from pathlib import Path

from tests.ansible.lab.command import LabError, attempt, run


def mount(tree: Path, folder: Path) -> Path:
    """Return `folder`/root, where the tree appears; what is written lies in `folder`/upper."""
    root, upper, work = (folder / name for name in ("root", "upper", "work"))
    for part in (root, upper, work):
        part.mkdir(parents=True)
    # Nothing outlives the host, so nothing has to reach the disk.
    options = f"lowerdir={tree},upperdir={upper},workdir={work},volatile"
    run("mount", "-t", "overlay", "-o", options, folder.name, root)
    return root


def within(root: Path, path: str) -> Path:
    """Return where a host's file lies on this machine. Raises `LabError` where a link would lead out of the host.

    The last part may be a link; whoever writes removes it first.
    """
    file = root / path.lstrip("/")
    if not file.parent.resolve().is_relative_to(root.resolve()):
        raise LabError(f"{path}: a link in the host leads to {file.parent.resolve()} on this machine")
    return file


def write_within(root: Path, path: str, content: bytes, mode: int = 0o644) -> None:
    """Write a host's file, with its folders."""
    file = within(root, path)
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.is_symlink():
        file.unlink()
    file.write_bytes(content)
    file.chmod(mode)


def unmount_below(folder: Path) -> None:
    """Unmount everything below; a host that has just been killed may hold it for a moment. Raises `LabError`."""
    for _ in range(100):
        mounted = _mounted_below(folder)
        if not mounted:
            return
        for place in mounted:
            attempt("umount", place)
        time.sleep(0.05)
    for place in _mounted_below(folder):
        if (done := attempt("umount", "--lazy", place)).returncode:
            raise LabError(f"{place} can't be unmounted: {done.stderr.strip()}")


def _mounted_below(folder: Path) -> list[str]:
    """Places that are mounted there, the innermost first."""
    places = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    return sorted((place for place in places if place.startswith(f"{folder}/")), reverse=True)
