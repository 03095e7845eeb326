"""Every model of the three stack files, rendered by real helm with the values that its release gets.

Does not prove that a cluster takes the objects: `rehearse up dev --cluster` shows that.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from catalogue.model_server_chart import CHART_FOLDER, effective_values
from stacks.model_values import model_values, planned_fit
from stacks.sections.models import ModelSettings
from stacks.settings import Settings
from tests.stacks.test_stack_files import ENVIRONMENTS, environment_settings

MODELS = [
    pytest.param(settings, model, id=f"{environment}-{model.name}")
    for environment in ENVIRONMENTS
    for settings in [environment_settings(environment)]
    for model in settings.models
]


def rendered(helm: Path, settings: Settings, model: ModelSettings) -> dict[str, dict[str, Any]]:
    """The objects by kind and name, as in `Deployment/qwen-chat`."""
    ran = subprocess.run(  # noqa: S603 - our own helm
        [
            helm, "template", model.name, CHART_FOLDER, "--namespace", model.namespace,
            "--kube-version", f"{settings.cluster.kubernetes_version}.0", "--values", "-",
        ],
        input=json.dumps(model_values(settings, model)),
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    documents = yaml.load_all(ran.stdout, Loader=yaml.CSafeLoader)
    return {f"{document['kind']}/{document['metadata']['name']}": document for document in documents if document}


@pytest.mark.parametrize(("settings", "model"), MODELS)
def test_a_model_of_a_stack_file_renders_as_planned(helm: Path, settings: Settings, model: ModelSettings) -> None:
    objects = rendered(helm, settings, model)
    # Pulumi makes it, with the permissions of its role: a second one would be refused.
    assert not [name for name in objects if name.startswith("ServiceAccount/")]
    fit = planned_fit(settings, model.pool, effective_values(model_values(settings, model)))
    gpus = [
        container["resources"]["requests"].get("nvidia.com/gpu", 0)
        for name, manifest in objects.items()
        if name.startswith("Deployment/")
        for container in manifest["spec"]["template"]["spec"]["containers"]
    ]
    assert gpus or f"RayService/{model.name}" in objects
    assert set(gpus) <= {fit.gpus if fit else 0}


def test_dev_serves_with_every_engine() -> None:
    engines = [model.engine for model in environment_settings("dev").models]
    assert sorted(engines) == ["bentoml", "fastapi", "ray-serve", "tensorflow-serving", "tgi", "triton", "vllm"]


def test_prod_splits_a_large_model_and_one_of_the_environments_scales_to_zero() -> None:
    values = [model.values for model in environment_settings("prod").models]
    shared = {given.get("model", {}).get("tensorParallel") for given in values}
    assert {4, 8} <= shared
    assert any(given.get("autoscaling", {}).get("scaleToZero") for given in values)
