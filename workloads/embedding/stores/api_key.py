"""The API key of an engine, from the environment variable that the settings name."""

from __future__ import annotations

from collections.abc import Mapping

from workloads.embedding.settings import StoreSettings
from workloads.faults import AccessError


def api_key(settings: StoreSettings, environ: Mapping[str, str]) -> str | None:
    """Return the key; None where the settings name none. `AccessError` where the variable is not set, or is empty."""
    name = settings.api_key_env
    if name is None:
        return None
    if not environ.get(name):
        raise AccessError(f"environment variable {name} (store.api_key_env): is not set; it needs the API key")
    return environ[name]
