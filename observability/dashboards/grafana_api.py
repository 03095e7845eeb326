"""Grafana's HTTP API, as far as dashboards and their data source need it.

https://grafana.com/docs/grafana/latest/developers/http_api/
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any, Final

SECONDS: Final = 30
FOLDER_EXISTS: Final = (HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED)
"""What Grafana says of a folder that is there: 412 up to version 10, 409 after it."""


class GrafanaError(Exception):
    """Grafana refused something, or could not be asked."""


class GrafanaApi:
    """One Grafana, and the token that opens it, which no message of ours repeats."""

    def __init__(self, address: str, token: str) -> None:
        self.address = address.rstrip("/")
        self._token = token

    def make_folder(self, uid: str, title: str) -> None:
        """Make a folder, unless it is there."""
        self._ask("POST", "folders", {"uid": uid, "title": title}, allowed=FOLDER_EXISTS)

    def put_dashboard(self, dashboard: Mapping[str, Any], folder: str) -> str:
        """Create or replace a dashboard; its address below Grafana's."""
        body = {"dashboard": dashboard, "folderUid": folder, "overwrite": True}
        return str(self._ask("POST", "dashboards/db", body)["url"])

    def dashboards_of(self, folder: str) -> list[str]:
        """Uids of the dashboards in a folder."""
        found = self._ask("GET", f"search?type=dash-db&limit=5000&folderUIDs={folder}")
        # Versions that don't know the parameter would tell everybody's.
        return [str(each["uid"]) for each in found if each.get("folderUid") == folder]

    def remove_dashboard(self, uid: str) -> None:
        """Remove a dashboard, unless somebody was faster."""
        self._ask("DELETE", f"dashboards/uid/{uid}", allowed=(HTTPStatus.NOT_FOUND,))

    def put_data_source(self, source: Mapping[str, Any]) -> None:
        """Create or replace a data source, by its uid."""
        path = f"datasources/uid/{source['uid']}"
        if self._ask("GET", path, allowed=(HTTPStatus.NOT_FOUND,)):
            self._ask("PUT", path, source)
        else:
            self._ask("POST", "datasources", source)

    def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, allowed: Collection[HTTPStatus] = ()
    ) -> Any:
        """Grafana's answer; nothing where it has one of the `allowed` states."""
        request = urllib.request.Request(  # noqa: S310 - the address is the caller's
            f"{self.address}/api/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - as above
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code in allowed:
                return {}
            text = error.read().decode(errors="replace")[:200].replace(self._token, "***")
            raise GrafanaError(f"{path.partition('?')[0]}: {error.code} {text}") from error
        except (OSError, ValueError) as error:
            raise GrafanaError(f"{self.address} does not answer as Grafana does: {error}") from error
