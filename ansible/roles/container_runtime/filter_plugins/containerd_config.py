"""containerd's configuration: one file as it stands, and all of them merged, as `containerd config dump` says."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from typing import Any, cast

from ansible.errors import AnsibleFilterError

# Version 3 split the CRI plugin in two; a file's version tells which names its tables have.
CRI_V2 = "io.containerd.grpc.v1.cri"
RUNTIME_V3 = "io.containerd.cri.v1.runtime"
IMAGES_V3 = "io.containerd.cri.v1.images"
OLD_NAMES = {"cri": CRI_V2}


def file_config(text: str) -> dict[str, Any]:
    """Return the version and the imports of one file; an empty text is a file that isn't there."""
    parsed = _parsed(text, "config.toml")
    return {"version": int(parsed.get("version", 1)) if text.strip() else 0, "imports": list(parsed.get("imports", []))}


def effective_config(dump: str) -> dict[str, Any]:
    """Return what roles ask of the merged configuration, whatever version it is printed in."""
    merged = _parsed(dump, "containerd config dump")
    plugins = cast(Mapping[str, Any], merged.get("plugins", {}))
    split = RUNTIME_V3 in plugins
    cri = cast(Mapping[str, Any], plugins.get(RUNTIME_V3 if split else CRI_V2, {}))
    images = cast(Mapping[str, Any], plugins.get(IMAGES_V3, {})) if split else cri
    runtimes = cast(Mapping[str, Mapping[str, Any]], cri.get("containerd", {}).get("runtimes", {}))
    disabled = {OLD_NAMES.get(name, name) for name in cast(list[str], merged.get("disabled_plugins", []))}
    return {
        "version": int(merged.get("version", 1)),
        "root": merged.get("root", ""),
        "imports": list(merged.get("imports", [])),
        "cri_disabled": bool(disabled & {CRI_V2, RUNTIME_V3}),
        "sandbox_image": images.get("pinned_images", {}).get("sandbox", "") if split else cri.get("sandbox_image", ""),
        "default_runtime": cri.get("containerd", {}).get("default_runtime_name", ""),
        "registry_config_path": images.get("registry", {}).get("config_path", ""),
        "runtimes": {name: _runtime(runtime) for name, runtime in runtimes.items()},
    }


def _runtime(runtime: Mapping[str, Any]) -> dict[str, Any]:
    options = cast(Mapping[str, Any], runtime.get("options", {}))
    return {
        "type": runtime.get("runtime_type", ""),
        "binary": options.get("BinaryName", ""),
        "systemd_cgroup": bool(options.get("SystemdCgroup", False)),
    }


def _parsed(text: str, what: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise AnsibleFilterError(f"{what} is not TOML: {error}") from error


class FilterModule:
    """The filters, as Ansible asks for them."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return them by the name that tasks use."""
        return {
            "container_runtime_file_config": file_config,
            "container_runtime_effective_config": effective_config,
        }
