"""Double of the nodeadm of hybrid nodes (aws/eks-hybrid): installs, checks a NodeConfig, joins, upgrades, leaves.

It leaves behind what the real one leaves, as far as roles read it or have to live with it: the tracker, the
registration, kubelet's unit, and a containerd configuration that it overwrites on every init and upgrade.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import yaml

from tests.ansible.lab.doubles.state import State, ended, here, root, unanswered

VERSION: Final = os.environ.get("DOUBLE_VERSION", "")
SOURCES: Final = ("none", "distro", "docker")
# As eks-hybrid's internal/containerd/config.template.toml has it (1.0.20).
CONTAINERD: Final = """\
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
imports = ["/etc/containerd/config.d/*.toml"]

[grpc]
  address = "/run/containerd/containerd.sock"

[plugins]
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "runc"
    discard_unpacked_layers = true
  [plugins."io.containerd.grpc.v1.cri"]
    sandbox_image = "registry.example/eks/pause:{pause}"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "/etc/containerd/certs.d:/etc/docker/certs.d"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
    SystemdCgroup = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/opt/cni/bin"
    conf_dir = "/etc/cni/net.d"
"""
SIGNING_HELPER: Final = r"""#!/bin/sh
# Double of aws_signing_helper: answers where the certificate is valid, the key its own, and nobody told it to refuse.
denied() { echo "AccessDeniedException: $1" >&2; exit 1; }
if [ "$1 $2 $4" != "credential-process --certificate --private-key" ]; then
    echo "double of aws_signing_helper: not answered: $*" >&2
    exit 64
fi
openssl x509 -in "$3" -noout -checkend 0 >/dev/null || denied "certificate has expired"
[ "$(openssl x509 -in "$3" -noout -pubkey)" = "$(openssl pkey -in "$5" -pubout)" ] || denied "signature does not match"
if grep -q '"aws_signing_helper": "denied"' /var/lib/gpu-double/state.json; then
    denied "Unable to assume role, untrusted certificate"
fi
printf '{"Version":1,"AccessKeyId":"ASIADOUBLE","SecretAccessKey":"of-the-double",'
printf '"SessionToken":"of-the-double","Expiration":"2030-01-01T00:00:00Z"}\n'
"""
KUBELET: Final = """\
[Unit]
Description=Kubernetes Kubelet
[Service]
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
"""
ACTIVATION_ID: Final = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def main() -> None:
    """Answer what roles ask, and nothing else."""
    state, arguments = here(), sys.argv[1:]
    state.record("nodeadm", *arguments)
    match arguments:
        case ["version" | "--version"]:
            ended(0, f"Version: v{VERSION}")
        case ["install", version, *options]:
            install(version, dict(pairs(options)))
        case ["config", "check", "-c" | "--config-source", source]:
            node_config(source)
            ended(0, "Configuration is valid")
        case ["init", "-c" | "--config-source", source, *rest] if not rest or rest[0] in ("-s", "--skip"):
            init(state, node_config(source))
        case ["upgrade", version, "-c" | "--config-source", source, *rest] if not rest or rest[0] in ("-s", "--skip"):
            upgrade(version, node_config(source))
        case ["uninstall", *rest] if set(rest[::2]) <= {"-s", "--skip", "--force"}:
            uninstall()
        case _:
            unanswered("nodeadm", arguments)


def pairs(options: list[str]) -> list[tuple[str, str]]:
    """Options with their values, those without a value as empty."""
    found = list[tuple[str, str]]()
    for word in options:
        if word.startswith("-"):
            name, _, value = word.partition("=")
            found.append((name, value))
        else:
            found[-1] = (found[-1][0], word)
    return found


def install(version: str, options: dict[str, str]) -> None:
    """Install kubelet and the provider's agent, and remember what came from here."""
    names = {"-p": "--credential-provider", "-s": "--containerd-source", "-r": "--region", "-t": "--timeout"}
    given = {names.get(name, name): value for name, value in options.items()}
    known = {*names.values(), "--manifest-override", "--private-mode"}
    if set(given) - known or given.get("--credential-provider") not in ("ssm", "iam-ra"):
        unanswered("nodeadm install", [f"{name} {value}" for name, value in options.items()])
    source = given.get("--containerd-source", "distro")
    if source not in SOURCES:
        ended(1, f"invalid containerd source {source!r}")
    present = (root() / "usr/bin/containerd").exists()
    if not present and source != "none":
        unanswered("nodeadm install", ["containerd is not there, and this double installs none"])
    write("usr/bin/kubelet", f"#!/bin/sh\necho Kubernetes v{version.lstrip('v')}\n", 0o755)
    write("etc/systemd/system/kubelet.service", KUBELET)
    provider = given["--credential-provider"]
    if provider == "iam-ra":
        write("usr/local/bin/aws_signing_helper", SIGNING_HELPER, 0o755)
    # The real one's words: names of Go's fields, as its YAML writes them.
    content = {
        "CniPlugins": True,
        "Containerd": "none" if present else source,
        "IamRolesAnywhere": provider == "iam-ra",
        "Kubelet": True,
        "Ssm": provider == "ssm",
    }
    write("opt/nodeadm/tracker", yaml.safe_dump({"Artifacts": content}))
    ended(0)


def node_config(source: str) -> dict[str, Any]:
    """Read and check a NodeConfig as `nodeadm config check` does."""
    if not source.startswith("file://"):
        unanswered("nodeadm", [source])
    document = yaml.safe_load((root() / source.removeprefix("file:///")).read_text())
    if (document.get("apiVersion"), document.get("kind")) != ("node.eks.aws/v1alpha1", "NodeConfig"):
        ended(1, "no kind NodeConfig in node.eks.aws/v1alpha1")
    spec = document.get("spec", {})
    for path in ("cluster.name", "cluster.region"):
        if not spec.get("cluster", {}).get(path.partition(".")[2]):
            ended(1, f"{path.rpartition('.')[2].title()} is missing in cluster configuration")
    hybrid = spec.get("hybrid", {})
    anywhere, manager = hybrid.get("iamRolesAnywhere"), hybrid.get("ssm")
    if bool(anywhere) == bool(manager):
        ended(1, "Either IAMRolesAnywhere or SSM must be provided for hybrid node configuration")
    if anywhere:
        for name in ("nodeName", "trustAnchorArn", "profileArn", "roleArn"):
            if not anywhere.get(name):
                ended(1, f"{name[0].upper()}{name[1:]} is missing in hybrid iam roles anywhere configuration")
        if len(anywhere["nodeName"]) > 64:
            ended(1, "NodeName can't be longer than 64 characters in hybrid iam roles anywhere configuration")
        for name in ("certificatePath", "privateKeyPath"):
            path = anywhere.get(name, "/etc/iam/pki/server.pem" if name[0] == "c" else "/etc/iam/pki/server.key")
            if not (root() / path.lstrip("/")).exists():
                ended(1, f"IAM Roles Anywhere certificate {path} not found")
    elif (
        not re.fullmatch(ACTIVATION_ID, manager.get("activationId", ""))
        or not 20 <= len(manager.get("activationCode", "")) <= 250
    ):
        ended(1, "ActivationCode or ActivationID is invalid in hybrid ssm configuration")
    return spec


def init(state: State, spec: dict[str, Any]) -> None:
    """Join: register, write containerd's and kubelet's configuration, start kubelet."""
    if not (root() / "opt/nodeadm/tracker").exists():
        # The real one ends well, having done nothing.
        ended(0, "Nodeadm components are not installed. Please run `nodeadm install` before running init")
    if state.failure("nodeadm") == "init-fails":
        ended(1, "failed to initialize: EKS cluster is not reachable: AccessDeniedException")
    if "ssm" in spec["hybrid"] and not (root() / "var/lib/amazon/ssm/registration").exists():
        if state.failure("nodeadm") == "activation-expired":
            ended(1, "SSM activation expired. Please use a valid activation")
        number = int.from_bytes(spec["hybrid"]["ssm"]["activationId"].encode()[:8], "big")
        write("var/lib/amazon/ssm/registration", json.dumps({"ManagedInstanceID": f"mi-{number:017x}"[:20]}), 0o600)
    configure(spec)
    run("systemctl", "daemon-reload")
    run("systemctl", "restart", "containerd")
    run("systemctl", "enable", "--now", "kubelet")
    ended(0)


def configure(spec: dict[str, Any]) -> None:
    """The files that init and upgrade overwrite."""
    write("etc/containerd/config.toml", CONTAINERD.format(pause="3.10"))
    if spec.get("containerd", {}).get("config"):
        write("etc/containerd/config.d/00-nodeadm.toml", spec["containerd"]["config"])
    kubelet = spec.get("kubelet", {})
    settings = {
        "kind": "KubeletConfiguration",
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        **kubelet.get("config", {}),
    }
    write("etc/kubernetes/kubelet/config.json", json.dumps(settings, indent=2))
    flags = [
        f"--hostname-override={node_name(spec)}",
        "--node-labels=eks.amazonaws.com/compute-type=hybrid",
        *kubelet.get("flags", []),
    ]
    write("etc/eks/kubelet/environment", f'NODEADM_KUBELET_ARGS="{" ".join(flags)}"\n')


def node_name(spec: dict[str, Any]) -> str:
    """What kubelet calls the Node: the given name, or the one that SSM gave."""
    anywhere = spec["hybrid"].get("iamRolesAnywhere")
    if anywhere:
        return anywhere["nodeName"]
    return json.loads((root() / "var/lib/amazon/ssm/registration").read_text())["ManagedInstanceID"]


def upgrade(version: str, spec: dict[str, Any]) -> None:
    """Bring another Kubernetes version."""
    write("usr/bin/kubelet", f"#!/bin/sh\necho Kubernetes v{version.lstrip('v')}\n", 0o755)
    configure(spec)
    run("systemctl", "restart", "containerd")
    run("systemctl", "restart", "kubelet")
    ended(0)


def uninstall() -> None:
    """Leave: stop kubelet, take back what install brought; the Node object stays."""
    run("systemctl", "disable", "--now", "kubelet")
    for path in (
        *("etc/systemd/system/kubelet.service", "usr/bin/kubelet", "usr/local/bin/aws_signing_helper"),
        *("etc/kubernetes/kubelet/config.json", "var/lib/amazon/ssm/registration"),
    ):
        (root() / path).unlink(missing_ok=True)
    # Whole folders, with whatever else lies there.
    for folder in ("opt/nodeadm", "etc/eks"):
        shutil.rmtree(root() / folder, ignore_errors=True)
    ended(0)


def write(path: str, text: str, mode: int = 0o644) -> None:
    """Write a file of the host."""
    file: Path = root() / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(mode)


def run(*command: str) -> None:
    """Run a command of the host, where it is one; a test of this program alone has no systemd."""
    if root() == Path("/"):
        subprocess.run(command, check=True)  # noqa: S603 - fixed commands


if __name__ == "__main__":
    main()
