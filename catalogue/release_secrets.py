"""The Kubernetes Secrets that Helm releases need and no chart may make: helm-values/secrets.yaml and its loader."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from catalogue.charts import VALUES_FOLDER
from catalogue.data_file import Record, read_yaml, validate

SECRETS_FILE = VALUES_FOLDER / "secrets.yaml"

Text = Annotated[str, Field(min_length=1)]


class ReleaseSecret(Record):
    """One Secret that the values of a release name."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$")]
    keys: Annotated[tuple[Text, ...], Field(strict=False, min_length=1)]
    optional: bool = False
    """The release starts without it."""
    not_in: Annotated[tuple[Text, ...], Field(strict=False)] = ()
    """Environments whose values do without it."""


class ReleaseSecrets(Record):
    """The whole file, by release."""

    secrets: Mapping[str, Annotated[tuple[ReleaseSecret, ...], Field(strict=False)]]


def read_release_secrets(path: Path) -> ReleaseSecrets:
    """A file of secrets, validated; raises CatalogueError with every fault of it."""
    return validate(path, read_yaml(path), ReleaseSecrets)


@cache
def load_release_secrets() -> ReleaseSecrets:
    """The secrets that the project's own values name."""
    return read_release_secrets(SECRETS_FILE)


def secrets_of(release: str, environment: str) -> list[ReleaseSecret]:
    """Secrets that a release needs in an environment."""
    known = load_release_secrets().secrets.get(release, ())
    return [secret for secret in known if environment not in secret.not_in]
