"""Role image_cache: images by name, digest and pin, weights as the model servers' chart looks for them.

Real here: containerd and ctr, a registry's protocol, S3's (moto), signed URLs, the free-space check. Not proved: that
the kubelet leaves a pinned image alone, and the throughput of a download.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.ansible import registry_double
from tests.ansible.complaints import complaints, refused
from tests.ansible.lab.host import Host
from tests.ansible.lab.lab import Lab
from tests.ansible.role_filters import role_filters

pytestmark = [pytest.mark.xdist_group("hosts-image-cache"), pytest.mark.timeout(900)]
GOLDEN = Path(__file__).parents[1] / "charts" / "golden"
FILTERS = role_filters("image_cache", "caches")
DIGEST = registry_double.digest(registry_double.MANIFEST)
SPACE = {"image_cache_images_reserve_gib": 0.1, "image_cache_weights_reserve_gib": 0.1}
VLLM = {"repository": "docker.io/vllm/vllm-openai", "tag": "v0.26.0", "size_gib": 0.01}
FETCH = {"repository": "docker.io/kserve/storage-initializer", "digest": DIGEST, "size_gib": 0.01}
HELD = {"image_cache_registry": "localhost:5000/docker-hub", "image_cache_images": [VLLM, FETCH], **SPACE}
NAMES = [
    f"localhost:5000/docker-hub/kserve/storage-initializer@{DIGEST}",
    "localhost:5000/docker-hub/vllm/vllm-openai:v0.26.0",
]


def test_an_image_has_the_name_that_the_chart_gives_it() -> None:
    """The same cases as charts/model-server: a mirror replaces the host, a digest replaces the tag."""
    names = [image["name"] for image in FILTERS["image_names"]([VLLM, FETCH], "mirror.example/docker-hub")]
    assert names == [
        "mirror.example/docker-hub/vllm/vllm-openai:v0.26.0",
        f"mirror.example/docker-hub/kserve/storage-initializer@{DIGEST}",
    ]
    assert FILTERS["image_names"]([VLLM], "")[0]["name"] == "docker.io/vllm/vllm-openai:v0.26.0"
    own = FILTERS["image_names"]([VLLM | {"registry": "other.example"}], "mirror.example")[0]
    assert (own["name"], own["mirrored"]) == ("other.example/vllm/vllm-openai:v0.26.0", False)


def test_weights_have_the_folder_that_the_chart_gives_them() -> None:
    rendered = (GOLDEN / "vllm.yaml").read_text()
    found = re.search(r"sources.json: '(.*)'", rendered)
    assert found
    for source in json.loads(found[1]):
        assert FILTERS["weights_folder"](source["uri"]) == source["folder"]
    entry = {"source": "s3://models/qwen/", "serves": "hf://Qwen/Qwen2.5-7B-Instruct@main"}
    assert FILTERS["weights_uri"](entry) == entry["serves"]
    assert FILTERS["weights_uri"]({"source": "s3://models/qwen/"}) == "s3://models/qwen"


def test_what_lies_on_the_disk_needs_no_room() -> None:
    files = [{"path": "whole", "size": 100}, {"path": "cut", "size": 100}, {"path": "absent", "size": 100}]
    found = [{"stat": {"exists": True, "size": size}} for size in (100, 30)] + [{"stat": {"exists": False}}]
    assert FILTERS["bytes_to_fetch"](files, found) == 170
    # Larger than it should be: it goes away, and makes no room for others before that.
    assert FILTERS["bytes_to_fetch"](files[:1], [{"stat": {"size": 500}}]) == 0


NAMED = "-subj /CN=localhost -addext subjectAltName=DNS:localhost -days 2"


@pytest.fixture(scope="module")
def host(lab: Lab) -> Iterator[Host]:
    host = lab.host("Ubuntu-24.04", name="cache-01", machine="p5.48xlarge")
    host.write("/opt/registry.py", Path(registry_double.__file__).read_text())
    commands = (
        # The root file system is an overlay already, on which another one can't stand.
        "mkdir -p /var/lib/containerd && mount -t tmpfs -o size=1g containerd /var/lib/containerd",
        "apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install containerd",
        f"openssl req -x509 -newkey rsa:2048 -nodes {NAMED} -keyout /opt/registry.key -out /opt/registry.crt",
        "cp /opt/registry.crt /usr/local/share/ca-certificates/ && update-ca-certificates",
        "systemctl restart containerd",
        "systemd-run --unit=registry /usr/bin/python3 /opt/registry.py",
        "mkdir -p /scratch/weights",
    )
    for command in commands:
        done = host.run(command, timeout=120)
        assert done.returncode == 0, f"{command}: {done.stderr}"
    yield host
    lab.stop(host)


def images(host: Host) -> dict[str, list[str]]:
    """By name; containerd's part for the kubelet adds one under the image's own digest, without a repository."""
    listed = FILTERS["cached_images"](host.run("ctr --namespace=k8s.io images list").stdout)
    return {name: labels for name, labels in listed.items() if not name.startswith("sha256:")}


@pytest.fixture(scope="module")
def s3(lab: Lab) -> Iterator[str]:
    """S3's address, with a bucket of two models' weights."""
    server = ThreadedMotoServer(ip_address=lab.network.address, port=0, verbose=False)
    server.start()
    address, port = server.get_host_and_port()
    url = f"http://{address}:{port}"
    # The control node's own, which it signs with; the host never gets them.
    profile = lab.folder / "home/.aws/credentials"
    profile.parent.mkdir(parents=True, exist_ok=True)
    profile.write_text("[default]\naws_access_key_id = x\naws_secret_access_key = x\n")
    client = boto3.client(
        "s3", endpoint_url=url, aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1"
    )
    client.create_bucket(Bucket="models")
    for key in (
        "qwen/config.json",
        "qwen/model-00001.safetensors",
        "qwen/original/tokenizer.model",
        "llama/config.json",
    ):
        client.put_object(Bucket="models", Key=key, Body=json.dumps({"key": key}).encode())
    yield url
    profile.unlink()
    server.stop()


QWEN = {"source": "s3://models/qwen", "serves": "hf://Qwen/Qwen2.5-7B-Instruct@main"}
LLAMA = {"source": "s3://models/llama"}


def folder_of(weights: dict[str, str]) -> str:
    return f"/scratch/weights/{FILTERS['weights_folder'](FILTERS['weights_uri'](weights))}"


def test_images_and_weights_are_held_and_let_go(lab: Lab, host: Host, s3: str) -> None:
    """Check mode, a run that is cut short, the next, one that changes nothing, a shorter list: one sequence."""
    held = HELD | {"image_cache_s3_endpoint_url": s3, "image_cache_region": "us-east-1"}
    held |= {"image_cache_weights": [QWEN, LLAMA]}
    said = lab.role("image_cache", host, variables=held, check=True)
    assert said.rc == 0, said.output
    assert images(host) == {}
    assert host.run("ls -A /scratch/weights").stdout == ""

    # As a run that was cut off leaves it: one file whole, another one too short.
    partial = f"/scratch/weights/.fetched-{Path(folder_of(QWEN)).name}"
    host.write(f"{partial}/config.json", json.dumps({"key": "qwen/config.json"}))
    host.write(f"{partial}/model-00001.safetensors", "cut")
    broken = lab.role("image_cache", host, variables=held)
    assert broken.rc != 0
    assert "model-00001.safetensors" in complaints(broken)
    assert host.run(f"test -e {folder_of(QWEN)}").returncode != 0
    assert sorted(images(host)) == NAMES
    assert all("io.cri-containerd.pinned=pinned" in labels for labels in images(host).values())

    first = lab.role("image_cache", host, variables=held, arguments=["-vvv"])
    assert first.rc == 0, first.output
    assert "X-Amz-Signature" not in first.output, "a signed URL is a password"
    assert not [name for name in first.changed() if "image" in name], "images were there already"
    found = host.run(f"cd {folder_of(QWEN)} && find . -type f | sort").stdout.split()
    assert found == ["./config.json", "./model-00001.safetensors", "./original/tokenizer.model"]
    modes = host.run(f"stat --format='%a %U' {folder_of(QWEN)} {folder_of(QWEN)}/config.json").stdout
    assert modes == "755 root\n644 root\n"
    again = lab.role("image_cache", host, variables=held)
    assert (again.rc, again.changed()) == (0, []), again.output

    # Somebody unpinned an image, and brought one; a pod fetched weights as its engine's user.
    foreign = "localhost:5000/docker-hub/foreign:1"
    assert host.run(f"ctr --namespace=k8s.io images pull {foreign}").returncode == 0
    host.run(f"ctr --namespace=k8s.io images label {NAMES[1]} io.cri-containerd.pinned=")
    pods = "/scratch/weights/own-0123456789ab"
    host.run(f"mkdir {pods} && chown 2000 {pods}")
    fewer = {"image_cache_images": [VLLM], "image_cache_weights": [LLAMA], "image_cache_remove_unlisted": True}
    removed = lab.role("image_cache", host, variables=held | fewer)
    assert removed.rc == 0, removed.output
    assert sorted(images(host)) == [foreign, NAMES[1]]
    assert "io.cri-containerd.pinned=pinned" in images(host)[NAMES[1]]
    assert host.run("ls /scratch/weights").stdout.split() == sorted([Path(folder_of(LLAMA)).name, Path(pods).name])


def test_a_mirror_gets_its_password_from_a_file_that_goes_away(lab: Lab, host: Host, s3: str) -> None:
    """The control node asks ECR (moto, at the address that is also S3's) for it."""
    private = "localhost:5000/private"
    assert host.run(f"ctr --namespace=k8s.io images pull {private}/vllm/vllm-openai:v0.26.0").returncode != 0
    told = {"image_cache_registry": private, "image_cache_images": [VLLM], **SPACE}
    told["image_cache_registry_authorization"] = (
        f"{{{{ lookup('ecr_authorization', 'us-east-1', endpoint_url='{s3}') }}}}"
    )
    played = lab.role("image_cache", host, variables=told, arguments=["-vvv"])
    assert played.rc == 0, played.output
    assert registry_double.PASSWORD not in played.output
    assert f"{private}/vllm/vllm-openai:v0.26.0" in images(host)
    assert host.run("find /tmp /root -name '*image-cache-*'").stdout == ""


def test_what_can_not_be_meant_or_would_not_fit_is_refused_by_name(lab: Lab, host: Host, s3: str) -> None:
    weights = {"image_cache_images": [], "image_cache_s3_endpoint_url": s3, "image_cache_region": "us-east-1", **SPACE}
    cases: dict[str, dict[str, Any]] = {
        "latest": {"image_cache_images": [{"repository": "docker.io/vllm/vllm-openai", "tag": "latest"}]},
        "template": {"image_cache_images": [{"repository": "x", "tag": "2.19.1 if gpus"}]},
        "hub": weights | {"image_cache_weights": [{"source": "hf://Qwen/Qwen2.5@main"}]},
        "absent": weights | {"image_cache_weights": [{"source": "s3://models/none"}]},
        "large image": {"image_cache_images": [{"repository": "localhost:5000/big", "tag": "1", "size_gib": 4000}]},
        "large weights": weights | {"image_cache_weights": [QWEN], "image_cache_weights_reserve_gib": 4000},
    }
    expected = {
        "latest": "image_cache_images has ",
        "template": "image_cache_images has ",
        "hub": "image_cache_weights has the source",
        "absent": "s3://models/none: no files below this prefix",
        "large image": "size_gib. Nothing was pulled",
        "large weights": "image_cache_weights_reserve_gib need",
    }
    said = refused(lab, "image_cache", host, cases)
    for case, words in expected.items():
        assert words in said[case]


def test_weights_that_fit_once_are_finished_on_a_disk_that_they_fill(lab: Lab, host: Host, s3: str) -> None:
    """The last of the module: the folder of weights lies on a small disk from now on."""
    client = boto3.client(
        "s3", endpoint_url=s3, aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1"
    )
    for key in ("large/model-00001.safetensors", "large/model-00002.safetensors"):
        client.put_object(Bucket="models", Key=key, Body=bytes(8 * 2**20))
    weights = {"source": "s3://models/large"}
    partial = f"/scratch/weights/.fetched-{Path(folder_of(weights)).name}"
    assert host.run("mount -t tmpfs -o size=20m weights /scratch/weights").returncode == 0
    host.run(f"mkdir {partial} && head -c {8 * 2**20} /dev/zero > {partial}/model-00001.safetensors")
    told = {"image_cache_images": [], "image_cache_weights": [weights], "image_cache_weights_reserve_gib": 0}
    told |= {"image_cache_s3_endpoint_url": s3, "image_cache_region": "us-east-1"}
    played = lab.role("image_cache", host, variables=told)
    assert played.rc == 0, played.output
    assert host.run(f"ls {folder_of(weights)}").stdout.split() == [
        "model-00001.safetensors",
        "model-00002.safetensors",
    ]
