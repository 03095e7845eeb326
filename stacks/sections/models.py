"""The section `models`: what is served, with which engine, where and how often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from catalogue.model_server_chart import engines
from stacks.sections.namespaces import NamespaceName
from stacks.sections.objectives import ObjectivesSettings
from stacks.sections.section import Section
from stacks.value_types import Flag, OneOf, Text, Whole

ServingPool = Literal["inference", "spot", "training"]

LONGEST_NAME = 40
"""With `-floor` and what a Deployment adds for its pods (a hash of 10, a suffix of 5) the 63 characters of a host name.

Helm allows a release 53, and Kubernetes a Service 63: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
"""

ModelName = Annotated[
    str,
    Text(
        f"1 to {LONGEST_NAME} lower-case letters, digits and hyphens such as 'qwen-chat', beginning with a letter",
        f"[a-z](?:[a-z0-9-]{{0,{LONGEST_NAME - 2}}}[a-z0-9])?",
    ),
]
Engine = Annotated[str, OneOf(engines, "an engine")]
HubId = Annotated[
    str,
    Text(
        "a repository of the Hugging Face Hub such as 'Qwen/Qwen2.5-7B-Instruct'",
        r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*",
    ),
]
Commit = Annotated[
    str, Text("a commit of 40 hexadecimal digits: a branch would change under the running replicas", "[0-9a-f]{40}")
]
_S3_PREFIX = r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[A-Za-z0-9!_.'()-]+(?:/[A-Za-z0-9!_.'()-]+)*"
S3Prefix = Annotated[str, Text("an S3 prefix such as 's3://models/qwen/1', without a slash at its end", _S3_PREFIX)]
ModelImage = Annotated[
    str,
    Text(
        "an image with a tag or digest such as 'registry.example.com/models/qwen:1.0.0'",
        r"[a-z0-9][A-Za-z0-9._:/-]*(?::(?!latest$)[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|@sha256:[0-9a-f]{64})",
    ),
]
AdapterName = Annotated[
    str,
    Text("1 to 63 lower-case letters, digits and hyphens such as 'sql'", "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"),
]
AdapterVersion = Annotated[
    str, Text("a label value such as '3', in quotes", r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
]
AdapterUri = Annotated[
    str,
    Text(
        "'s3://bucket/prefix', or 'hf://owner/name@commit' with the 40 digits of the commit",
        rf"{_S3_PREFIX}|hf://[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*@[0-9a-f]{{40}}",
    ),
]
ValuesKey = Annotated[str, Text("keys of charts/model-server/values.schema.json", "[A-Za-z][A-Za-z0-9]*")]
Replicas = Annotated[int, Whole(1, 1000, "replicas")]


class HuggingFaceSettings(Section):
    """A repository of the Hugging Face Hub at one commit."""

    id: HubId
    """Owner and name of the repository"""

    revision: Commit
    """Commit that is served"""


class SourceSettings(Section):
    """Where the weights come from: one of the three."""

    hugging_face: HuggingFaceSettings | None = None
    """From the Hugging Face Hub"""

    s3: S3Prefix | None = None
    """From the environment's models bucket"""

    oci: ModelImage | None = None
    """From an image with the files in its folder /models"""


class ReplicasSettings(Section):
    """How many copies serve."""

    min: Replicas
    """Replicas that serve at least; with values.autoscaling.scaleToZero none while nobody asks"""

    max: Replicas
    """Replicas that the autoscaler may go up to"""


class AdapterSettings(Section):
    """A LoRA adapter on top of the model."""

    name: AdapterName
    """Name that clients ask for"""

    version: AdapterVersion
    """Version, as a label of the pods"""

    uri: AdapterUri
    """Where its files are"""


class ModelSettings(Section):
    """One model: a release of charts/model-server."""

    name: ModelName
    """Name of the model for its clients, and of its release, unique among all models"""

    namespace: NamespaceName
    """An inference namespace of the section `namespaces`"""

    engine: Engine
    """What serves it; helm-values/<engine>/values.yaml says how by default"""

    pool: ServingPool = "inference"
    """Nodes that it runs on"""

    source: SourceSettings | None = None
    """Where the weights come from; the engine's default model when left out"""

    replicas: ReplicasSettings
    """How many copies serve"""

    adapters: tuple[AdapterSettings, ...] = Field(default=(), max_length=64)
    """LoRA adapters, for engines that take them"""

    slos: ObjectivesSettings = ObjectivesSettings()
    """What it promises; nothing when left out"""

    log_prompts: Flag = False
    """Whether its engine writes what is asked and answered into the log, which is then of the data class `sensitive`"""

    values: Mapping[ValuesKey, Any] = Field(default_factory=dict[str, Any])
    """Further values of charts/model-server, over those of the engine"""
