"""The Kubernetes API of a cluster: apply, list, patch, scale, over plain dictionaries as manifests are."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from rehearsal.cluster.apply_order import Manifest, in_order
from rehearsal.cluster.connection import (
    CONFLICT,
    CONNECTIONS,
    NOT_FOUND,
    ApiError,
    Connection,
    UnservedKindError,
)

__all__ = ["Api", "ApiError", "UnservedKindError"]

FIELD_MANAGER: Final = "llm-platform-rehearsal"
ESTABLISHED_WITHIN_SECONDS: Final = 60.0
NOTICED_WITHIN_SECONDS: Final = 60.0
CONFLICT_RETRIES: Final = 5
DEFINITION: Final = "CustomResourceDefinition"
MERGE_PATCH: Final = "application/merge-patch+json"
_MISSING_NAMESPACE: Final = re.compile(r'namespaces "[^"]+" not found')
APPLY_PATCH: Final = "application/apply-patch+yaml"  # JSON is YAML


class Api(Connection):
    """A client of one cluster; safe to use from several threads at once."""

    # -- reading ------------------------------------------------------------------------------------------------

    def get(self, kind: str, api_version: str, name: str, namespace: str | None = None) -> dict[str, Any] | None:
        """Return an object, or None when it is not there."""
        try:
            return self.request("GET", self.path(kind, api_version, name, namespace or _default(kind)))
        except ApiError as error:
            if error.status == NOT_FOUND and not isinstance(error, UnservedKindError):
                return None
            raise

    def list(
        self, kind: str, api_version: str, namespace: str | None = None, selector: str | None = None
    ) -> list[dict[str, Any]]:
        """Return the objects of a kind (with kind and apiVersion filled in); all namespaces when none is given."""
        query = {"labelSelector": selector} if selector else {}
        answer = self.request("GET", self.path(kind, api_version, namespace=namespace), query=query)
        return [{"apiVersion": api_version, "kind": kind, **item} for item in answer.get("items") or []]

    # -- writing ------------------------------------------------------------------------------------------------

    def apply(self, manifest: Manifest) -> dict[str, Any]:
        """Server-side apply one manifest; return the object. Raises `ApiError` with the API server's message.

        The API server's admission learns of a new namespace, and of its service account, a moment after they are made.
        """
        until = time.monotonic() + NOTICED_WITHIN_SECONDS
        while True:
            try:
                return self._apply_once(manifest)
            except ApiError as error:
                if time.monotonic() > until or not self._is_unnoticed(error, manifest):
                    raise
                time.sleep(0.1)

    def _is_unnoticed(self, error: ApiError, manifest: Manifest) -> bool:
        """Say whether it was refused for want of a namespace that stands, or of what comes with one."""
        if 'serviceaccount "default" not found' not in error.message and not _MISSING_NAMESPACE.search(error.message):
            return False
        namespace = (manifest.get("metadata") or {}).get("namespace")
        return namespace is not None and self.get("Namespace", "v1", str(namespace)) is not None

    def _apply_once(self, manifest: Manifest) -> dict[str, Any]:
        metadata = manifest.get("metadata") or {}
        kind, api_version = str(manifest.get("kind")), str(manifest.get("apiVersion"))
        try:
            name = metadata.get("name")
            if not name:  # a hook's generateName can only be created
                path = self.path(kind, api_version, namespace=metadata.get("namespace") or "default")
                return self.request("POST", path, query={"fieldManager": FIELD_MANAGER}, body=manifest)
            if kind == DEFINITION and (created := self._created(manifest)) is not None:
                return created
            path = self.path(kind, api_version, str(name), metadata.get("namespace") or "default")
            query = {"fieldManager": FIELD_MANAGER, "force": "true"}
            return self.request("PATCH", path, query=query, body=manifest, content_type=APPLY_PATCH)
        except ApiError as error:
            raise type(error)(error.status, error.reason, error.message, manifest) from None

    def _created(self, manifest: Manifest) -> dict[str, Any] | None:
        """Create an object, or return None where it is there: much cheaper than applying for a large schema."""
        try:
            path = self.path(str(manifest["kind"]), str(manifest["apiVersion"]))
            return self.request("POST", path, query={"fieldManager": FIELD_MANAGER}, body=manifest)
        except ApiError as error:
            if error.reason == "AlreadyExists":
                return None
            raise

    def apply_all(
        self, manifests: Iterable[Manifest], progress: Callable[[int], None] = lambda _: None
    ) -> list[ApiError]:
        """Apply manifests in the order they need each other; return what the API server refused.

        What is refused does not keep the rest from being applied. Raises only when the API server cannot be reached.
        """
        refused: list[ApiError] = []
        done = 0
        with ThreadPoolExecutor(CONNECTIONS, "apply") as threads:
            for group in in_order(manifests):
                for error in threads.map(self._refusal, group):
                    done += 1
                    progress(done)
                    if error is not None:
                        refused.append(error)
                if group[0].get("kind") == DEFINITION:
                    refused += self._establish(group)
        return refused

    def _refusal(self, manifest: Manifest) -> ApiError | None:
        attempts = 0
        while True:
            attempts += 1
            try:
                self.apply(manifest)
            except ApiError as error:
                if error.status == 0:
                    raise
                if error.status != CONFLICT or attempts > CONFLICT_RETRIES:
                    return error
            else:
                return None

    def _establish(self, definitions: Iterable[Manifest]) -> list[ApiError]:
        """Wait until what was defined is served.

        Discovery is asked rather than the definitions, whose schemas are megabytes.
        """
        waiting = {
            (d["spec"]["names"]["kind"], f"{d['spec']['group']}/{version['name']}"): d
            for d in definitions
            for version in d["spec"]["versions"]
            if version.get("served")
        }
        until = time.monotonic() + ESTABLISHED_WITHIN_SECONDS
        while waiting and time.monotonic() < until:
            for kind, api_version in list(waiting):
                if self.serves(kind, api_version):
                    del waiting[kind, api_version]
            if waiting:
                time.sleep(0.2)
        late = {d["metadata"]["name"]: d for d in waiting.values()}
        return [ApiError(0, "Timeout", self._why_not_established(name), late[name]) for name in sorted(late)]

    def _why_not_established(self, name: str) -> str:
        seen = self.get("CustomResourceDefinition", "apiextensions.k8s.io/v1", name) or {}
        problems = [
            str(condition.get("message"))
            for condition in (seen.get("status") or {}).get("conditions") or []
            if condition["status"] == "False" and condition["type"] != "Terminating"
        ]
        why = "; ".join(problems) or "the API server does not say why"
        return f"is not served after {ESTABLISHED_WITHIN_SECONDS:g} s: {why}"

    def patch(
        self,
        kind: str,
        api_version: str,
        name: str,
        namespace: str | None,
        body: Mapping[str, Any],
        subresource: str | None = None,
    ) -> dict[str, Any]:
        """Merge `body` into an object, or into its `subresource` (`status`, `scale`)."""
        path = self.path(kind, api_version, name, namespace) + (f"/{subresource}" if subresource else "")
        return self.request("PATCH", path, body=body, content_type=MERGE_PATCH)

    def scale(self, kind: str, api_version: str, name: str, namespace: str, replicas: int) -> None:
        """Ask for a number of replicas."""
        self.patch(kind, api_version, name, namespace, {"spec": {"replicas": replicas}}, "scale")

    def create(self, manifest: Manifest, subresource: str | None = None) -> dict[str, Any]:
        """Create an object, or a `subresource` of one (`binding`, `eviction`)."""
        metadata = manifest["metadata"]
        kind = {"eviction": "Pod", "binding": "Pod"}.get(subresource or "", str(manifest["kind"]))
        api_version = "v1" if subresource else str(manifest["apiVersion"])
        name = str(metadata["name"]) if subresource else ""
        path = self.path(kind, api_version, name, metadata.get("namespace") or "default")
        return self.request("POST", path + (f"/{subresource}" if subresource else ""), body=manifest)

    def delete(
        self, kind: str, api_version: str, name: str, namespace: str | None = None, *, grace_seconds: int | None = None
    ) -> None:
        """Delete an object; one that is gone already is fine."""
        query = {"propagationPolicy": "Background"}
        if grace_seconds is not None:
            query["gracePeriodSeconds"] = str(grace_seconds)
        try:
            self.request("DELETE", self.path(kind, api_version, name, namespace), query=query)
        except ApiError as error:
            if error.status != NOT_FOUND:
                raise


def _default(kind: str) -> str | None:
    """Return no namespace for kinds that live in none; `path` ignores it for those anyway."""
    return None if kind in {"Node", "Namespace"} else "default"
