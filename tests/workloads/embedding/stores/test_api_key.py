"""The API key comes from the variable that the settings name."""

from __future__ import annotations

import pytest

from workloads.embedding.settings import StoreSettings
from workloads.embedding.stores.api_key import api_key
from workloads.faults import AccessError

NAMED = StoreSettings(engine="pinecone", url="example.pinecone.io", api_key_env="STORE_KEY")


def test_the_named_variable_is_read() -> None:
    assert api_key(NAMED, {"STORE_KEY": "secret"}) == "secret"


@pytest.mark.parametrize("environ", [{}, {"STORE_KEY": ""}])
def test_a_variable_that_is_not_set_is_named(environ: dict[str, str]) -> None:
    with pytest.raises(AccessError, match="STORE_KEY"):
        api_key(NAMED, environ)


def test_without_a_name_there_is_no_key() -> None:
    assert api_key(StoreSettings(engine="milvus", url="http://localhost:19530"), {}) is None
