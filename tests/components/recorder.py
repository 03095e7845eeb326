"""Records what a program registers, with known outputs, so that a test can assert the exact set of children."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks

from rehearsal.program import run_program

CLUSTER = "aws:eks/cluster:Cluster"
SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d"


@dataclass(frozen=True)
class Registered:
    """One registered resource: type token, logical name, camelCase inputs, and the options that matter."""

    type: str
    name: str
    inputs: dict[str, Any]
    parent: str
    dependencies: tuple[str, ...]
    protect: bool
    retain_on_delete: bool
    ignore_changes: tuple[str, ...]
    provider: str
    """Name of the provider that was given, or handed down by the parent; empty for a default one."""


@dataclass
class Recording:
    """Everything one program registered, in order, and the stack's outputs."""

    resources: list[Registered] = field(default_factory=list[Registered])

    def children(self) -> set[tuple[str, str]]:
        """Type and name of every resource but the stack."""
        return {(resource.type, resource.name) for resource in self.resources}

    def one(self, name: str, type_: str | None = None) -> Registered:
        """The one resource of that name (and type, where two types share a name)."""
        found = [r for r in self.resources if r.name == name and type_ in (None, r.type)]
        assert len(found) == 1, f"{len(found)} resources named {name}: {[r.type for r in found]}"
        return found[0]

    def of_type(self, type_: str) -> list[Registered]:
        """All resources of a type, by name."""
        return sorted((r for r in self.resources if r.type == type_), key=lambda r: r.name)


def _plain(value: Any) -> Any:
    """Undo the wire format: secrets unwrapped, whole doubles as integers."""
    if isinstance(value, dict):
        if SECRET_SIGNATURE in value:
            return _plain(value["value"])
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


class _Echo(Mocks):
    def __init__(self, answers: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]], *, preview: bool) -> None:
        self.answers = answers
        self.preview = preview

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if not args.custom:
            return None, {}
        if self.preview:
            # As the engine does: inputs come back, the id and everything computed is unknown. A cluster's
            # vpcConfig holds its computed security group too, so it is unknown as a whole.
            known = {k: v for k, v in args.inputs.items() if (args.typ, k) != (CLUSTER, "vpcConfig")}
            return None, known
        outputs = {
            "arn": f"arn:aws:mock:us-east-1:111122223333:{args.name}",
            "name": args.name,
            "url": f"https://{args.name}.example",
            **args.inputs,
        }
        if args.typ == CLUSTER:
            outputs |= {
                "endpoint": "https://cluster.example",
                "certificateAuthority": {"data": "Y2E="},
                "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16"},
                "identities": [{"oidcs": [{"issuer": "https://oidc.example/id/1"}]}],
                "vpcConfig": {**args.inputs["vpcConfig"], "clusterSecurityGroupId": "sg-cluster"},
            }
        if args.typ == "aws:rds/cluster:Cluster":
            secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:rds!cluster-1b2c-AbCdEf"
            outputs |= {
                "endpoint": "vectors.cluster-1.example",
                "readerEndpoint": "vectors.cluster-ro-1.example",
                "clusterResourceId": "cluster-ABC",
                "masterUserSecrets": [{"secretArn": secret}],
            }
        if args.typ == "aws:rds/proxy:Proxy":
            outputs |= {
                "arn": "arn:aws:rds:us-east-1:111122223333:db-proxy:prx-1",
                "endpoint": "vectors.proxy-1.example",
            }
        if args.typ == "aws:amp/workspace:Workspace":
            outputs["prometheusEndpoint"] = "https://metrics.example/workspaces/ws-1/"
        if args.typ == "aws:ec2/launchTemplate:LaunchTemplate":
            outputs["latestVersion"] = 1
        if args.typ == "aws:eks/nodeGroup:NodeGroup":
            outputs.setdefault("nodeGroupName", args.name)
        return f"{args.name}-id", outputs

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        try:
            return self.answers[args.token](args.args), []
        except LookupError as refusal:  # how an answer says what a provider says of a missing thing
            return {}, [("id", str(refusal))]


class _Recorder(MockMonitor):
    def __init__(self, mocks: Mocks, recording: Recording) -> None:
        super().__init__(mocks)
        self.recording = recording
        self.seen: dict[str, str] = {}

    def RegisterResource(self, request: Any) -> Any:
        response = super().RegisterResource(request)
        if request.type != "pulumi:pulumi:Stack":
            assert response.urn not in self.seen, f"two resources with the URN {response.urn}"
            self.seen[response.urn] = request.name
            inputs = _plain(rpc.deserialize_properties(request.object))
            self.recording.resources.append(
                Registered(
                    type=request.type,
                    name=request.name,
                    inputs=inputs,
                    parent=request.parent.split("::")[-1],
                    dependencies=tuple(sorted(urn.split("::")[-1] for urn in request.dependencies)),
                    protect=request.protect,
                    retain_on_delete=request.retainOnDelete,
                    ignore_changes=tuple(request.ignoreChanges),
                    provider=request.provider.rpartition("::")[0].rpartition("::")[2],
                )
            )
        return response


def record(
    build: Callable[[], None],
    *,
    invokes: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] | None = None,
    preview: bool = False,
) -> Recording:
    """Run `build` in a stack of its own; every custom resource gets `<name>-id` as id and echoes its inputs.

    `invokes` answers provider functions by token (`aws:ec2/getSubnet:getSubnet`).
    """
    recording = Recording()
    monitor = _Recorder(_Echo(invokes or {}, preview=preview), recording)
    run_program(build, monitor, project="llm-platform", stack="test", preview=preview)
    return recording
