"""Secrets Manager as the controller's lookup finds it: moto behind an address of its own."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

from tests.ansible.joining import REGION


@dataclass(frozen=True)
class SecretsManager:
    """A running one; `settings` lead Ansible there."""

    address: str

    @property
    def settings(self) -> dict[str, str]:
        """Environment variables of ansible-playbook."""
        return {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_ACCESS_KEY_ID": "lab",
            "AWS_SECRET_ACCESS_KEY": "lab",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def keep(self, name: str, content: dict[str, Any]) -> None:
        """Make a secret, or change it."""
        client = boto3.client(
            "secretsmanager",
            region_name=REGION,
            endpoint_url=self.address,
            aws_access_key_id="lab",
            aws_secret_access_key="lab",
        )
        text = json.dumps(content)
        try:
            client.create_secret(Name=name, SecretString=text)
        except client.exceptions.ResourceExistsException:
            client.put_secret_value(SecretId=name, SecretString=text)


@contextmanager
def secrets_manager() -> Generator[SecretsManager]:
    """Run one on a free port."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield SecretsManager(f"http://{host}:{port}")
    finally:
        server.stop()
