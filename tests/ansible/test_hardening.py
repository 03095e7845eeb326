"""Role hardening on Ubuntu 24.04 and RHEL 9: what it closes, what it has to leave open, and that Ansible still gets in.

Real here: sshd, sudo, nftables in the hosts' own network namespaces, the network's kernel parameters. Not proved: that
the kernel records by the audit rules (audit is not a container's own; their form is compared), and that blocked modules
stay out (hosts can't load any; the files are read).
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.ansible.complaints import complaints, refused
from tests.ansible.lab.host import Host
from tests.ansible.lab.lab import Lab
from tests.ansible.role_filters import role_filters

pytestmark = [pytest.mark.xdist_group("hosts-hardening"), pytest.mark.timeout(900)]
NETWORKS = role_filters("hardening", "networks")


class TestNetworks:
    def test_networks_become_one_match_per_family(self) -> None:
        matches = NETWORKS["source_matches"](["10.1.0.0/16", "10.0.0.0/16", "10.0.4.0/24", "fd00::/8"])
        assert matches == ["ip saddr { 10.0.0.0/15 }", "ip6 saddr { fd00::/8 }"]
        assert NETWORKS["source_matches"]([]) == [], "no network is no rule, and not a rule for everybody"

    def test_an_address_is_found_in_its_network_however_sshd_writes_it(self) -> None:
        assert NETWORKS["in_networks"]("::ffff:10.0.4.7", ["10.0.0.0/16"])
        assert not NETWORKS["in_networks"]("10.1.4.7", ["10.0.0.0/16"])

    def test_what_is_no_network_is_named(self) -> None:
        assert NETWORKS["wrong_networks"](["10.0.0.0/16", "10.0.0.1/16", "everybody"]) == ["10.0.0.1/16", "everybody"]


@pytest.fixture(scope="module")
def hosts(lab: Lab) -> Iterator[list[Host]]:
    made = [
        lab.host(system, name=name, machine="dgx-h100")
        for system, name in (("Ubuntu-24.04", "hard-ubuntu"), ("RedHat-9", "hard-rhel"))
    ]
    yield made
    for host in made:
        lab.stop(host)


def given(lab: Lab) -> dict[str, Any]:
    return {
        "hardening_firewall_ssh_networks": [f"{lab.network.address}/32"],
        "hardening_firewall_node_networks": ["198.51.100.0/24"],
        "hardening_firewall_control_plane_networks": [f"{lab.network.address}/32"],
        "hardening_firewall_pod_networks": ["10.42.0.0/16"],
        "hardening_firewall_trusted_interfaces": ["ibp*"],
        "hardening_sudo_rules": [{"who": "%operators", "commands": ["/usr/bin/nvidia-smi"], "password": False}],
        "hardening_audit_load": False,
    }


def test_what_would_shut_ansible_out_or_break_a_node_is_refused_by_name(lab: Lab, hosts: list[Host]) -> None:
    """Each habit of general hardening that takes a node's network, storage or credentials away, asked for outright."""
    blocked = {name: {"hardening_blocked_modules": [name]} for name in ("squashfs", "vfat", "sctp", "rds", "overlay")}
    needed = ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding", "net.ipv4.conf.all.rp_filter", "kernel.panic")
    parameters = {name: {"hardening_sysctl": {name: "0"}} for name in (*needed, "kernel.kexec_load_disabled")}
    out: dict[str, dict[str, Any]] = {
        "hardening_firewall_ssh_networks": {"hardening_firewall_ssh_networks": ["192.0.2.0/24"]},
        "hardening_ssh_allow_groups": {"hardening_ssh_allow_groups": ["nobody-is-in-it"]},
        "hardening_firewall_pod_networks": {"hardening_firewall_pod_networks": ["10.42.0.1/16"]},
    }
    cases = {name.replace(".", "-"): values for name, values in {**blocked, **parameters, **out}.items()}
    said = refused(lab, "hardening", hosts[0], {name: given(lab) | values for name, values in cases.items()})
    for name, words in said.items():
        assert name in words.replace(".", "-")
        assert "Nothing was changed" in words
    assert not (hosts[0].root / "etc/llm-platform").exists()


def listens(host: Host, port: int) -> None:
    host.run(f"systemd-run --unit=port-{port} /usr/bin/python3 -m http.server {port}")


def answers(host: Host, port: int) -> bool:
    try:
        with socket.create_connection((host.address, port), timeout=2):
            return True
    except OSError:
        return False


def test_hosts_are_closed_to_others_and_open_to_the_cluster(lab: Lab, hosts: list[Host]) -> None:
    """Check mode, first run, what it did, second run, flushed rules, firewall off: one sequence."""
    ubuntu, rhel = hosts
    for host in hosts:
        # What a pod network and nodeadm set before; and rules of a pod network, which are nobody else's.
        host.run("sysctl -q net.ipv4.ip_forward=1; nft add table ip cni; nft add chain ip cni postrouting")
        host.run("mkdir -p /etc/security/limits.d; echo '* - memlock unlimited' > /etc/security/limits.d/50-efa.conf")
        for port in (10250, 8080):
            listens(host, port)
    ageing = ubuntu.read("/etc/login.defs")

    said = lab.role("hardening", *hosts, variables=given(lab), check=True)
    assert said.rc == 0, said.output
    assert not (ubuntu.root / "etc/ssh/sshd_config.d/05-llm-platform.conf").exists()
    assert "llm_platform" not in rhel.run("nft list tables").stdout

    first = lab.role("hardening", *hosts, variables=given(lab))
    assert first.rc == 0, first.output
    for host in hosts:
        wait_for(host, 10250)
        the_firewall_lets_in_the_cluster_and_nobody_else(host)
        sshd_takes_keys_and_no_passwords(host)
        no_known_trap_is_set(host)
    assert ubuntu.read("/etc/login.defs") == ageing, "passwords of automation don't expire"

    again = lab.role("hardening", *hosts, variables=given(lab))
    assert (again.rc, again.changed()) == (0, []), again.output

    # Somebody flushed the rules of one host; the other's firewall is to go, as on EC2, where a security group does it.
    ubuntu.run("nft delete table inet llm_platform")
    inventory = lab.inventory(hosts, given(lab), {"hard-rhel": {"hardening_firewall": "none"}})
    playbook = inventory.with_name("play.yml")
    playbook.write_text("- {name: Alone, hosts: all, gather_facts: false, become: true, roles: [hardening]}\n")
    mended = lab.play(playbook, inventory)
    assert mended.rc == 0, mended.output
    assert mended.changed("hard-ubuntu") == ["Put the rules in force"]
    assert not answers(ubuntu, 8080)
    assert answers(rhel, 8080)
    assert "cni" in rhel.run("nft list tables").stdout


def wait_for(host: Host, port: int) -> None:
    until = time.monotonic() + 60
    while not answers(host, port):
        assert time.monotonic() < until, f"nothing answers at {host.name}:{port}"
        time.sleep(0.2)


def the_firewall_lets_in_the_cluster_and_nobody_else(host: Host) -> None:
    assert answers(host, 22)
    assert answers(host, 10250), "the kubelet, from the control plane's network"
    assert not answers(host, 8080)
    rules = host.run("nft list table inet llm_platform").stdout
    assert "ip saddr 198.51.100.0/24 udp dport 8472 accept" in rules, "the pod network's tunnel"
    assert 'iifname "ibp*" accept' in rules
    assert "forward" not in rules, "what goes through to pods is the pod network's"
    assert "table ip cni" in host.run("nft list tables").stdout, "the pod network's own rules stand"
    assert host.run("systemctl is-enabled ufw firewalld").stdout.count("enabled") == 0


def sshd_takes_keys_and_no_passwords(host: Host) -> None:
    effective = host.run("sshd -T -C user=deploy,host=x,addr=192.0.2.1").stdout.splitlines()
    assert {"passwordauthentication no", "permitrootlogin no", "pubkeyauthentication yes"} <= set(effective)
    assert "allowtcpforwarding yes" in effective, "sessions through SSM and jump hosts forward"
    assert host.run("su - deploy -c 'sudo -n true'").returncode == 0, "Ansible's own way to root"
    assert host.run("visudo --check").returncode == 0


def no_known_trap_is_set(host: Host) -> None:
    """The defaults of a well-known hardening collection that take a node's network, credentials or dumps away."""
    assert host.run("sysctl -n net.ipv4.ip_forward").stdout == "1\n"
    assert host.run("sysctl -n net.ipv4.conf.all.rp_filter").stdout == "0\n", (
        "strict filtering loses the rails' packets"
    )
    files = host.run("cat /etc/sysctl.d/*hardening*").stdout
    for absent in ("kexec_load_disabled", "ipv6.conf.all.forwarding", "arp_ignore", "arp_announce", "modules_disabled"):
        assert absent not in files
    for kubelets in ("kernel.panic", "kernel.panic_on_oops", "vm.overcommit_memory"):
        assert f"{kubelets} " not in files, "role base_os sets it, as the kubelet wants it"
    modules = host.run("cat /etc/modprobe.d/*").stdout
    assert "install cramfs /bin/false" in modules
    for needed in ("squashfs", "vfat", "sctp", "rds", "overlay"):
        assert f" {needed} " not in modules
        assert f" {needed}\n" not in modules
    assert host.read("/etc/security/limits.d/50-efa.conf") == "* - memlock unlimited\n"
    rules = host.read("/etc/audit/rules.d/50-llm-platform.rules")
    assert "-w /etc/kubernetes -p wa -k cluster" in rules
    for frequent in ("-S open", "-S read", "-S execve", "-S all", "/var/lib/kubelet"):
        assert frequent not in rules, "a rule on every program's calls slows a node that reads weights over NFS"


def test_sshd_that_another_file_overrules_is_not_reloaded(lab: Lab, hosts: list[Host]) -> None:
    """Stands on the test before: a file that is read first lets root in."""
    ubuntu = hosts[0]
    ubuntu.write("/etc/ssh/sshd_config.d/00-other.conf", "PermitRootLogin yes\n")
    played = lab.role("hardening", ubuntu, variables=given(lab) | {"hardening_ssh_tcp_forwarding": "no"})
    assert played.rc != 0
    assert "another file comes before it" in complaints(played)
    assert "Reload sshd" not in played.output
    (ubuntu.root / "etc/ssh/sshd_config.d/00-other.conf").unlink()
    # The reload that was lost with the failed run is made up for.
    mended = lab.role("hardening", ubuntu, variables=given(lab) | {"hardening_ssh_tcp_forwarding": "no"})
    assert "Reload sshd" in mended.changed(), mended.output
