"""Every object that the project's own charts render keeps the policies of workloads.

Looks at the golden files, whose renders tests/charts proves; does not prove what a chart renders for other values.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies.pack import collect
from policies.pods import pods_of
from policies.policy import ResourcePolicy, StackPolicy
from policies.resources import Resource, Stack
from tests.policies.sample import Sample
from tests.policies.whole_pack import all_breaks

CHARTS = Path(__file__).parents[2] / "charts"
GOLDEN = sorted([*(CHARTS / "golden").glob("*.yaml"), *(CHARTS / "golden_embedding").glob("*.yaml")])
THEME = [policy for policy in collect() if policy.validate.__module__.startswith("policies.workloads.")]
EXAMPLES = {"registries": ["docker.io", "ghcr.io", "nvcr.io", "registry.example.com"]}
"""Golden values name images of nobody's: `serving/embedder`."""


def objects(file: Path) -> Iterator[dict[str, Any]]:
    yield from yaml.safe_load_all(file.read_text(encoding="utf-8"))


def resource(document: dict[str, Any]) -> Resource:
    """An object as the rehearsal hands it to the pack."""
    version = document["apiVersion"]
    group = version if "/" in version else f"core/{version}"
    metadata = {"namespace": "serving", **document["metadata"]}
    return Sample(
        f"kubernetes:{group}:{document['kind']}", metadata["name"], {**document, "metadata": metadata}
    ).resource()


def faults(policy: ResourcePolicy | StackPolicy, resources: list[Resource]) -> list[str]:
    given = EXAMPLES if policy.name == "images-come-from-allowed-registries" else {}
    configuration = policy.configuration(given)
    if isinstance(policy, StackPolicy):
        judged = [policy.judge(Stack(tuple(resources)), configuration)]
    else:
        judged = [policy.judge(each, configuration) for each in resources if policy.looks_at(each.type)]
    assert not [path for judgement in judged for path in judgement.undecided]
    return [f"{each.path}: {each.fault}" for judgement in judged for each in judgement.violations]


@pytest.mark.parametrize("policy", THEME, ids=lambda policy: policy.name)
@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_rendered_objects_keep_the_policy(file: Path, policy: ResourcePolicy | StackPolicy) -> None:
    resources = [resource(document) for document in objects(file)]

    assert faults(policy, resources) == []


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_rendered_objects_have_pods_to_judge(file: Path) -> None:
    found = [pod for document in objects(file) for pod in pods_of(resource(document))]

    assert found
    assert all(list(pod.containers()) for pod in found)


def test_whole_theme_is_asked() -> None:
    assert {policy.name for policy in THEME} <= set(all_breaks())
    assert len(THEME) >= 14
