"""The section `embeddings`: indexes of documents, each with a job that fills it and a service that searches it."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field

from stacks.cron import Cron
from stacks.sections.models import Commit, HubId, ModelImage
from stacks.sections.namespaces import NamespaceName
from stacks.sections.section import Section
from stacks.value_types import Flag, Text, Whole

IndexName = Annotated[
    str,
    Text("1 to 16 lower-case letters and digits such as 'handbook', beginning with a letter", "[a-z][a-z0-9]{0,15}"),
]
ObjectPrefix = Annotated[
    str,
    Text(
        "a prefix such as 'documents/handbook', without a slash at its ends",
        r"[A-Za-z0-9!_.'()-]+(?:/[A-Za-z0-9!_.'()-]+)*",
    ),
]
Glob = Annotated[str, Text("a pattern such as '**/*.md'", r"\S+")]


def _has_legal_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:  # above 65535
        return False


EndpointUrl = Annotated[
    str,
    Text(
        "http(s)://host:port/path such as 'http://embedder.serving.svc:8080/v1'",
        r"https?://[a-z0-9.-]+(?::\d+)?(?:/\S*)?",
        _has_legal_port,
    ),
]
SecretName = Annotated[str, Text("a Secret's name such as 'embedder-key'", "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")]


class EndpointSettings(Section):
    """A server that makes the vectors, in place of the pods themselves."""

    kind: Literal["openai", "tei"]
    """Any OpenAI-compatible server, or Text Embeddings Inference"""

    url: EndpointUrl
    """Where it is: a served model of the index's namespace, whose Service has its pods' port; or a service outside"""

    api_key_secret: SecretName | None = None
    """Secret with its key `api-key`, filled from llm-platform/<environment>/<namespace>/<name> of Secrets Manager"""

    @property
    def port(self) -> int:
        """Port of the URL, or its scheme's."""
        parts = urlsplit(self.url)
        return parts.port or {"http": 80, "https": 443}[parts.scheme]

    def namespace(self, own: str) -> str | None:
        """Namespace of the Service that the URL names, as pods of the namespace `own` see it; None for no Service."""
        name = (urlsplit(self.url).hostname or "").removesuffix(".cluster.local").split(".")
        if len(name) == 1:
            return own
        match name:
            case [_, namespace, "svc"]:
                return namespace
            case _:
                return None


class EmbeddingModelSettings(Section):
    """The model that makes the vectors: another one, or another revision, is another collection."""

    id: HubId
    """Owner and name on the Hugging Face Hub, or the endpoint's name of it"""

    revision: Commit
    """Commit of the model"""

    s3: ObjectPrefix | None = None
    """Prefix of the models bucket with its files; from the Hub when left out"""

    endpoint: EndpointSettings | None = None
    """A server that makes the vectors; the pods themselves do when left out"""


class ChunkSettings(Section):
    """How documents are cut."""

    tokens: Annotated[int, Whole(16, 8192, "tokens")] = 512
    """Longest window, in tokens of the model's own tokenizer"""

    overlap: Annotated[int, Whole(0, 4096, "tokens")] = 64
    """Tokens that a window repeats of the one before: at most half of `tokens`"""

    long_windows: Literal["pool", "refuse"] = "pool"
    """Windows longer than the model reads: averaged from parts, or refused before anything is done"""


class SearchServiceSettings(Section):
    """The service that answers queries."""

    min_replicas: Annotated[int, Whole(1, 100, "replicas")] = 2
    """Replicas at least"""

    max_replicas: Annotated[int, Whole(1, 100, "replicas")] = 6
    """Replicas that the autoscaler may go up to"""

    api_key_secret: SecretName | None = None
    """Secret with the key `api-key` that clients send, filled as an endpoint's; network policies alone when left out"""


class EmbeddingIndexSettings(Section):
    """One index: a release of charts/embedding."""

    name: IndexName
    """Name that readers search; the release is `embedding-<name>`"""

    namespace: NamespaceName
    """An inference namespace of the section `namespaces`"""

    image: ModelImage
    """Image of workloads/embedding"""

    documents: ObjectPrefix
    """Prefix of the datasets bucket below which the documents are"""

    include: tuple[Glob, ...] = Field(default=("**/*",), min_length=1, max_length=64)
    """Patterns below the prefix of what is taken"""

    exclude: tuple[Glob, ...] = Field(default=(), max_length=64)
    """Patterns of what is left out again"""

    model: EmbeddingModelSettings
    """What makes the vectors"""

    chunking: ChunkSettings = ChunkSettings()
    """How documents are cut"""

    pool: Literal["spot", "inference"] = "spot"
    """GPU nodes that the job runs on; with 0 GPUs it runs on the system pool"""

    gpus: Annotated[int, Whole(0, 1, "GPUs")] = 1
    """GPUs of the job; none for a model behind an endpoint"""

    schedule: Cron = "0 * * * *"
    """When documents are looked at, UTC"""

    drift_schedule: Cron = "30 3 * * *"
    """When drift is looked for, UTC"""

    suspended: Flag = False
    """Whether both schedules rest"""

    batch_workers: Annotated[int, Whole(0, 100, "workers")] = 0
    """Workers of a Ray cluster that fills the index once, from an image that has Ray; none for 0"""

    search: SearchServiceSettings | None = SearchServiceSettings()
    """The service that answers queries; null for none"""

    @property
    def release(self) -> str:
        """Name of its release and of its service account."""
        return f"embedding-{self.name}"
