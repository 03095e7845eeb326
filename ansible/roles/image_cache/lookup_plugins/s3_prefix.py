"""Lookup of the files below a prefix of a bucket, with a signed URL for each. Runs on the control node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import boto3
from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

DOCUMENTATION = """
name: s3_prefix
author: llm-platform
short_description: Files below a prefix of a bucket
description:
  - Lists all of them with their sizes, which no module does, and signs a URL for each.
  - A host that fetches them needs no credentials.
options:
  _terms: {description: Prefixes such as s3://bucket/prefix, required: true}
  region: {description: Region of the buckets., type: str, default: ""}
  endpoint_url: {description: Another address of S3., type: str, default: ""}
  lifetime: {description: Seconds for which the URLs hold., type: int, default: 21600}
"""


class LookupModule(LookupBase):
    """Files as dicts of `path` (below the prefix), `size` and `url`."""

    def run(  # pyright: ignore[reportIncompatibleMethodOverride] - the base class only raises
        self, terms: Sequence[str], variables: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> list[dict[str, Any]]:
        """Return the files of all prefixes; an empty prefix, or one that may not be read, is an error."""
        self.set_options(var_options=variables, direct=kwargs)
        client = boto3.client(
            "s3",
            region_name=self.get_option("region") or None,
            endpoint_url=self.get_option("endpoint_url") or None,
            # Buckets with a customer's key are only read with this signature.
            config=Config(signature_version="s3v4"),
        )
        return [file for term in terms for file in self._files(client, term)]

    def _files(self, client: Any, uri: str) -> list[dict[str, Any]]:
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        prefix = f"{prefix.rstrip('/')}/"
        try:
            pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            items = [item for page in pages for item in page.get("Contents", []) if not item["Key"].endswith("/")]
        except (BotoCoreError, ClientError) as error:
            raise AnsibleLookupError(f"{uri}: {error}") from error
        paths = [item["Key"].removeprefix(prefix) for item in items]
        if not items:
            raise AnsibleLookupError(f"{uri}: no files below this prefix")
        if outside := [path for path in paths if path.startswith("/") or ".." in path.split("/")]:
            raise AnsibleLookupError(f"{uri}: {outside[0]} would come to lie outside of the folder")
        return [
            {"path": path, "size": item["Size"], "url": self._url(client, bucket, item["Key"])}
            for path, item in zip(paths, items, strict=True)
        ]

    def _url(self, client: Any, bucket: str, key: str) -> str:
        asked = {"Bucket": bucket, "Key": key}
        return str(client.generate_presigned_url("get_object", Params=asked, ExpiresIn=self.get_option("lifetime")))
