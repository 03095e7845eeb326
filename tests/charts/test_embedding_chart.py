"""The embedding chart rendered by real helm. Does not prove that the programs take their arguments: the commands' own
tests do, and test_commands below asks them for help."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.charts.embedding_rendering import CASES, EMBEDDING, RELEASE
from tests.charts.rendering import ROOT, Rendered, RenderRefusedError
from workloads.embedding.cli import app, register_commands


def pods(rendered: Rendered) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every pod template, by what it belongs to."""
    for manifest in rendered.manifests:
        spec = manifest.get("spec", {})
        match manifest["kind"]:
            case "Deployment" | "Job":
                yield manifest["metadata"]["name"], spec["template"]
            case "CronJob":
                yield manifest["metadata"]["name"], spec["jobTemplate"]["spec"]["template"]
            case "RayJob":
                cluster = spec["rayClusterSpec"]
                yield "ray-head", cluster["headGroupSpec"]["template"]
                for group in cluster["workerGroupSpecs"]:
                    yield "ray-worker", group["template"]
            case _:
                pass


@pytest.mark.parametrize("case", CASES)
def test_render_is_the_golden_file(helm: Path, case: str) -> None:
    kept = (EMBEDDING.golden / f"{case}.yaml").read_text(encoding="utf-8")
    assert EMBEDDING.golden_text(helm, case) == kept, (
        "changed: `python -m tests.charts.embedding_rendering`, then read the diff"
    )


def test_every_golden_file_has_a_case() -> None:
    assert {file.stem for file in EMBEDDING.golden.glob("*.yaml")} == set(CASES)


def test_two_renders_are_the_same_and_lint_finds_nothing(helm: Path) -> None:
    assert EMBEDDING.text(helm, CASES["whole"]) == EMBEDDING.text(helm, CASES["whole"])
    ran = EMBEDDING.lint(helm, CASES["whole"])
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("case", CASES)
def test_no_pod_has_more_rights_than_it_needs(helm: Path, case: str) -> None:
    found = dict(pods(EMBEDDING.render(helm, CASES[case])))
    assert found
    for name, pod in found.items():
        spec = pod["spec"]
        assert spec["securityContext"]["runAsNonRoot"], name
        assert spec["automountServiceAccountToken"] is False, name
        for container in [*spec.get("initContainers", ()), *spec["containers"]]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name
            assert container["resources"]["requests"]["memory"] == container["resources"]["limits"]["memory"], name


def test_only_the_preparation_has_the_account_that_may_prepare(helm: Path) -> None:
    accounts = {name: pod["spec"]["serviceAccountName"] for name, pod in pods(EMBEDDING.render(helm, CASES["whole"]))}
    (prepare,) = (name for name in accounts if "-prepare-" in name)
    assert accounts.pop(prepare) == f"{RELEASE}-prepare"
    assert set(accounts.values()) == {RELEASE}


def test_the_job_runs_on_spot_machines_and_without_gpus_on_the_system_pool(helm: Path) -> None:
    spot = EMBEDDING.render(helm).one("CronJob", f"{RELEASE}-ingest")["spec"]["jobTemplate"]["spec"]["template"]
    assert spot["spec"]["nodeSelector"] == {"llm-platform/pool": "spot"}
    assert {toleration["key"] for toleration in spot["spec"]["tolerations"]} == {
        "nvidia.com/gpu",
        "llm-platform/interruptible",
    }
    assert spot["metadata"]["annotations"]["llm-platform/also-on"] == "spot"
    cpu = EMBEDDING.render(helm, CASES["on-cpus"]).one("CronJob")["spec"]["jobTemplate"]["spec"]["template"]
    assert cpu["spec"]["nodeSelector"] == {"llm-platform/pool": "system"}
    assert "tolerations" not in cpu["spec"]
    assert "nvidia.com/gpu" not in cpu["spec"]["containers"][0]["resources"]["limits"]


def test_an_interruption_is_not_counted_and_bad_input_is_not_tried_again(helm: Path) -> None:
    job = EMBEDDING.render(helm).one("CronJob", f"{RELEASE}-ingest")["spec"]["jobTemplate"]["spec"]
    ignored, failed = job["podFailurePolicy"]["rules"]
    assert (ignored["action"], ignored["onPodConditions"][0]["type"]) == ("Ignore", "DisruptionTarget")
    assert (failed["action"], failed["onExitCodes"]["containerName"]) == ("FailJob", "ingest")
    assert failed["onExitCodes"]["values"] == [2, 5, 6]
    # Kubernetes takes a podFailurePolicy with this only.
    assert job["template"]["spec"]["restartPolicy"] == "Never"
    assert EMBEDDING.render(helm).one("CronJob", f"{RELEASE}-ingest")["spec"]["concurrencyPolicy"] == "Forbid"


def test_another_image_or_other_settings_prepare_anew_and_nothing_else_does(helm: Path) -> None:
    def name(**values: Any) -> str:
        return EMBEDDING.render(helm, {**CASES["whole"], **values}).one("Job")["metadata"]["name"]

    assert name() == name(search={"replicas": {"min": 3}})
    declared = {**CASES["whole"]["prepare"], "declaration": {"name": "handbook", "dimension": 768}}
    others = [{"image": {"tag": "0.2.0"}}, {"settings": {"index": "other"}}, {"prepare": declared}]
    assert len({name(), *(name(**other) for other in others)}) == 4


def test_changed_settings_start_the_service_anew(helm: Path) -> None:
    def template(**values: Any) -> dict[str, Any]:
        return EMBEDDING.render(helm, values).pod(RELEASE)

    assert template() == template(ingest={"schedule": "5 * * * *"})
    assert template() != template(settings={"source": {"uri": "s3://datasets/other/"}})


def test_the_policy_lets_nothing_out_but_what_is_named(helm: Path) -> None:
    named = {"httpsCidrs": ["10.20.0.0/16"], "endpoints": [{"namespace": "monitoring", "port": 9091}]}
    rendered = EMBEDDING.render(helm, dict(CASES["whole"]) | {"networkPolicy": named})
    policy = rendered.one("NetworkPolicy")["spec"]
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    services = [
        (peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"], rule["ports"][0]["port"])
        for rule in policy["egress"]
        for peer in rule["to"]
        if "namespaceSelector" in peer
    ]
    assert services == [("kube-system", 53), ("monitoring", 9091)]
    blocks = [
        (peer["ipBlock"]["cidr"], port["port"])
        for rule in policy["egress"]
        for peer in rule["to"]
        if "ipBlock" in peer
        for port in rule["ports"]
    ]
    assert blocks == [("169.254.170.23/32", 80), ("10.20.0.0/16", 443)]


def test_ray_is_the_version_of_the_image(helm: Path) -> None:
    """Without a version KubeRay asks with wget whether the nodes live, which the image has not."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        batch = tomllib.load(file)["dependency-groups"]["embedding-batch"]
    (pinned,) = (entry.rpartition("==")[2] for entry in batch if isinstance(entry, str) and entry.startswith("ray["))
    assert EMBEDDING.render(helm, CASES["whole"]).one("RayJob")["spec"]["rayClusterSpec"]["rayVersion"] == pinned


def test_the_monitor_finds_the_ports_that_pods_have(helm: Path) -> None:
    rendered = EMBEDDING.render(helm, CASES["whole"])
    asked = {endpoint["port"] for endpoint in rendered.one("PodMonitor")["spec"]["podMetricsEndpoints"]}
    named = {
        port["name"]
        for _, pod in pods(rendered)
        for container in pod["spec"]["containers"]
        for port in container.get("ports", ())
    }
    assert asked == named


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"image": {"tag": "latest"}}, "/image/tag"),
        ({"image": {"tag": ""}}, "/image"),
        ({"serviceAccountName": ""}, "/serviceAccountName"),
        ({"ingest": {"pool": "system"}}, "/ingest/pool"),
        ({"ingest": {"gpu": 1}}, "gpu"),
        ({"search": {"replicas": {"min": 0}}}, "/search/replicas/min"),
        ({"settings": None}, "settings"),
    ],
)
def test_values_that_can_not_work_are_refused(helm: Path, values: dict[str, Any], told: str) -> None:
    with pytest.raises(RenderRefusedError, match=told):
        EMBEDDING.text(helm, values)


def test_the_programs_have_the_commands_that_pods_call(helm: Path) -> None:
    register_commands()
    called = {
        tuple(container["args"])
        for _, pod in pods(EMBEDDING.render(helm, CASES["whole"]))
        for container in [*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]]
        if container.get("args")
    }
    assert {arguments[0] for arguments in called} == {"ingest", "drift", "backup", "serve", "migrate", "fetch-model"}
    for arguments in called:
        words = [word for word in arguments if word.startswith("--")]
        group = list(arguments[: 2 if arguments[0] in ("drift", "backup") else 1])
        shown = CliRunner().invoke(app, [*group, "--help"], env={"COLUMNS": "200"})
        assert shown.exit_code == 0, (arguments, shown.output)
        for word in words:
            assert word in shown.output, (arguments, word)
