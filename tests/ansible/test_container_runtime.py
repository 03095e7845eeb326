"""containerd at an exact version, whose configuration is the platform's also after nodeadm wrote its own.

containerd, its merged configuration and its restarts are real; kubelet is a sleeping process.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.ansible.gpu_stack import KUBELET, MARKS, STACKS, Stack, done_by, failed, said
from tests.ansible.lab.doubles.nodeadm import CONTAINERD
from tests.ansible.lab.lab import Lab
from tests.ansible.role_filters import role_filters

pytestmark = MARKS

FILTERS = role_filters("container_runtime", "containerd_config")


def test_check_mode_tells_on_a_bare_host_what_would_come(ubuntu_stack: Stack) -> None:
    assert ubuntu_stack.checked is not None
    assert ubuntu_stack.checked.rc == 0, ubuntu_stack.checked.output[-6000:]
    assert done_by(ubuntu_stack.checked, "held_packages", "changed")
    assert "Write the platform's settings" in done_by(ubuntu_stack.checked, "container_runtime", "changed")


@pytest.mark.parametrize("name", STACKS)
def test_the_merged_configuration_is_what_was_asked_for(name: str, request: pytest.FixtureRequest) -> None:
    stack: Stack = request.getfixturevalue(name)
    merged = stack.merged()
    assert merged["root"] == "/srv/containerd"
    assert stack.runtimes()["runc"]["options"]["SystemdCgroup"]
    assert merged.get("disabled_plugins") == []
    assert stack.host.run("systemctl is-active containerd").returncode == 0
    # It runs with these files, not with those that its package started it with.
    assert stack.host.run("test -d /srv/containerd/io.containerd.metadata.v1.bolt").returncode == 0
    hosts = stack.host.read("/etc/containerd/certs.d/docker.io/hosts.toml")
    assert 'server = "https://mirror.example"' in hosts
    assert '[host."https://mirror.example/v2/hub"]' in hosts


def test_a_second_run_changes_nothing(ubuntu_stack: Stack) -> None:
    assert ubuntu_stack.second is not None
    assert (ubuntu_stack.second.rc, ubuntu_stack.second.changed()) == (0, []), ubuntu_stack.second.output[-4000:]


def test_packages_are_held(ubuntu_stack: Stack) -> None:
    held = ubuntu_stack.lines("apt-mark showhold")
    assert {"containerd", "runc", "nvidia-container-toolkit", "nvidia-mig-manager"} < set(held)


@pytest.mark.long  # that such a lock holds on RHEL: test_base_os.py
def test_packages_of_rhel_are_locked(redhat_stack: Stack) -> None:
    locked = redhat_stack.host.read("/etc/dnf/plugins/versionlock.list")
    assert "containerd.io-0:2.2.1-*.*" in locked
    assert "datacenter-gpu-manager-4-core-1:4.5.2-*.*" in locked


def test_nodeadms_file_stays_and_a_restart_waits_for_an_empty_node(ubuntu_stack: Stack) -> None:
    host, text = ubuntu_stack.host, CONTAINERD.format(pause="3.10")
    host.write("/etc/containerd/config.toml", text)
    host.run(f"systemctl restart containerd; {KUBELET}")
    before = ubuntu_stack.pid("containerd")
    changes: dict[str, Any] = {"container_runtime_max_concurrent_downloads": 8, "container_runtime_registries": []}

    played = ubuntu_stack.play("container_runtime", **changes)
    assert played.rc == 0, played.output[-4000:]
    assert played.changed() == ["Write the platform's settings", "Forget those that are no longer listed"]
    assert host.read("/etc/containerd/config.toml") == text
    assert ubuntu_stack.pid("containerd") == before
    (pending,) = said(played, "PENDING")
    assert "10-platform.toml" in pending
    assert "container_runtime_restart_allowed=true" in pending

    # The files' times tell it to the next run as well, whatever became of the one that changed them.
    played = ubuntu_stack.play("container_runtime", **changes, container_runtime_restart_allowed="true")
    host.run("systemctl stop kubelet")
    assert played.changed() == ["Restart containerd"]
    assert ubuntu_stack.pid("containerd") not in ("0", before)
    images = ubuntu_stack.merged()["plugins"]["io.containerd.cri.v1.images"]
    assert images["max_concurrent_downloads"] == 8
    assert images["pinned_images"]["sandbox"] == "registry.example/eks/pause:3.10"


def test_dgx_os_keeps_the_containerd_of_docker(root_trees: Lab) -> None:
    tree = root_trees.root_tree("DGXOS-7", name="dgx-43")
    variables = {"container_runtime_version": "2.2.1"}
    played = root_trees.role("container_runtime", tree, variables=variables)
    assert "dgx-43 has no containerd, and container_runtime_source is none" in failed(played).message
    played = root_trees.role("container_runtime", tree, variables={**variables, "container_runtime_source": "distro"})
    assert "DGXOS-7 has none, docker" in failed(played).message
    root_trees.stop(tree)


def test_a_dump_is_read_in_the_names_of_either_version() -> None:
    effective = FILTERS["container_runtime_effective_config"]
    old = effective(CONTAINERD.format(pause="1"))
    assert (old["default_runtime"], old["sandbox_image"]) == ("runc", "registry.example/eks/pause:1")
    assert old["runtimes"]["runc"]["systemd_cgroup"]
    split = effective(
        'version = 3\n[plugins."io.containerd.cri.v1.images".pinned_images]\nsandbox = "pause:2"\n'
        '[plugins."io.containerd.cri.v1.runtime".containerd]\ndefault_runtime_name = "nvidia"\n'
    )
    assert (split["default_runtime"], split["sandbox_image"], split["runtimes"]) == ("nvidia", "pause:2", {})
    assert effective('disabled_plugins = ["cri"]\n')["cri_disabled"]
    assert FILTERS["container_runtime_file_config"]("") == {"version": 0, "imports": []}
    with pytest.raises(Exception, match=r"config\.toml is not TOML"):
        FILTERS["container_runtime_file_config"]("[plugins.")
