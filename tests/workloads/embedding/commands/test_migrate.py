"""The command `migrate`, as a person or a Job calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tests.workloads.embedding.conftest import EngineServers
from workloads.embedding.commands import migrate
from workloads.embedding.settings import StoreSettings
from workloads.embedding.stores.opening import open_store
from workloads.faults import InputError

pytestmark = pytest.mark.xdist_group("pgvector")


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    app.callback()(lambda: None)
    migrate.register(app)
    return app


def settings_file(folder: Path, store: StoreSettings) -> Path:
    file = folder / "settings.yaml"
    content = {
        "index": "docs",
        "source": {"uri": str(folder)},
        "embedder": {"model": "model", "revision": "1"},
        "store": store.model_dump(exclude_defaults=True),
        "manifests": str(folder / "manifests"),
    }
    file.write_text(json.dumps(content))
    return file


def test_says_where_the_schema_stands(app: typer.Typer, engine_servers: EngineServers, tmp_path: Path) -> None:
    store = engine_servers("pgvector").fresh(tmp_path).model_copy(update={"namespace": "by_command"})
    for _ in range(2):
        result = CliRunner().invoke(app, ["migrate", str(settings_file(tmp_path, store))], catch_exceptions=False)
        assert (result.exit_code, result.output) == (0, "schema by_command: at revision 0001\n")


def test_admin_makes_the_pipelines_user(app: typer.Typer, engine_servers: EngineServers, tmp_path: Path) -> None:
    standing = engine_servers("pgvector").fresh(tmp_path)
    store = standing.model_copy(
        update={"namespace": "by_admin", "url": standing.url.replace("postgres@", "made_by_admin@")}
    )
    arguments = ["migrate", str(settings_file(tmp_path, store)), "--admin-url", standing.url]
    assert CliRunner().invoke(app, arguments, catch_exceptions=False).exit_code == 0
    opened = open_store(store, {})
    assert opened.names() == []
    opened.close()


def test_other_engine_is_left_alone(app: typer.Typer, tmp_path: Path) -> None:
    file = settings_file(tmp_path, StoreSettings(engine="qdrant", url=f"path:{tmp_path / 'qdrant'}"))
    result = CliRunner().invoke(app, ["migrate", str(file)], catch_exceptions=False)
    assert (result.exit_code, "needs no migration" in result.output) == (0, True)
    assert not (tmp_path / "qdrant").exists()


def test_missing_file_is_named(app: typer.Typer, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.yaml"):
        CliRunner().invoke(app, ["migrate", str(tmp_path / "absent.yaml")], catch_exceptions=False)
