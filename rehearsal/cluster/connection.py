"""A connection to a Kubernetes API server, and the discovery of what it serves.

The `kubernetes` package reads the kubeconfig; its generated classes are left out, for most of what is applied here are
custom resources, which have none.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self, cast
from urllib.parse import quote, urlencode

import urllib3

from rehearsal.cluster.apply_order import Manifest, label_of

CONNECTIONS: Final = 16

ALL_AT_ONCE: Final = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
"""What makes `/apis` answer with every group, version and kind. https://kubernetes.io/docs/concepts/overview/kubernetes-api/"""

OWN_GROUPS: Final = frozenset(
    f"{name}.k8s.io"
    for name in (
        "admissionregistration",
        "apiextensions",
        "apiregistration",
        "authentication",
        "authorization",
        "certificates",
        "coordination",
        "discovery",
        "events",
        "flowcontrol.apiserver",
        "internal.apiserver",
        "networking",
        "node",
        "rbac.authorization",
        "resource",
        "scheduling",
        "storage",
        "storagemigration",
    )
)
"""API groups with a dot in their names that are Kubernetes' own."""

OK: Final = 200
NOT_FOUND: Final = 404
CONFLICT: Final = 409
GONE: Final = 410


class ApiError(Exception):
    """What the API server refuses, in its own words; status 0 when it cannot be reached at all."""

    def __init__(self, status: int, reason: str, message: str, manifest: Manifest | None = None) -> None:
        self.status = status
        self.reason = reason
        """The machine-readable reason: NotFound, Invalid, Forbidden, ..."""
        self.message = message
        self.manifest = manifest
        """What was applied, where something was."""
        super().__init__(f"{label_of(manifest)}: {message}" if manifest else message)


class UnservedKindError(ApiError):
    """The API server serves no such kind: its CustomResourceDefinition is not there."""


@dataclass(frozen=True)
class Served:
    """How one kind is served: where it is, and what it has beneath it."""

    path: str
    """`/api/v1` or `/apis/<group>/<version>`."""
    plural: str
    namespaced: bool
    subresources: frozenset[str] = field(default_factory=frozenset[str])


class Connection:
    """A connection to one cluster's API server; safe to use from several threads at once."""

    def __init__(self, kubeconfig: Path, *, timeout_seconds: float = 60) -> None:
        from kubernetes import client, config  # noqa: PLC0415 - a second's work that few rehearsals need

        settings: Any = client.Configuration()
        config.load_kube_config(str(kubeconfig), client_configuration=settings)
        self.kubeconfig = kubeconfig
        self.server: str = settings.host
        self._authorization: str | None = settings.get_api_key_with_prefix("authorization")
        self._pool = urllib3.PoolManager(
            maxsize=CONNECTIONS,
            block=True,
            cert_reqs="CERT_REQUIRED" if settings.verify_ssl else "CERT_NONE",
            ca_certs=settings.ssl_ca_cert,
            cert_file=settings.cert_file,
            key_file=settings.key_file,
            timeout=timeout_seconds,
            # A busy server asks to come again (429 with Retry-After) before it has done anything, whatever was asked.
            retries=urllib3.Retry(
                connect=2,
                read=0,
                redirect=0,
                status=10,
                backoff_factor=0.1,
                backoff_max=1,
                allowed_methods=None,
                raise_on_status=False,
            ),
        )
        self._served: dict[str, dict[str, Served]] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Use it as a context, so that its connections are closed."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    # -- requests -----------------------------------------------------------------------------------------------

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        content_type: str = "application/json",
        accept: str = "application/json",
    ) -> Any:
        """Send one request; return the parsed answer. Raises `ApiError` for what is refused."""
        headers = {"accept": accept, "content-type": content_type}
        if self._authorization:
            headers["authorization"] = self._authorization
        url = f"{self.server}{path}" + (f"?{urlencode(query)}" if query else "")
        try:
            answer = self._pool.request(
                method, url, headers=headers, body=None if body is None else json.dumps(body).encode()
            )
        except urllib3.exceptions.HTTPError as error:
            raise ApiError(0, "Unreachable", f"the API server at {self.server} does not answer: {error}") from error
        text = answer.data.decode(errors="replace")
        try:
            content = json.loads(text) if text else {}
        except ValueError:
            content = text
        if answer.status >= 400:  # noqa: PLR2004 - HTTP's first error
            status: dict[str, Any] = cast("dict[str, Any]", content) if isinstance(content, dict) else {}
            message = str(status.get("message") or text.strip() or answer.reason)
            raise ApiError(answer.status, str(status.get("reason", "")), message)
        return content

    # -- discovery ----------------------------------------------------------------------------------------------

    def serves(self, kind: str, api_version: str) -> bool:
        """Whether the API server serves a kind at present."""
        return self._find(kind, api_version) is not None

    def served(self, kind: str, api_version: str) -> Served:
        """Return how a kind is served; raises `UnservedKindError`."""
        found = self._find(kind, api_version)
        if found is None:
            raise UnservedKindError(NOT_FOUND, "NotFound", f"the cluster serves no {kind} of {api_version}")
        return found

    def custom_versions(self) -> list[str]:
        """Return the groups and versions that are served beyond Kubernetes' own, and each with its kinds.

        `keda.sh/v1alpha1` and `keda.sh/v1alpha1/ScaledObject`, as `helm template --api-versions` takes them.
        """
        found: set[str] = set()
        for group in self.request("GET", "/apis", accept=ALL_AT_ONCE)["items"]:
            name = str(group["metadata"]["name"])
            if "." not in name or name in OWN_GROUPS:
                continue
            for version in group["versions"]:
                api_version = f"{name}/{version['version']}"
                kinds = {resource["responseKind"]["kind"] for resource in version.get("resources") or ()}
                found |= {api_version, *(f"{api_version}/{kind}" for kind in kinds)}
        return sorted(found)

    def _find(self, kind: str, api_version: str) -> Served | None:
        known = self._served.get(api_version, {})
        if kind not in known:  # what was not there may have come since
            known = self._discover(api_version)
            with self._lock:
                self._served[api_version] = known
        return known.get(kind)

    def _discover(self, api_version: str) -> dict[str, Served]:
        path = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        try:
            resources: list[dict[str, Any]] = self.request("GET", path).get("resources", [])
        except ApiError as error:
            if error.status == NOT_FOUND:
                return {}
            raise
        beneath: dict[str, set[str]] = {}
        for resource in resources:
            plural, slash, subresource = str(resource["name"]).partition("/")
            if slash:
                beneath.setdefault(plural, set()).add(subresource)
        return {
            str(r["kind"]): Served(path, str(r["name"]), bool(r["namespaced"]), frozenset(beneath.get(r["name"], ())))
            for r in resources
            if "/" not in str(r["name"])
        }

    def path(self, kind: str, api_version: str, name: str = "", namespace: str | None = None) -> str:
        """Return the path of an object, or of the collection that it is in; `namespace=None` is all of them."""
        served = self.served(kind, api_version)
        within = f"/namespaces/{quote(namespace)}" if served.namespaced and namespace else ""
        return f"{served.path}{within}/{served.plural}" + (f"/{quote(name)}" if name else "")
