"""Stack files with a fault in the section embeddings: a part of the table of bad_inputs.py."""

from __future__ import annotations

from typing import Any

from tests.stacks.bad_inputs import BadInput

DATABASE: dict[str, Any] = {
    "engine": "pgvector",
    "collection": {"vectors": 100_000, "dimension": 384},
    "pgvector": {
        "serverless": {"min_acu": 1, "max_acu": 4},
        "readers": 1,
        "backup_days": 7,
        "deletion_protection": True,
    },
}
INDEX: dict[str, Any] = {
    "name": "handbook",
    "namespace": "serving",
    "image": "222233334444.dkr.ecr.us-east-1.amazonaws.com/platform/embedding:0.1.0",
    "documents": "documents/handbook",
    "model": {"id": "sentence-transformers/all-MiniLM-L6-v2", "revision": "c9745ed1d9f207416be6d2e6f8de32d1f16199bf"},
}
RELEASES = ["prometheus-operator-crds", "karpenter-crd", "karpenter", "nvidia-device-plugin", "cert-manager"]


def served(url: str) -> dict[str, Any]:
    """An index whose vectors a server makes."""
    return {"gpus": 0, "model": INDEX["model"] | {"endpoint": {"kind": "openai", "url": url}}}


MODEL: dict[str, Any] = {
    "name": "embedding-handbook",
    "namespace": "serving",
    "engine": "fastapi",
    "replicas": {"min": 1, "max": 2},
}


def indexes(*changes: dict[str, Any]) -> dict[str, Any]:
    """A stack file with one index for each of the changes."""
    return {
        "vector_database": DATABASE,
        "charts.releases": [*RELEASES, "external-secrets"],
        "embeddings": [INDEX | change for change in changes],
    }


BAD_EMBEDDINGS = (
    BadInput(
        "an index without a database",
        {"charts.releases": [*RELEASES, "external-secrets"], "embeddings": [INDEX]},
        ("embeddings[0].name: 'handbook': needs the section vector_database, which the stack file lacks",),
    ),
    BadInput(
        "an index in a Pinecone of pods",
        {
            "vector_database": {
                "engine": "pinecone",
                "collection": {"vectors": 100_000, "dimension": 384},
                "pinecone": {
                    "index_name": "documents",
                    "region": "us-east-1",
                    "kind": "pod",
                    "pod_type": "p1.x1",
                    "shards": 1,
                    "replicas": 1,
                    "deletion_protection": True,
                },
            },
            "charts.releases": [*RELEASES, "external-secrets"],
            "embeddings": [INDEX],
        },
        (
            "embeddings[0].name: 'handbook': the pipeline writes to serverless indexes alone, and "
            "vector_database.pinecone.kind is 'pod'",
        ),
    ),
    BadInput(
        "two indexes of one name",
        indexes({}, {"documents": "documents/other"}),
        ("embeddings[1].name: 'handbook': already the name of embeddings[0]",),
    ),
    BadInput(
        "a name that no collection can have",
        indexes({"name": "Hand-book"}),
        (
            "embeddings[0].name: 'Hand-book': allowed: 1 to 16 lower-case letters and digits such as 'handbook', "
            "beginning with a letter",
        ),
    ),
    BadInput(
        "an index where models are trained",
        indexes({"namespace": "training"}),
        ("embeddings[0].namespace: 'training': allowed: a namespace with workload 'inference': 'serving'",),
    ),
    BadInput(
        "an image that changes under its name",
        indexes({"image": "registry.example.com/embedding:latest"}),
        (
            "embeddings[0].image: 'registry.example.com/embedding:latest': allowed: an image with a tag or digest such "
            "as 'registry.example.com/models/qwen:1.0.0'",
        ),
    ),
    BadInput(
        "a branch in place of a commit",
        indexes({"model": INDEX["model"] | {"revision": "main"}}),
        (
            "embeddings[0].model.revision: 'main': allowed: a commit of 40 hexadecimal digits: a branch would change "
            "under the running replicas",
        ),
    ),
    BadInput(
        "windows that repeat more than half of each other",
        indexes({"chunking": {"tokens": 512, "overlap": 300}}),
        ("embeddings[0].chunking.overlap: 300: allowed: at most half of tokens (512)",),
    ),
    BadInput(
        "a schedule of four fields",
        indexes({"schedule": "0 * * *"}),
        (
            "embeddings[0].schedule: '0 * * *': allowed: five fields of a cron schedule such as '0 * * * *' or "
            "'30 3 * * MON-FRI'",
        ),
    ),
    BadInput(
        "a schedule with the 25th hour",
        indexes({"drift_schedule": "30 25 * * *"}),
        (
            "embeddings[0].drift_schedule: '30 25 * * *': allowed: five fields of a cron schedule such as '0 * * * *' "
            "or '30 3 * * MON-FRI'",
        ),
    ),
    BadInput(
        "an endpoint in another team's namespace",
        indexes(served("http://embedder.training.svc.cluster.local:8000/v1")),
        (
            "embeddings[0].model.endpoint.url: 'http://embedder.training.svc.cluster.local:8000/v1': namespace "
            "'training' lets in its own pods alone; allowed: a Service of 'serving'",
        ),
    ),
    BadInput(
        "an endpoint at a port that is none",
        indexes(served("http://embedder:80000/v1")),
        (
            "embeddings[0].model.endpoint.url: 'http://embedder:80000/v1': allowed: http(s)://host:port/path such as "
            "'http://embedder.serving.svc:8080/v1'",
        ),
    ),
    BadInput(
        "an endpoint outside without HTTPS",
        indexes(served("http://embeddings.example.com/v1"), {"name": "other"} | served("https://10.0.0.7:8443")),
        (
            "embeddings[0].model.endpoint.url: 'http://embeddings.example.com/v1': outside the cluster only HTTPS on "
            "port 443 is let out; a Service is named 'http://<service>.serving.svc:<port>'",
            "embeddings[1].model.endpoint.url: 'https://10.0.0.7:8443': outside the cluster only HTTPS on port 443 is "
            "let out; a Service is named 'http://<service>.serving.svc:<port>'",
        ),
    ),
    BadInput(
        "a GPU beside an endpoint",
        indexes({"model": INDEX["model"] | {"endpoint": {"kind": "tei", "url": "http://tei.serving.svc:8080"}}}),
        ("embeddings[0].gpus: 1: model.endpoint makes the vectors; allowed: 0",),
    ),
    BadInput(
        "fewer replicas at most than at least",
        indexes({"search": {"min_replicas": 4, "max_replicas": 2}}),
        ("embeddings[0].search.min_replicas: 4: more than max_replicas (2)",),
    ),
    BadInput(
        "a Ray cluster without its operator",
        indexes({"batch_workers": 4}),
        ("embeddings[0].batch_workers: 4: needs 'kuberay-operator', which charts.releases lacks; allowed without: 0",),
    ),
    BadInput(
        "a model with the name of an index's release",
        indexes({}) | {"models": [MODEL], "storage.repositories": ["serving/embedder"]},
        ("embeddings[0].name: 'handbook': its release 'embedding-handbook' would be that of models[0]",),
    ),
    BadInput(
        "a pool without GPU nodes",
        indexes({"pool": "spot"}) | {"node_pools": [], "node_groups.spot": []},
        (
            "embeddings[0].pool: 'spot': the stack file has no GPU nodes of this pool; allowed: a pool that has, or "
            "gpus: 0",
        ),
    ),
)
