"""Role node_health on hosts of the lab: what the watcher makes of the kernel's log, and when it cordons its node.

kubectl is a double that keeps what it is asked; what it asks is then put to a real API server, as the node. That real
GPUs write these lines is NVIDIA's word.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.ansible.control_plane import Cluster
from tests.ansible.lab.host import Host
from tests.ansible.lab.lab import Lab
from tests.ansible.lab.play import Played
from tests.ansible.node_api import NodeApi, restricted_api

STATUS: Final = "/var/lib/node-health/status.json"
VARIABLES: Final = {
    "node_health_node": "dgx-01",
    "node_health_journal_matches": ["SYSLOG_IDENTIFIER=kernel"],
    "node_health_retry_seconds": 1,
}
# The unit lets its program write nowhere else.
KUBECTL: Final = """#!/bin/sh
printf '%s\\n' "$@" > /var/lib/node-health/kubectl.asked
echo >> /var/lib/node-health/kubectl.count
[ -e /var/lib/node-health/kubectl.refuses ] || exit 0
echo 'Unable to connect to the server: dial tcp: i/o timeout' >&2
exit 1
"""
OFF_THE_BUS: Final = "NVRM: Xid (PCI:0000:1b:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus."
PAGE_FAULT: Final = "NVRM: Xid (PCI:0000:1b:00): 31, pid=1896, name=python3, Ch 00000008, intr 00000000. MMU Fault"

hosts_of_this_module = pytest.mark.xdist_group("hosts-node-health")


@pytest.fixture(scope="module")
def host(lab: Lab) -> Iterator[Host]:
    host = lab.host("Ubuntu-24.04", name="dgx-01")
    yield host
    lab.stop(host)


def until(condition: Callable[[], Any], seconds: float = 120) -> Any:
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)
    return found


def status(host: Host) -> dict[str, Any]:
    return json.loads(host.read(STATUS)) if (host.root / STATUS.lstrip("/")).exists() else {}


def say(host: Host, line: str) -> None:
    assert host.run(f"logger --tag kernel -- {json.dumps(line)}").returncode == 0


def problems(host: Host) -> dict[str, dict[str, Any]]:
    return {problem["name"]: problem for problem in status(host).get("problems", [])}


def refusal(played: Played) -> str:
    return str(played.task("Write what it looks for").result.get("stderr"))


def asked(host: Host) -> int:
    file = host.root / "var/lib/node-health/kubectl.count"
    return len(file.read_text().splitlines()) if file.exists() else 0


@hosts_of_this_module
def test_the_role_converges_once(lab: Lab, host: Host) -> None:
    checked = lab.role("node_health", host, variables=VARIABLES, check=True)
    assert checked.rc == 0, checked.output
    assert not (host.root / "etc/node-health").exists()
    first = lab.role("node_health", host, variables=VARIABLES)
    assert first.rc == 0, first.output
    second = lab.role("node_health", host, variables=VARIABLES)
    assert second.changed() == [], second.output
    assert until(lambda: status(host))["healthy"]
    assert host.run("node-health check").stdout == "healthy\n"
    assert (
        host.run("systemctl is-enabled node-health; systemd-analyze verify node-health.service").stdout == "enabled\n"
    )


@hosts_of_this_module
def test_what_an_application_did_is_told_and_no_more(host: Host) -> None:
    say(host, PAGE_FAULT)
    found = until(lambda: problems(host).get("xid-31"))
    assert (found["device"], found["action"], found["count"]) == ("0000:1b:00", "report", 1)
    assert status(host)["healthy"]
    assert host.run("node-health check").returncode == 0


@hosts_of_this_module
def test_before_the_node_has_joined_there_is_nothing_to_cordon(host: Host) -> None:
    say(host, OFF_THE_BUS)
    until(lambda: status(host)["cordon"]["state"] == "impossible")
    assert "/var/lib/kubelet/kubeconfig is not there" in status(host)["cordon"]["message"]
    assert not status(host)["healthy"]
    done = host.run("node-health check")
    assert done.returncode == 1
    assert "cordon: xid-79 0000:1b:00: GPU has fallen off the bus, 1 times" in done.stdout


@hosts_of_this_module
def test_an_api_server_that_is_away_is_asked_again(host: Host) -> None:
    host.write("/var/lib/node-health/kubectl.refuses", "")
    host.write("/usr/local/bin/kubectl", KUBECTL, mode=0o755)
    host.write("/var/lib/kubelet/kubeconfig", "the kubelet's")
    until(lambda: status(host)["cordon"]["state"] == "failed")
    assert "i/o timeout" in status(host)["cordon"]["message"]
    host.write("/usr/local/bin/kubectl", "#!/bin/sh\nexit 3\n", mode=0o755)
    until(lambda: status(host)["cordon"] == {"state": "failed", "message": "exit status 3"})
    host.write("/usr/local/bin/kubectl", KUBECTL, mode=0o755)
    (host.root / "var/lib/node-health/kubectl.refuses").unlink()
    until(lambda: status(host)["cordon"]["state"] == "done")


@hosts_of_this_module
def test_what_was_asked_is_allowed_to_the_node_and_nothing_more(host: Host, cluster: Cluster, tmp_path: Path) -> None:
    words = host.read("/var/lib/node-health/kubectl.asked").splitlines()
    assert words[:5] == ["--kubeconfig", "/var/lib/kubelet/kubeconfig", "--request-timeout=20s", "patch", "node"]
    assert words[5:7] == ["dgx-01", "--type=merge"]
    patch = json.loads(words[7].removeprefix("--patch="))
    cluster.nodes("dgx-01", "dgx-02")
    with restricted_api(cluster, tmp_path) as server:
        node = NodeApi(server, "dgx-01")
        answered = node.patch("dgx-01", patch)
        assert answered.status == 200, answered.text
        found = cluster.node("dgx-01")
        assert found["spec"]["unschedulable"] is True
        assert (
            "xid-79 0000:1b:00: GPU has fallen off the bus"
            in found["metadata"]["annotations"]["llm-platform/node-health"]
        )
        other = node.patch("dgx-02", patch)
        assert (other.status, cluster.cordoned("dgx-02")) == (403, False)
        taint = {"spec": {"taints": [{"key": "broken", "effect": "NoSchedule"}]}}
        tainted = node.patch("dgx-01", taint)
        assert (tainted.status, "not allowed to modify taints" in tainted.text) == (403, True)


@hosts_of_this_module
def test_a_person_who_uncordons_is_not_contradicted_until_it_happens_again(host: Host) -> None:
    before = asked(host)
    # Without its status, which says the same before the restart.
    restart = f"systemctl stop node-health && rm {STATUS} && systemctl start node-health"
    assert host.run(restart).returncode == 0
    message = "cordoned in this boot; a person may have uncordoned since"
    until(lambda: status(host).get("cordon", {}).get("message") == message)
    assert asked(host) == before
    say(host, OFF_THE_BUS)
    until(lambda: asked(host) == before + 1)
    # The watcher writes its status after it has asked.
    until(lambda: problems(host)["xid-79"]["count"] == 2)


@hosts_of_this_module
def test_a_boot_starts_afresh(host: Host) -> None:
    before = asked(host)
    host.power_off()
    host.start()
    until(lambda: status(host)["healthy"])
    assert status(host)["problems"] == []
    assert asked(host) == before


@hosts_of_this_module
def test_a_new_unit_is_in_force_also_where_the_play_stops_later(lab: Lab, host: Host) -> None:
    unit = host.read("/etc/systemd/system/node-health.service")
    host.write("/etc/systemd/system/node-health.service", unit.replace("TasksMax=32", "TasksMax=16"))
    host.run("systemctl daemon-reload; systemctl restart node-health")
    before = host.run("systemctl show --property=MainPID --value node-health").stdout
    inventory = lab.inventory([host], VARIABLES)
    stops = {"name": "Stop as gpu_verify does", "ansible.builtin.fail": {"msg": "a GPU is lost"}}
    play = {"hosts": "all", "gather_facts": False, "become": True, "roles": ["node_health"], "tasks": [stops]}
    playbook = inventory.with_name("play.yml")
    playbook.write_text(yaml.safe_dump([play]))
    assert lab.play(playbook, inventory).failed() == ["Stop as gpu_verify does"]
    assert host.run("systemctl show --property=MainPID --value node-health").stdout not in (before, "0\n")


@hosts_of_this_module
def test_settings_that_make_no_sense_are_refused(lab: Lab, host: Host) -> None:
    unclosed = [{"name": "mine", "pattern": "(broken", "says": "mine"}]
    played = lab.role("node_health", host, variables={**VARIABLES, "node_health_patterns": unclosed})
    assert played.failed() == ["Write what it looks for"]
    assert "node_health_patterns: mine: (broken: missing )" in refusal(played)
    assert host.run("systemctl is-active node-health").stdout == "active\n"


@hosts_of_this_module
def test_a_telling_watcher_never_cordons(lab: Lab, host: Host) -> None:
    before = asked(host)
    played = lab.role("node_health", host, variables={**VARIABLES, "node_health_cordon": "false"})
    assert played.rc == 0, played.output
    say(host, OFF_THE_BUS)
    until(lambda: status(host)["cordon"]["state"] == "off")
    assert (status(host)["healthy"], asked(host)) == (False, before)
