"""The pack as the engine runs it: its `__main__.py` in a process of its own, spoken to by the engine's protocol."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2, struct_pb2
from google.protobuf.json_format import MessageToDict, ParseDict
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from tests.policies.sample import PROJECT, Sample

PACK: Final = Path(__file__).resolve().parents[2] / "policies"
LEVELS: Final = {analyzer_pb2.ADVISORY: "advisory", analyzer_pb2.MANDATORY: "mandatory"}
LARGEST: Final = ("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)


@dataclass(frozen=True)
class Diagnostic:
    """What the host answers."""

    policy: str
    level: str
    urn: str
    message: str


class Analyzer:
    """A pack that is running."""

    def __init__(self, stub: Any) -> None:
        self._stub = stub

    def info(self) -> Any:
        """Return what the pack says of itself."""
        return self._stub.GetAnalyzerInfo(empty_pb2.Empty())

    def configure(self) -> None:
        """Configure the pack as the engine does when nobody gives it a file: the schemas' defaults, then its own."""
        info = self.info()
        request: Any = analyzer_pb2.ConfigureAnalyzerRequest()
        for policy in info.policies:
            schema = MessageToDict(policy.configSchema.properties)
            values = {key: entry["default"] for key, entry in schema.items() if "default" in entry}
            if policy.name in info.initialConfig:
                values |= MessageToDict(info.initialConfig[policy.name].properties)
            given = analyzer_pb2.PolicyConfig(enforcementLevel=policy.enforcementLevel, properties=struct_of(values))
            request.policyConfig[policy.name].CopyFrom(given)
        self._stub.Configure(request)

    def analyze(self, sample: Sample) -> list[Diagnostic]:
        """Ask the policies of one resource."""
        request = analyzer_pb2.AnalyzeRequest(
            type=sample.type,
            properties=struct_of(sample.inputs),
            urn=sample.urn,
            name=sample.name,
            options=analyzer_pb2.AnalyzerResourceOptions(protect=sample.protect),
            provider=_provider(sample),
        )
        return _diagnostics(self._stub.Analyze(request))

    def analyze_stack(self, samples: Iterable[Sample]) -> list[Diagnostic]:
        """Ask the policies of the whole stack."""
        named = {sample.name: sample for sample in samples}
        request = analyzer_pb2.AnalyzeStackRequest(resources=[_resource(each, named) for each in named.values()])
        return _diagnostics(self._stub.AnalyzeStack(request))


def _resource(sample: Sample, named: Mapping[str, Sample]) -> Any:
    urns = {name: [named[each].urn for each in refers if each in named] for name, refers in sample.refers.items()}
    return analyzer_pb2.AnalyzerResource(
        type=sample.type,
        properties=struct_of({**sample.inputs, **sample.outputs}),
        urn=sample.urn,
        name=sample.name,
        options=analyzer_pb2.AnalyzerResourceOptions(protect=sample.protect),
        provider=_provider(sample),
        parent=named[sample.parent].urn if sample.parent in named else "",
        dependencies=sorted({urn for found in urns.values() for urn in found}),
        propertyDependencies={
            name: analyzer_pb2.AnalyzerPropertyDependencies(urns=found) for name, found in urns.items()
        },
    )


def _provider(sample: Sample) -> Any:
    return analyzer_pb2.AnalyzerProviderResource(
        type="pulumi:providers:aws",
        properties=struct_of(sample.provider),
        urn=f"urn:pulumi:{sample.environment}::{PROJECT}::pulumi:providers:aws::aws",
        name="aws",
    )


def struct_of(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """Return values as they travel."""
    return ParseDict(dict(values), struct_pb2.Struct())


def _diagnostics(response: Any) -> list[Diagnostic]:
    return [
        Diagnostic(found.policyName, LEVELS[found.enforcementLevel], found.urn, found.message)
        for found in response.diagnostics
    ]


@contextmanager
def running_pack(section: Mapping[str, Any] | None = None, stack: str = "prod") -> Generator[Analyzer]:
    """Start the pack as the engine does, with a section `policies` of the stack file."""
    configuration = {"llm-platform:policies": json.dumps(section)} if section is not None else {}
    environment = {
        **os.environ,
        "PULUMI_CONFIG": json.dumps(configuration),
        "PULUMI_PROJECT": PROJECT,
        "PULUMI_STACK": stack,
        "PULUMI_DRY_RUN": "true",
    }
    process = subprocess.Popen(
        [sys.executable, "-u", "__main__.py"], cwd=PACK, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}", options=LARGEST) as channel:
            grpc.channel_ready_future(channel).result(timeout=200)
            yield Analyzer(analyzer_pb2_grpc.AnalyzerStub(channel))
    finally:
        process.kill()
        process.communicate()
