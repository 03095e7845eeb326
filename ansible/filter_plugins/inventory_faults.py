"""Filter `inventory_faults`: what is wrong with the hosts of an inventory, held against the catalogue and the export.

A fault is a line: where it stands, the host, the key, the value, and what is allowed.
"""

from __future__ import annotations

import difflib
import ipaddress
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from ansible.errors import AnsibleError, AnsibleFilterError

Host = Mapping[str, Any]
KINDS: Final = {"dgx": ("dgx", "dgx"), "dedicated_hosts": ("ec2", "dedicated-host")}
"""Kind of a group's machines in the catalogue, and of its hosts in the export."""
PRODUCT_LABEL: Final = "nvidia.com/gpu.product"
OF_GROUPS: Final = ("gpu_machines", "gpu_machine_facts")
"""Variables of all hosts that are spelled nearly as one of a host's own."""
_DGX_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def inventory_faults(
    hostvars: Mapping[str, Host],
    groups: Mapping[str, list[str]],
    platform_file: str,
    schema_file: str,
    catalogue_file: str,
    versions_folder: str,
) -> list[str]:
    """Return every fault; none where the inventory can be worked with."""
    file = Path(platform_file)
    if file.parent.is_file():  # the inventory is one file; the export lies beside it
        file = file.parent.with_name(file.name)
    platform, faults = read_platform(file, Path(schema_file))
    catalogue = yaml.safe_load(Path(catalogue_file).read_text(encoding="utf-8"))
    names = sorted(set(groups.get("gpu_hosts", [])) | {n for group in KINDS for n in groups.get(group, [])})
    hosts = {name: hostvars[name] for name in names}
    faults += list(_memberships(hosts, groups))
    for name, host in hosts.items():
        kind = next((group for group in KINDS if name in groups.get(group, [])), None)
        where = f"{_source(host)}: {name}"
        faults += [f"{where}: {fault}" for fault in host_faults(name, host, kind, catalogue, platform)]
    faults += list(shared(hosts, "ansible_host", "the same address"))
    faults += list(shared(hosts, "instance_id", "the same instance"))
    faults += list(shared(hosts, "kubernetes_node_name", "the same node"))
    if platform:
        faults += export_faults(file, platform, hosts, groups)
        wanted = Path(versions_folder) / f"{platform['version_set']}.yml"
        if not wanted.is_file():
            known = sorted(file.stem for file in Path(versions_folder).glob("*.yml"))
            faults.append(f"{file}: version_set: '{platform['version_set']}': {_one_of(known)}")
    return faults


def read_platform(file: Path, schema_file: Path) -> tuple[dict[str, Any] | None, list[str]]:
    """Return the export, or None with what is wrong with it."""
    if not file.is_file():
        write = (
            "`pulumi stack output gpu-hosts --json` or `rehearse up <environment> --output gpu-hosts=<file>` write it"
        )
        return None, [f"{file}: is not there; {write}"]
    try:
        platform = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        return None, [f"{file}: is not JSON: {error}"]
    try:
        from jsonschema import Draft202012Validator  # noqa: PLC0415 - Ansible loads every filter of the folder
    except ImportError as error:
        raise AnsibleFilterError("inventory_faults needs jsonschema where Ansible runs") from error
    schema = json.loads(schema_file.read_text(encoding="utf-8"))
    found = sorted(Draft202012Validator(schema).iter_errors(platform), key=lambda error: error.json_path)
    faults = [f"{file}: {error.json_path.removeprefix('$.')}: {error.message}" for error in found]
    return (None, faults) if faults else (platform, [])


def _memberships(hosts: Mapping[str, Host], groups: Mapping[str, list[str]]) -> Iterator[str]:
    for name, host in hosts.items():
        having = [group for group in KINDS if name in groups.get(group, [])]
        if not having:
            yield f"{_source(host)}: {name}: is in gpu_hosts alone; allowed: in dgx or in dedicated_hosts"
        if len(having) > 1:
            yield f"{_source(host)}: {name}: two hosts bear this name, one in dgx and one in dedicated_hosts"


def host_faults(
    name: str, host: Host, group: str | None, catalogue: Mapping[str, Any], platform: Mapping[str, Any] | None
) -> Iterator[str]:
    """What is wrong with one host's variables."""
    if group == "dgx" and not _DGX_NAME.fullmatch(name):
        yield "its name is no host's: allowed: up to 63 lower-case letters, digits and hyphens"
    machines = catalogue["machines"]
    machine = yield from _known(host, "gpu_machine", machines, "catalogue/gpu-machines.yaml")
    facts = machines.get(machine)
    if facts is not None:
        if group and facts["kind"] != KINDS[group][0]:
            alike = sorted(known for known, other in machines.items() if other["kind"] == KINDS[group][0])
            yield f"gpu_machine: '{machine}': no machine of group {group}; {_one_of(alike)}"
        yield from _gpu_faults(host, machine, facts, catalogue)
    if platform is None:
        return
    exported = platform["groups"]
    group_name = yield from _known(host, "gpu_host_group", exported, "the export's groups")
    entry = exported.get(group_name)
    if entry is None:
        return
    if group and entry["kind"] != KINDS[group][1]:
        yield f"gpu_host_group: '{group_name}': is of kind {entry['kind']}, the host in group {group}"
    if machine and machine != entry["machine"]:
        yield f"gpu_machine: '{machine}': the export says '{entry['machine']}' of group {group_name}"
    product = entry["labels"].get(PRODUCT_LABEL)
    if group == "dedicated_hosts" and host.get("gpu_model") not in (None, product):
        yield f"gpu_model: '{host['gpu_model']}': the export says '{product}' of group {group_name}"
    if group == "dedicated_hosts" and host.get("host_id") not in (None, "", *entry["host_ids"]):
        yield f"host_id: '{host['host_id']}': not in the export's group {group_name}; {_one_of(entry['host_ids'])}"
    if group == "dgx":
        yield from _address_faults(host, platform)


def _gpu_faults(host: Host, machine: str, facts: Mapping[str, Any], catalogue: Mapping[str, Any]) -> Iterator[str]:
    gpu = facts["gpu"]
    if facts["kind"] == "dgx" and host.get("gpu_model") not in (None, gpu):
        yield f"gpu_model: '{host['gpu_model']}': a {machine} has '{gpu}'"
    count = value_of(host, "gpu_count")
    if count is not None and str(count) != str(facts["gpus"]):
        yield f"gpu_count: {count}: a {machine} has {facts['gpus']}"
    layout = value_of(host, "mig_layout")
    if not layout:
        return
    profiles = catalogue["gpus"][gpu].get("mig_profiles") or {}
    allowed = ["all-disabled", *(f"all-{profile.replace('+', '.')}" for profile in profiles)]
    if layout not in allowed:
        yield f"mig_layout: '{layout}': no layout of the {gpu} of {machine}; {_one_of(allowed)}"


def _address_faults(host: Host, platform: Mapping[str, Any]) -> Iterator[str]:
    """A DGX stands in a network that the cluster knows; a name instead of an address says nothing of that."""
    networks = (platform["hybrid_nodes"] or {}).get("remote_node_networks", [])
    address = str(host.get("ansible_host") or "")
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return
    if not any(found in ipaddress.ip_network(network) for network in networks):
        yield f"ansible_host: '{address}': in none of the cluster's remote node networks; {_one_of(networks)}"


def _known(host: Host, key: str, known: Iterable[str], where: str) -> Iterator[str]:
    """Yield what is wrong with a required key; return its value where it is one of those known."""
    value = value_of(host, key)
    if value is None:
        mistyped = difflib.get_close_matches(key, [other for other in host if other not in OF_GROUPS], n=1, cutoff=0.85)
        instead = f", '{mistyped[0]}' is no variable" if mistyped else ""
        yield f"{key}: is missing{instead}; {_one_of(sorted(known))}"
    elif value not in known:
        yield f"{key}: {value!r}: not in {where}{_meant(str(value), known)}; {_one_of(sorted(known))}"
    else:
        return value
    return None


def shared(hosts: Mapping[str, Host], key: str, what: str) -> Iterator[str]:
    """Values that two hosts have and only one can."""
    owners: dict[str, list[str]] = {}
    for name, host in hosts.items():
        if value := value_of(host, key):
            owners.setdefault(str(value), []).append(name)
    for value, names in owners.items():
        if len(names) > 1:
            yield f"{_source(hosts[names[0]])}: {' and '.join(names)}: {key}: '{value}': {what} twice"


def export_faults(
    file: Path, platform: Mapping[str, Any], hosts: Mapping[str, Host], groups: Mapping[str, list[str]]
) -> list[str]:
    """Hosts that only one of the two has."""
    faults: list[str] = []
    exported = {name: group for group, entry in platform["groups"].items() for name in entry["hosts"]}
    listed = set(groups.get("dgx", []))
    for name in sorted(exported.keys() - listed):
        faults.append(
            f"{file}: {name}: of group {exported[name]}, is not in the inventory's group dgx; add it to hosts.yml"
        )
    for name in sorted(listed - exported.keys()):
        remedy = "add it to llm-platform:hybrid_nodes and write the export again, or take it out"
        faults.append(f"{_source(hosts[name])}: {name}: no DGX of the export; {remedy}")
    for name in sorted(listed & exported.keys()):
        if hosts[name].get("gpu_host_group") not in (None, exported[name]):
            faults.append(f"{_source(hosts[name])}: {name}: gpu_host_group: the export has it in '{exported[name]}'")
    instances = {one: group for group, entry in platform["groups"].items() for one in entry["instance_ids"]}
    found = {hosts[name].get("instance_id"): name for name in groups.get("dedicated_hosts", [])}
    for one in sorted(instances.keys() - found.keys()):
        remedy = "start it; or give each Name tag to one instance; or write the export again"
        faults.append(f"{file}: {one}: of group {instances[one]}, EC2 lists no such running instance; {remedy}")
    for one, name in sorted(found.items(), key=lambda item: item[1]):
        if one not in instances:
            faults.append(f"{_source(hosts[name])}: {name}: instance_id: '{one}': not in the export; write it again")
    return faults


def value_of(host: Host, key: str) -> Any:
    """Return a host's variable; None where it is not set, or made of what the export does not say."""
    try:
        return host.get(key)
    except AnsibleError:
        return None


def _one_of(allowed: Iterable[str]) -> str:
    return f"allowed: {', '.join(allowed) or 'none, there is none'}"


def _meant(value: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(value, list(known), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def _source(host: Host) -> str:
    file = host.get("inventory_file")
    return os.path.relpath(str(file)) if file else "the inventory"


class FilterModule:
    """What Ansible looks for in a file of this folder."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"inventory_faults": inventory_faults}
