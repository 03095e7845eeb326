"""The values files of every locked release against their closed schemas and the lock.

Does not prove that a chart knows the keys: docs/charts.md tells how that was seen, and `rehearse up --cluster` renders.
"""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator

from catalogue.charts import GPU_STACK_OWNERS, VALUES_FOLDER, GpuStackOwner, load_charts, merged_values, values_files
from components.naming import DEVICE_PLUGIN_LABEL, GPU_PRESENT_LABEL, GPU_PRODUCT_LABEL, GPU_RESOURCE, INTERRUPTIBLE

LOCK = load_charts()
RELEASES = [name for name, chart in LOCK.charts.items() if not chart.is_first_party]
ENVIRONMENTS = ("dev", "staging", "prod")

FREE_MAPS = frozenset({"labels", "matchLabels", "nodeSelector", "data", "map", "defaultTags"})
"""Maps whose keys are names that somebody chooses: labels, tags, and configurations of the device plugin."""

SECRET_KEY = re.compile(
    r"(?i)(?:^|[._-])(?:password|passwd|secret|token|api[_-]?key|secret[_-]?key|private[_-]?key|seed)$"
)
SECRET_TEXT = re.compile(
    r"(?i)(?:password|secret_?access_?key|api_?key|token)\s*[:=]\s*[\"']?(?![\"'$]|\$\{)[\w+/-]{6,}"
)
KNOWN_DEFAULTS = ("minioadmin", "default-insecure-seed", "prom-operator", "AKIA")

Path = tuple[str | int, ...]


@cache
def validator(release: str) -> Draft202012Validator:
    schema = json.loads((VALUES_FOLDER / release / "values.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def owners(release: str) -> tuple[GpuStackOwner, ...]:
    by_owner = any("{gpu_stack_owner}" in path for path in LOCK.charts[release].values)
    return cast("tuple[GpuStackOwner, ...]", GPU_STACK_OWNERS if by_owner else GPU_STACK_OWNERS[:1])


@cache
def merged(release: str, environment: str, owner: GpuStackOwner = "host") -> dict[str, Any]:
    return merged_values(LOCK.charts[release], environment, gpu_stack_owner=owner)


def nodes(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    yield path, value
    if isinstance(value, Mapping):
        for key, inner in cast("Mapping[str, object]", value).items():
            yield from nodes(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(cast("list[object]", value)):
            yield from nodes(inner, (*path, index))


def texts(release: str) -> Iterator[tuple[Path, str]]:
    for environment in ENVIRONMENTS:
        for owner in owners(release):
            for path, value in nodes(merged(release, environment, owner)):
                if isinstance(value, str):
                    yield path, value


def test_every_folder_of_values_belongs_to_a_release_or_to_an_engine_of_the_model_server() -> None:
    engines = {"vllm", "tgi", "triton", "tensorflow-serving", "bentoml", "ray-serve", "fastapi"}
    folders = {path.name for path in VALUES_FOLDER.iterdir() if path.is_dir()}
    assert folders - set(RELEASES) <= engines
    assert set(RELEASES) <= folders


@pytest.mark.parametrize("release", RELEASES)
def test_merged_values_fit_the_schema_in_every_environment(release: str) -> None:
    for environment in ENVIRONMENTS:
        for owner in owners(release):
            faults = [
                f"{environment}: {fault.json_path}: {fault.message}"
                for fault in validator(release).iter_errors(merged(release, environment, owner))
            ]
            assert not faults


@pytest.mark.parametrize("release", RELEASES)
def test_an_unknown_key_is_refused_in_every_map_but_the_free_ones(release: str) -> None:
    values = merged(release, "prod")
    maps = [path for path, value in nodes(values) if isinstance(value, Mapping) and not FREE_MAPS & set(path[-1:])]
    for path in maps:
        spoiled = copy.deepcopy(values)
        holder: Any = spoiled
        for key in path:
            holder = holder[key]
        holder["misspelt"] = 1
        assert not validator(release).is_valid(spoiled), path


@pytest.mark.parametrize("release", RELEASES)
def test_every_object_of_the_schema_is_closed(release: str) -> None:
    schema = cast("dict[str, Any]", validator(release).schema)
    open_places = list(open_objects(schema, ()))
    assert not open_places


def open_objects(schema: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """Places where the schema takes keys or values that it does not name."""
    known = {"$ref", "enum", "const", "anyOf", "oneOf", "allOf", "type"}
    if not known & set(schema):
        yield f"{'/'.join(path)}: takes anything"
    types = schema.get("type", ())
    if "object" in (types if isinstance(types, list) else [types]) or "properties" in schema:
        extra = schema.get("additionalProperties", True)
        if extra is not False and (path[-1:] == () or path[-1] not in FREE_MAPS or extra is True):
            yield f"{'/'.join(path)}: takes any key"
        if isinstance(extra, Mapping):
            yield from open_objects(cast("Mapping[str, Any]", extra), (*path, "additionalProperties"))
    if "array" in (types if isinstance(types, list) else [types]) and "items" not in schema:
        yield f"{'/'.join(path)}: takes any items"
    for group in ("properties", "$defs", "patternProperties"):
        for key, inner in schema.get(group, {}).items():
            yield from open_objects(inner, (*path, key))
    if isinstance(items := schema.get("items"), Mapping):
        yield from open_objects(cast("Mapping[str, Any]", items), (*path, "items"))
    for group in ("anyOf", "oneOf"):
        for inner in schema.get(group, []):
            yield from open_objects(inner, (*path, group))


@pytest.mark.parametrize("release", RELEASES)
def test_each_values_file_names_chart_and_version_of_the_lock_first(release: str) -> None:
    chart = LOCK.charts[release]
    files = sorted((VALUES_FOLDER / release).glob("*values.yaml"))
    assert files
    for file in files:
        first = file.read_text(encoding="utf-8").splitlines()[0]
        assert first.startswith("# "), file
        assert f"{chart.chart} {chart.version}" in first.replace(",", " "), f"{file}: {first}"


@pytest.mark.parametrize("release", RELEASES)
def test_each_values_file_is_one_that_the_lock_lists(release: str) -> None:
    listed = {
        file
        for environment in ENVIRONMENTS
        for owner in owners(release)
        for file in values_files(LOCK.charts[release], environment, gpu_stack_owner=owner)
    }
    assert set((VALUES_FOLDER / release).glob("*.yaml")) == listed


@pytest.mark.parametrize("release", RELEASES)
def test_nothing_is_called_latest(release: str) -> None:
    floating = [path for path, text in texts(release) if text == "latest" or text.endswith((":latest", ":main"))]
    assert not floating


@pytest.mark.parametrize("release", RELEASES)
def test_no_secret_stands_in_the_values(release: str) -> None:
    plain = [path for path, text in texts(release) if is_plain_secret(path, text)]
    assert not plain


def is_plain_secret(path: Path, text: str) -> bool:
    """Whether a text is, holds, or is known as a secret; a reference such as `${PASSWORD}` is none."""
    named = bool(SECRET_KEY.search(str(path[-1]))) and bool(text) and not text.startswith("$")
    return named or bool(SECRET_TEXT.search(text)) or any(word in text for word in KNOWN_DEFAULTS)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("auth", "password"), "hunter2!"),
        (("admin", "apiKey"), "abc"),
        (("config",), "db:\n  password: hunter22\n"),
        (("minio", "user"), "minioadmin"),
    ],
)
def test_a_plain_secret_would_be_seen(path: Path, text: str) -> None:
    assert is_plain_secret(path, text)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("auth", "existingSecret"), "grafana-admin"),
        (("auth", "password"), "${GRAFANA_PASSWORD}"),
        (("config",), "db:\n  password: ${PASSWORD}\n"),
        (("secretName",), "qdrant-api-keys"),
    ],
)
def test_a_secret_by_reference_is_none(path: Path, text: str) -> None:
    assert not is_plain_secret(path, text)


def test_nothing_selects_nodes_by_a_label_that_gpu_feature_discovery_rewrites() -> None:
    charts = VALUES_FOLDER.parent / "charts"
    files = [*VALUES_FOLDER.glob("*/*.yaml"), *charts.rglob("*.yaml"), *charts.rglob("*.tpl")]
    lines = (line for file in files for line in file.read_text(encoding="utf-8").splitlines())
    named = [line for line in lines if GPU_PRODUCT_LABEL in line and not line.lstrip().startswith("#")]
    assert not named


def test_our_device_plugin_keeps_off_nodes_whose_image_runs_its_own() -> None:
    terms = merged("nvidia-device-plugin", "prod")["affinity"]["nodeAffinity"][
        "requiredDuringSchedulingIgnoredDuringExecution"
    ]["nodeSelectorTerms"]
    for term in terms:
        assert {"key": DEVICE_PLUGIN_LABEL, "operator": "NotIn", "values": ["false"]} in term["matchExpressions"]
        assert {"key": GPU_PRESENT_LABEL, "operator": "In", "values": ["true"]} in term["matchExpressions"]


@pytest.mark.parametrize(
    "release", ["gpu-operator", "nvidia-device-plugin", "dcgm-exporter", "aws-efa-k8s-device-plugin"]
)
def test_what_serves_gpus_goes_to_gpu_nodes_of_every_pool(release: str) -> None:
    values = merged(release, "prod")
    holder = values["daemonsets"] if release == "gpu-operator" else values
    tolerated = {(entry["key"], entry["operator"], entry.get("effect")) for entry in holder["tolerations"]}
    assert (GPU_RESOURCE, "Exists", "NoSchedule") in tolerated
    assert (INTERRUPTIBLE, "Exists", "NoSchedule") in tolerated


def test_the_owner_of_the_gpu_stack_decides_about_driver_and_toolkit() -> None:
    host, operator = (merged("gpu-operator", "prod", owner) for owner in ("host", "operator"))
    assert host["driver"] == host["toolkit"] == {"enabled": False}
    assert "enabled" not in operator["driver"]  # the chart's own default installs both
    assert "enabled" not in operator["toolkit"]
