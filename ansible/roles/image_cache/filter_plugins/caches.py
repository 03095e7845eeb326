"""Names of images and weights as the model servers' chart makes them, and what containerd has of them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

OWN_HOST = re.compile(r"^[^/]+\.[^/]+/")
"""The registry's host at the start of a repository, as charts/model-server/templates/_names.tpl has it."""
SIZE_GIB = 30.0


def image_names(images: Sequence[Mapping[str, Any]], registry: str) -> list[dict[str, Any]]:
    """Return each image's name as pods ask for it, whether it comes from the mirror, and the room it takes."""
    return [_named(image, registry) for image in images]


def _named(image: Mapping[str, Any], registry: str) -> dict[str, Any]:
    mirror = image.get("registry") or registry
    repository = f"{mirror}/{OWN_HOST.sub('', image['repository'])}" if mirror else image["repository"]
    version = f"@{image['digest']}" if image.get("digest") else f":{image['tag']}"
    return {
        "name": f"{repository}{version}",
        "mirrored": bool(mirror) and mirror == registry,
        "size_gib": float(image.get("size_gib") or SIZE_GIB),
    }


def cached_images(listed: str) -> dict[str, list[str]]:
    """Return the labels of each image by its name, from what `ctr images list` prints."""
    rows = [line.split() for line in listed.splitlines()[1:]]
    return {row[0]: row[-1].split(",") for row in rows if row}


def pinned_images(present: Mapping[str, Sequence[str]], labels: Iterable[str]) -> list[str]:
    """Return the names of the images that have all of these labels."""
    return [name for name, found in present.items() if set(labels) <= set(found)]


def weights_uri(entry: Mapping[str, str]) -> str:
    """Return what the model's entry names: the URI that the folder is named after."""
    return (entry.get("serves") or entry["source"]).rstrip("/")


def weights_folder(uri: str) -> str:
    """Return the folder of a source, as charts/model-server/templates/_sources.tpl names it."""
    last = PurePosixPath(re.sub(r"@.*$", "", uri)).name
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '-', last)}-{hashlib.sha256(uri.encode()).hexdigest()[:12]}"


def folders_of(files: Sequence[Mapping[str, Any]], root: str) -> list[str]:
    """Return the folders that the files lie in, outer ones first."""
    parents = {parent for file in files for parent in PurePosixPath(file["path"]).parents if parent.name}
    return [f"{root}/{parent}" for parent in sorted(parents)]


def broken_files(files: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the paths of files that are absent or of another size than they should be."""
    return [file["path"] for file, size in zip(files, _sizes(found, -1), strict=True) if size != file["size"]]


def bytes_to_fetch(files: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]) -> int:
    """Return how much of the files is not on the disk yet."""
    return sum(max(file["size"] - size, 0) for file, size in zip(files, _sizes(found, 0), strict=True))


def _sizes(found: Sequence[Mapping[str, Any]], absent: int) -> list[int]:
    return [result.get("stat", {}).get("size", absent) for result in found]


class FilterModule:
    """The filters of role image_cache."""

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return them by name."""
        of_images = (image_names, cached_images, pinned_images)
        of_weights = (weights_uri, weights_folder, folders_of, broken_files, bytes_to_fetch)
        return {function.__name__: function for function in (*of_images, *of_weights)}
