"""Secrets of the releases, compared with what their values name. Does not prove that AWS has them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from catalogue.charts import VALUES_FOLDER, load_charts, values_files
from catalogue.data_file import CatalogueError
from catalogue.release_secrets import load_release_secrets, read_release_secrets, secrets_of


def test_every_release_with_secrets_is_in_the_lock():
    assert set(load_release_secrets().secrets) <= set(load_charts().charts)


def test_names_are_unique_in_a_namespace():
    charts = load_charts().charts
    names = [(charts[release].namespace, s.name) for release, of in load_release_secrets().secrets.items() for s in of]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("release", sorted(load_release_secrets().secrets))
def test_values_name_each_secret_with_each_key(release: str):
    texts = [path.read_text(encoding="utf-8") for path in values_files(load_charts().charts[release], "prod")]
    text = "\n".join(re.sub(r"^\s*#.*$", "", line) for line in "\n".join(texts).splitlines())
    for secret in secrets_of(release, "prod"):
        assert re.search(rf"(?<![\w-]){re.escape(secret.name)}(?![\w-])", text), secret.name


def test_values_reference_no_other_secret():
    """`secretKeyRef` is Kubernetes' own form; keys that charts invent are looked at above."""
    known = {secret.name for of in load_release_secrets().secrets.values() for secret in of}
    for path in sorted(VALUES_FOLDER.glob("*/*values.yaml")):
        found = set(re.findall(r"secretKeyRef: \{name: ([a-z0-9-]+),", path.read_text(encoding="utf-8")))
        assert found <= known, (
            f"{path.parent.name}/{path.name}: {sorted(found - known)}: not in helm-values/secrets.yaml"
        )


def test_an_environment_may_do_without():
    assert "mlflow-database" in {secret.name for secret in secrets_of("mlflow", "prod")}
    assert "mlflow-database" not in {secret.name for secret in secrets_of("mlflow", "dev")}
    assert secrets_of("keda", "dev") == []


def test_a_secret_without_keys_is_refused(tmp_path: Path):
    file = tmp_path / "secrets.yaml"
    file.write_text("secrets: {qdrant: [{name: qdrant-api-keys, keys: []}]}", encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"secrets\.qdrant\.0\.keys"):
        read_release_secrets(file)
