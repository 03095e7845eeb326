"""New credentials for machines on premises: checked before they are used, proved, and taken back where they fail.

AWS is a double that refuses expired and mismatched pairs, as well as all where a test says so.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.ansible.certificates import Authority, Pair
from tests.ansible.control_plane import Cluster
from tests.ansible.joining import ACTIVATION, CODE, SECRET, SSM, export, join_by_hand, roles_anywhere, variables
from tests.ansible.kubelet import kubelets
from tests.ansible.lab.host import Host
from tests.ansible.lab.lab import Lab
from tests.ansible.lab.play import Played
from tests.ansible.secrets_manager import secrets_manager

pytestmark = pytest.mark.xdist_group("hosts-joining")

PKI = "/etc/iam/pki"
NEWER = "22222222-2222-3333-4444-555555555555"


@dataclass
class Estate:
    """Two machines with certificates that were put there by hand, and one with an activation."""

    lab: Lab
    cluster: Cluster
    authority: Authority
    folder: Path
    first: Host
    second: Host
    activated: Host

    def give(self, host: Host, pair: Pair) -> None:
        """Put a pair where the play looks for it."""
        (self.folder / f"{host.name}.pem").write_text(pair.certificate)
        (self.folder / f"{host.name}.key").write_text(pair.private_key)

    def play(self, *hosts: Host, settings: dict[str, str] | None = None, **own: Any) -> Played:
        shared = {"credentials_folder": str(self.folder), **own}
        inventory = self.lab.inventory(hosts, {**variables(self.lab, self.cluster), **shared})
        return self.lab.play("rotate_credentials.yml", inventory, settings=settings)


@pytest.fixture(scope="module")
def estate(
    lab: Lab, control_plane_of_playbooks: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Estate]:
    """Joined machines."""
    authority = Authority()
    folder = tmp_path_factory.mktemp("credentials")
    (folder / "roots.pem").write_text(authority.root)
    hosts = [lab.host("Ubuntu-22.04", name=f"dgx-5{number}", machine="dgx-h100") for number in (1, 2, 3)]
    for host in hosts[:2]:
        pair = authority.issue(host.name, days=5)
        host.write(f"{PKI}/server.pem", pair.certificate)
        host.write(f"{PKI}/server.key", pair.private_key, 0o600)
        join_by_hand(host, roles_anywhere(host.name))
    join_by_hand(hosts[2], {"ssm": {"activationId": ACTIVATION, "activationCode": CODE}})
    with kubelets(control_plane_of_playbooks, *hosts):
        yield Estate(lab, control_plane_of_playbooks, authority, folder, hosts[0], hosts[1], hosts[2])
    for host in hosts:
        lab.stop(host)
    control_plane_of_playbooks.clear()


def test_the_first_host_that_fails_has_its_old_pair_back_and_ends_the_play(estate: Estate) -> None:
    for host in (estate.first, estate.second):
        estate.give(host, estate.authority.issue(host.name))
    old = estate.first.read(f"{PKI}/server.pem")
    other = estate.second.read(f"{PKI}/server.pem")
    estate.first.double.fail("aws_signing_helper", "denied")
    estate.first.write(
        "/etc/systemd/system/aws_signing_helper_update.service", "[Service]\nExecStart=/bin/sleep infinity\n"
    )
    played = estate.play(estate.first, estate.second, eks_hybrid_node_credentials_file=True)
    estate.first.double.heal()
    assert "The new certificate of dgx-51 does not work and the old one" in played.messages
    assert "AccessDeniedException: Unable to assume role" in played.messages
    # Whatever read the new pair reads the old one again: the file that pods mount too.
    again = played.task("Have the old pair used again", "dgx-51").result["results"]
    assert [each["item"] for each in again] == ["aws_signing_helper_update", "kubelet"]
    assert estate.first.read(f"{PKI}/server.pem") == old
    assert estate.second.read(f"{PKI}/server.pem") == other
    assert [task for task in played.tasks if task.host == "dgx-52"] == []


def test_each_host_gets_its_pair_and_a_second_run_changes_nothing(estate: Estate) -> None:
    played = estate.play(estate.first, estate.second)
    assert played.rc == 0, played.output
    for host in (estate.first, estate.second):
        assert host.read(f"{PKI}/server.pem") == (estate.folder / f"{host.name}.pem").read_text()
        assert host.read(f"{PKI}/server.key") == (estate.folder / f"{host.name}.key").read_text()
        assert (host.root / f"{PKI[1:]}/current/server.key").stat().st_mode & 0o777 == 0o600
        # The old private key is gone once the new one works.
        assert len(list((host.root / f"{PKI[1:]}/pairs").iterdir())) == 1
    assert (estate.folder / "dgx-51.key").read_text().splitlines()[1] not in played.output
    again = estate.play(estate.first)
    assert (again.rc, again.changed()) == (0, []), again.output


def test_a_pair_of_another_authority_is_not_used(estate: Estate) -> None:
    before = estate.first.read(f"{PKI}/server.pem")
    estate.give(estate.first, Authority("Strangers").issue("dgx-51"))
    played = estate.play(estate.first)
    assert "Check that the trust anchor's authority signed it" in played.failed("dgx-51")
    assert estate.first.read(f"{PKI}/server.pem") == before


def test_a_new_activation_makes_a_new_node_of_a_drained_host(estate: Estate) -> None:
    registration = "/var/lib/amazon/ssm/registration"
    old = json.loads(estate.activated.read(registration))["ManagedInstanceID"]
    platform = export(hybrid=SSM | {"activation_id": NEWER})
    with secrets_manager() as secrets:
        secrets.keep(SECRET, {"activation_id": NEWER, "activation_code": CODE})
        estate.activated.double.fail("nodeadm", "activation-expired")
        estate.cluster.api.patch("Node", "v1", old, None, {"spec": {"unschedulable": True}})
        failed = estate.play(estate.activated, settings=secrets.settings, platform=platform)
        assert f"could not be registered again and is {old} as before" in failed.messages
        assert json.loads(estate.activated.read(registration))["ManagedInstanceID"] == old
        estate.activated.double.heal()
        played = estate.play(estate.activated, settings=secrets.settings, platform=platform)
    assert played.rc == 0, played.output
    new = json.loads(estate.activated.read(registration))["ManagedInstanceID"]
    assert new != old
    assert estate.cluster.node(new)
    assert estate.cluster.api.get("Node", "v1", old) is None
    assert f"deregister-managed-instance --instance-id {old}" in played.task("Say what is left to do in AWS").message
