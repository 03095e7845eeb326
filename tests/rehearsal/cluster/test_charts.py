"""Charts found and rendered by real helm. Proves nothing about upstream charts or registries: all charts are tiny ones.

The network is a stand-in for helm where a test says so; no test leaves this machine.
"""

import json
import socket
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from catalogue.charts import merge_values
from rehearsal.cluster.chart_download import DownloadError, Network, Published, check_package
from rehearsal.cluster.charts import ChartSources, Release, RenderError, Unreachable, render
from rehearsal.cluster.ports import free_port
from tests.rehearsal.cluster.chart_fixtures import DEFINITION, helm, helm_values, package, stand_in_helm, write_chart

__all__ = ["helm"]

TINY = Release(name="tiny", namespace="here", chart="tiny", version="1.2.3", repository="https://charts.example.org")


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def closed_port() -> int:
    return free_port()


@pytest.fixture
def open_port() -> Generator[int]:
    with closing(socket.socket()) as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def sources(tmp_path: Path, *, network: Network | None = None, folder: Path | None = None) -> ChartSources:
    return ChartSources(root=tmp_path, cache=tmp_path / "cache", network=network, folder=folder)


def reason(found: Path | Unreachable) -> str:
    assert isinstance(found, Unreachable)
    return found.reason


def test_a_registration_says_which_release_it_wants() -> None:
    inputs = {
        "name": "keda",
        "namespace": "keda",
        "chart": "keda",
        "version": "2.20.2",
        "repositoryOpts": {"repo": "https://kedacore.github.io/charts"},
        "values": {"a": 1},
        "skipCrds": True,
    }
    release = Release.from_inputs(inputs)
    assert release.published == Published("https://kedacore.github.io/charts", "keda", "2.20.2")
    assert release.skip_crds
    assert release.values == {"a": 1}
    oci = Release.from_inputs({"name": "lws", "chart": "oci://registry.k8s.io/lws/charts/lws", "version": "0.10.0"})
    assert oci.published
    assert oci.published.file_name == "lws-0.10.0.tgz"
    assert oci.published.pull_arguments() == ["oci://registry.k8s.io/lws/charts/lws", "--version", "0.10.0"]
    assert Release.from_inputs({"name": "m", "chart": "../mirror/keda-2.20.2.tgz"}).published is None


def test_the_programs_own_chart_is_its_folder(tmp_path: Path) -> None:
    chart = write_chart(tmp_path / "charts")
    found = sources(tmp_path).resolve(Release(name="model", namespace="m", chart="charts/tiny", version="1.2.3"))
    assert found == chart


def test_a_mirror_without_the_chart_is_a_fault_that_says_what_the_mirror_has(tmp_path: Path) -> None:
    package(tmp_path / "mirror", version="1.2.2")
    wanted = Release(name="tiny", namespace="here", chart="mirror/tiny-1.2.3.tgz")
    found = sources(tmp_path).resolve(wanted)
    assert found == Unreachable(
        f"{tmp_path}/mirror/tiny-1.2.3.tgz: there is no such chart; the folder has tiny-1.2.2.tgz", is_fault=True
    )
    missing = sources(tmp_path).resolve(Release(name="tiny", namespace="here", chart="nowhere/tiny-1.2.3.tgz"))
    assert missing == Unreachable(
        f"{tmp_path}/nowhere/tiny-1.2.3.tgz: there is no such chart: there is no folder {tmp_path}/nowhere",
        is_fault=True,
    )


def test_a_mirror_file_that_holds_another_version_is_a_fault(tmp_path: Path) -> None:
    package(tmp_path / "mirror", version="1.2.2", called="tiny-1.2.3.tgz")
    found = sources(tmp_path).resolve(
        Release(name="tiny", namespace="here", chart="mirror/tiny-1.2.3.tgz", version="1.2.3")
    )
    assert isinstance(found, Unreachable)
    assert found.is_fault
    assert "holds tiny 1.2.2, and not tiny 1.2.3" in found.reason


def test_a_mirror_file_that_holds_another_chart_is_a_fault_where_no_version_is_asked_for_either(tmp_path: Path) -> None:
    package(tmp_path / "mirror", name="other", called="tiny-1.2.3.tgz")
    release = Release(name="t", namespace="h", chart=str(tmp_path / "mirror/tiny-1.2.3.tgz"))
    found = sources(tmp_path).resolve(release)
    assert found == Unreachable(f"{tmp_path}/mirror/tiny-1.2.3.tgz: holds other-1.2.3.tgz", is_fault=True)


def test_two_releases_of_one_name_each_have_their_chart(tmp_path: Path) -> None:
    for name in ("a", "b"):
        package(tmp_path, name=name)
    releases = [Release(name="t", namespace=name, chart=f"{name}-1.2.3.tgz") for name in ("a", "b")]
    assert sources(tmp_path).resolve_all(releases) == [tmp_path / "a-1.2.3.tgz", tmp_path / "b-1.2.3.tgz"]


def test_a_folder_of_charts_comes_before_the_cache_and_the_cache_before_the_network(tmp_path: Path) -> None:
    cached = package(tmp_path / "cache/charts.example.org")
    assert sources(tmp_path).resolve(TINY) == cached
    given = package(tmp_path / "given")
    assert sources(tmp_path, folder=tmp_path / "given").resolve(TINY) == given


def test_charts_of_one_name_from_two_repositories_do_not_meet_in_the_cache(tmp_path: Path) -> None:
    package(tmp_path / "cache/charts.example.org")
    other = Release(
        name="t", namespace="h", chart="tiny", version="1.2.3", repository="https://other.example.org/charts"
    )
    assert "is not in the cache" in reason(sources(tmp_path).resolve(other))


def test_a_version_that_the_given_folder_lacks_is_said(tmp_path: Path) -> None:
    package(tmp_path / "given", version="1.2.2")
    found = sources(tmp_path, folder=tmp_path / "given").resolve(TINY)
    assert found == Unreachable(
        f"tiny-1.2.3.tgz is not in the cache, and this run is offline; {tmp_path}/given has no tiny-1.2.3.tgz"
    )


@pytest.mark.usefixtures("no_proxy")
def test_a_host_that_cannot_be_reached_is_asked_once(tmp_path: Path, closed_port: int) -> None:
    network = Network(stand_in_helm(tmp_path / "bin", "exit 1"), connect_seconds=60)
    wanted = [
        Release(
            name=f"r{n}", namespace="h", chart="tiny", version=f"1.2.{n}", repository=f"https://127.0.0.1:{closed_port}"
        )
        for n in range(5)
    ]
    found = sources(tmp_path, network=network).resolve_all(wanted)
    assert {reason(each) for each in found} == {f"127.0.0.1:{closed_port}: cannot be reached: Connection refused"}
    assert not (tmp_path / "bin/calls").exists()  # helm, which would try for long, was never started


@pytest.mark.usefixtures("no_proxy")
def test_a_name_that_resolves_to_nothing_ends_soon(tmp_path: Path) -> None:
    network = Network(stand_in_helm(tmp_path / "bin", "exit 1"), connect_seconds=2)
    found = sources(tmp_path, network=network).resolve(
        Release(name="t", namespace="h", chart="tiny", version="1.2.3", repository="https://charts.invalid")
    )
    assert reason(found).startswith("charts.invalid: ")


@pytest.mark.usefixtures("no_proxy")
def test_a_downloaded_chart_is_kept_in_the_cache(tmp_path: Path, open_port: int) -> None:
    made = package(tmp_path / "published")
    helm = stand_in_helm(tmp_path / "bin", f'while [ "$1" != "--destination" ]; do shift; done; cp {made} "$2"')
    where = f"https://127.0.0.1:{open_port}/charts"
    wanted = Release(name="t", namespace="h", chart="tiny", version="1.2.3", repository=where)
    found = sources(tmp_path, network=Network(helm)).resolve(wanted)
    assert found == tmp_path / "cache" / f"127.0.0.1+{open_port}+charts" / "tiny-1.2.3.tgz"
    assert sources(tmp_path).resolve(wanted) == found  # offline from now on
    assert not list((tmp_path / "cache").rglob(".pull-*"))
    calls = (tmp_path / "bin/calls").read_text(encoding="utf-8")
    assert calls.startswith(f"pull tiny --repo {where} --version 1.2.3 --destination ")


@pytest.mark.usefixtures("no_proxy")
@pytest.mark.parametrize(
    ("script", "seconds", "message"),
    [
        (
            'echo "Error: chart \\"tiny\\" version \\"1.2.3\\" not found" >&2; exit 1',
            60,
            'chart "tiny" version "1.2.3" not found',
        ),
        ("exec sleep 60", 0.3, "no answer within 0.3 s"),
        ("exit 0", 60, "helm pull left no package"),
    ],
)
def test_a_failed_download_says_why_and_leaves_nothing(
    tmp_path: Path, open_port: int, script: str, seconds: float, message: str
) -> None:
    network = Network(stand_in_helm(tmp_path / "bin", script), pull_seconds=seconds)
    wanted = Release(
        name="t", namespace="h", chart="tiny", version="1.2.3", repository=f"https://127.0.0.1:{open_port}"
    )
    found = sources(tmp_path, network=network).resolve(wanted)
    assert message in reason(found)
    assert isinstance(found, Unreachable)
    assert not found.is_fault
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_a_package_that_is_broken_or_another_chart_is_not_used(tmp_path: Path) -> None:
    broken = tmp_path / "tiny-1.2.3.tgz"
    broken.write_bytes(b"<html>sign in</html>")
    with pytest.raises(DownloadError, match="is no package of a chart"):
        check_package(broken, "tiny", "1.2.3")
    with pytest.raises(DownloadError, match=r"holds tiny 1\.2\.3, and not large 1\.2\.3"):
        check_package(package(tmp_path / "a"), "large", "1.2.3")


def test_a_release_renders_with_its_name_namespace_and_values(tmp_path: Path, helm: Path) -> None:
    chart = write_chart(tmp_path)
    release = Release(name="one", namespace="here", chart=str(chart), values={"colour": "blue"})
    rendered = render(helm, release, chart, kube_version="v1.36.3")
    assert rendered.manifests.objects == (
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}, "data": {"colour": "blue"}},
    )
    assert rendered.seconds > 0
    assert rendered.warnings == ()


def test_helms_own_message_is_kept_when_a_value_is_refused(tmp_path: Path, helm: Path) -> None:
    schema = {"type": "object", "additionalProperties": False, "properties": {"colour": {"enum": ["red", "blue"]}}}
    chart = write_chart(tmp_path, {"values.schema.json": json.dumps(schema)})
    with pytest.raises(RenderError) as error:
        render(helm, Release(name="one", namespace="here", chart="", values={"colour": "green"}), chart)
    assert str(error.value).startswith("one: ")
    assert "colour" in str(error.value)
    with pytest.raises(RenderError, match="additional properties 'color' not allowed"):
        render(helm, Release(name="one", namespace="here", chart="", values={"color": "red"}), chart)


def test_a_chart_that_refuses_says_so(tmp_path: Path, helm: Path) -> None:
    chart = write_chart(tmp_path, {"templates/fail.yaml": '{{ fail "the model fits no GPU: 140 GiB of 80" }}'})
    with pytest.raises(RenderError, match="the model fits no GPU: 140 GiB of 80"):
        render(helm, Release(name="one", namespace="here", chart=""), chart)


def test_helm_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"nowhere/helm cannot be run"):
        render(tmp_path / "nowhere/helm", Release(name="one", namespace="here", chart=""), write_chart(tmp_path))


def test_definitions_are_kept_apart_and_left_out_on_request(tmp_path: Path, helm: Path) -> None:
    chart = write_chart(
        tmp_path, {"crds/thing.yaml": DEFINITION, "templates/crd.yaml": DEFINITION.replace("things", "cups")}
    )
    both = render(helm, Release(name="one", namespace="here", chart=""), chart)
    assert [crd["metadata"]["name"] for crd in both.manifests.crds] == ["things.example.org", "cups.example.org"]
    assert [each["kind"] for each in both.manifests.objects] == ["ConfigMap"]
    without = render(helm, Release(name="one", namespace="here", chart="", skip_crds=True), chart)
    assert [crd["metadata"]["name"] for crd in without.manifests.crds] == ["cups.example.org"]


def test_a_chart_sees_the_clusters_version_and_what_it_serves(tmp_path: Path, helm: Path) -> None:
    template = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: seen}\ndata:\n"
        "  kube: {{ .Capabilities.KubeVersion.Version }}\n"
        '  monitors: {{ .Capabilities.APIVersions.Has "monitoring.coreos.com/v1/ServiceMonitor" | quote }}\n'
    )
    chart = write_chart(tmp_path, {"templates/config.yaml": template})

    def seen(*served: str) -> dict[str, str]:
        release = Release(name="one", namespace="here", chart="")
        return render(helm, release, chart, kube_version="v1.36.3", api_versions=served).manifests.objects[0]["data"]

    assert seen() == {"kube": "v1.36.3", "monitors": "false"}
    assert seen("monitoring.coreos.com/v1/ServiceMonitor")["monitors"] == "true"


def test_hooks_of_installation_stay_and_the_others_are_listed(tmp_path: Path, helm: Path) -> None:
    def hook(name: str, events: str) -> str:
        return (
            f"apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {name}\n"
            f'  annotations: {{helm.sh/hook: "{events}"}}\nspec: {{}}\n'
        )

    chart = write_chart(
        tmp_path,
        {
            "templates/a.yaml": hook("certificates", "pre-install, pre-upgrade"),
            "templates/b.yaml": hook("runtimes", "post-install"),
            "templates/c.yaml": hook("try-it", "test"),
            "templates/d.yaml": hook("clean", "post-delete"),
            "templates/e.yaml": hook("migrate", "pre-upgrade"),
        },
    )
    manifests = render(helm, Release(name="one", namespace="here", chart=""), chart).manifests
    assert {each["metadata"]["name"] for each in manifests.objects} == {"one", "certificates", "runtimes"}
    assert set(manifests.not_installed) == {"Job/try-it (test)", "Job/clean (post-delete)", "Job/migrate (pre-upgrade)"}


def test_the_users_own_helm_settings_have_no_say(tmp_path: Path, helm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELM_NAMESPACE", "elsewhere")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.setenv("HELM_KUBEAPISERVER", "https://127.0.0.1:1")
    chart = write_chart(
        tmp_path, {"templates/config.yaml": "apiVersion: v1\nkind: X\nmetadata: {namespace: {{ .Release.Namespace }}}"}
    )
    rendered = render(helm, Release(name="one", namespace="here", chart=""), chart)
    assert rendered.manifests.objects[0]["metadata"]["namespace"] == "here"


def test_a_value_that_the_charts_table_cannot_take_is_a_warning(tmp_path: Path, helm: Path) -> None:
    chart = write_chart(tmp_path)
    rendered = render(helm, Release(name="one", namespace="here", chart="", values={"colour": {"shade": 1}}), chart)
    assert "skipped value for tiny.colour: Not a table" in " ".join(rendered.warnings)


@pytest.mark.parametrize(
    ("below", "above"),
    [
        ({"a": {"b": 1}}, {"a": {"c": 2}}),
        ({"a": {"b": 1}}, {"a": None}),
        ({"a": [1]}, {"a": [2]}),
        ({"default": {"kept": 1}}, {"default": {"kept": None}}),
        ({"default": {"kept": None}}, {"default": {"kept": 2}}),
        ({"a": {"b": 1}}, {"a": 3}),
    ],
)
def test_our_merging_of_values_is_helms(
    tmp_path: Path, helm: Path, below: dict[str, Any], above: dict[str, Any]
) -> None:
    files = {name: tmp_path / f"{name}.json" for name in ("below", "above", "ours")}
    for name, values in {"below": below, "above": above, "ours": merge_values(below, above)}.items():
        files[name].write_text(json.dumps(values), encoding="utf-8")
    assert helm_values(helm, tmp_path, files["ours"]) == helm_values(helm, tmp_path, files["below"], files["above"])
