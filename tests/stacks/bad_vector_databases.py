"""Stack files with a fault in the section vector_database: a part of the table of bad_inputs.py."""

from __future__ import annotations

from typing import Any

from tests.stacks.bad_inputs import ADOPTED, ADOPTS, PROD, BadInput
from tests.stacks.valid_sections import REMOVED

COLLECTION: dict[str, Any] = {"vectors": 500_000, "dimension": 384}
SERVERLESS: dict[str, Any] = {"min_acu": 0.5, "max_acu": 4}
CLASS: dict[str, Any] = {"instance_class": "db.r8gd.2xlarge", "deletion_protection": True}
REPLICAS: dict[str, Any] = {"replicas": 3, "memory_gib": 4, "disk_gib": 20, "replication_factor": 2}
INDEX: dict[str, Any] = {"index_name": "documents", "region": "us-east-1", "deletion_protection": True}
RELEASES = ["prometheus-operator-crds", "karpenter-crd", "karpenter", "nvidia-device-plugin", "external-secrets"]
DEV: dict[str, Any] = {"ownership.environment": "dev", "burst_endpoint": REMOVED}  # it names its own models
LOSES: dict[str, Any] = DEV | {"storage.retained": False, "storage.audit_lock_days": 0}
"""A development environment whose data may go."""


def aurora(part: dict[str, Any] | None = None, **collection: Any) -> dict[str, Any]:
    serverless = {"serverless": SERVERLESS, "deletion_protection": True}
    database = {"engine": "pgvector", "collection": COLLECTION | collection, "pgvector": part or serverless}
    return {"vector_database": database}


def in_cluster(part: dict[str, Any], engine: str = "qdrant", **collection: Any) -> dict[str, Any]:
    database = {"engine": engine, "collection": COLLECTION | collection, "in_cluster": part}
    return {"vector_database": database, "charts.releases": [*RELEASES, engine]}


def pinecone(part: dict[str, Any], **collection: Any) -> dict[str, Any]:
    database = {"engine": "pinecone", "collection": COLLECTION | collection, "pinecone": INDEX | part}
    return {"vector_database": database, "charts.releases": RELEASES}


def with_size(**size: Any) -> dict[str, Any]:
    return aurora({"serverless": SERVERLESS, "deletion_protection": True} | size)


BAD_VECTOR_DATABASES = (
    BadInput(
        "an unknown vector database",
        aurora() | {"vector_database.engine": "chroma"},
        (("vector_database.engine: 'chroma': allowed: 'pgvector', 'qdrant', 'weaviate', 'milvus' or 'pinecone'"),),
    ),
    BadInput(
        "capacity in thirds",
        with_size(serverless={"min_acu": 0.3, "max_acu": "4"}),
        (
            (
                "vector_database.pgvector.serverless.min_acu: 0.3: allowed: a number of ACUs from 0 to 256 in "
                "steps of 0.5"
            ),
            (
                "vector_database.pgvector.serverless.max_acu: '4': allowed: a number of ACUs from 0 to 256 in "
                "steps of 0.5"
            ),
        ),
    ),
    BadInput(
        "capacity that is a switch",
        with_size(serverless={"min_acu": True, "max_acu": 4}),
        (
            (
                "vector_database.pgvector.serverless.min_acu: true: allowed: a number of ACUs from 0 to 256 in "
                "steps of 0.5"
            ),
        ),
    ),
    BadInput(
        "an engine without its part",
        {"vector_database": {"engine": "pgvector", "collection": COLLECTION}},
        ("vector_database.pgvector: not set: required with vector_database.engine 'pgvector'",),
    ),
    BadInput(
        "another engine's part",
        aurora() | {"vector_database.pinecone": INDEX},
        (
            (
                "vector_database.pinecone: {index_name: 'documents', region: 'us-east-1', deletion_protection: "
                "true}: says nothing to vector_database.engine 'pgvector'; remove this key"
            ),
        ),
    ),
    BadInput(
        "a client that is no namespace",
        aurora() | {"vector_database.client_namespaces": ["serving", "search"]},
        (("vector_database.client_namespaces[1]: 'search': not in namespaces; allowed: 'serving' or 'training'"),),
    ),
    BadInput(
        "vectors too long to index",
        aurora(vectors=1000, dimension=4096),
        (("vector_database.collection.dimension: 4096: 'pgvector' indexes vectors of at most 4000 dimensions"),),
    ),
    BadInput(
        "Aurora without a size",
        aurora({"deletion_protection": True}),
        (
            (
                "vector_database.pgvector.serverless: not set: required: capacity that follows the load; or, in "
                "its place, instance_class"
            ),
        ),
    ),
    BadInput(
        "Aurora with two sizes",
        with_size(instance_class="db.r8gd.xlarge"),
        (
            (
                "vector_database.pgvector.instance_class: 'db.r8gd.xlarge': pgvector.serverless is set too; "
                "remove one of the two"
            ),
        ),
    ),
    BadInput(
        "an unknown class",
        aurora(CLASS | {"instance_class": "db.r8g.2xlarge"}),
        (
            (
                "vector_database.pgvector.instance_class: 'db.r8g.2xlarge': allowed: an Aurora class with "
                "Optimized Reads of catalogue/vector-databases.yaml; did you mean 'db.r8gd.2xlarge'?"
            ),
        ),
    ),
    BadInput(
        "idle capacity above the busy one",
        with_size(serverless={"min_acu": 8, "max_acu": 4}),
        ("vector_database.pgvector.serverless.min_acu: 8.0: more than max_acu (4)",),
    ),
    BadInput(
        "less capacity than Aurora sells",
        aurora(None, vectors=1000) | {"vector_database.pgvector.serverless.max_acu": 0.5},
        ("vector_database.pgvector.serverless.max_acu: 0.5: Aurora takes 1 or more",),
    ),
    BadInput(
        "a proxy that lets nothing stop",
        DEV | with_size(serverless={"min_acu": 0, "max_acu": 4}, proxy=True),
        (
            (
                "vector_database.pgvector.proxy: true: a proxy's open connections keep an instance from ever "
                "stopping; allowed with min_acu 0: false"
            ),
        ),
    ),
    BadInput(
        "too little capacity for the index",
        aurora(None, vectors=20_000_000),
        (
            (
                "vector_database.pgvector.serverless.max_acu: 4.0: 20000000 vectors of 384 dimensions need 38.1 "
                "GiB in memory, and 4 ACUs cache 6.0 GiB; allowed: 25.5 or more"
            ),
        ),
    ),
    BadInput(
        "more than the largest capacity",
        aurora(None, vectors=300_000_000),
        (
            (
                "vector_database.pgvector.serverless.max_acu: 4.0: 300000000 vectors of 384 dimensions need "
                "572.2 GiB in memory, and 4 ACUs cache 6.0 GiB; allowed: none: an instance_class"
            ),
        ),
    ),
    BadInput(
        "too small a class",
        aurora(CLASS, vectors=200_000_000),
        (
            (
                "vector_database.pgvector.instance_class: 'db.r8gd.2xlarge': 200000000 vectors of 384 dimensions"
                " need 381.5 GiB in memory, and it caches 320.0 GiB; allowed: 'db.r6gd.4xlarge' or "
                "'db.r8gd.4xlarge', or larger"
            ),
        ),
    ),
    BadInput(
        "more than the largest class and cluster",
        aurora(CLASS, vectors=9_000_000_000, payload_bytes=8000),
        (
            (
                "vector_database.pgvector.instance_class: 'db.r8gd.2xlarge': 9000000000 vectors of 384 "
                "dimensions need 17166.1 GiB in memory, and it caches 320.0 GiB; allowed: none; fewer vectors or"
                " dimensions"
            ),
            (
                "vector_database.collection.vectors: 9000000000: two collections of them need 263017.4 GiB of "
                "disk, and an Aurora cluster grows to 131072.0 GiB"
            ),
        ),
    ),
    BadInput(
        "an adopted network without database subnets",
        ADOPTS | {"network.adopt": ADOPTED} | aurora(),
        (
            (
                "network.adopt.database_subnet_ids: []: engine 'pgvector' needs database subnets in 2 zones or "
                "more; the network has 0"
            ),
        ),
    ),
    BadInput(
        "an engine whose release is off",
        in_cluster(REPLICAS) | {"charts.releases": RELEASES},
        ("vector_database.engine: 'qdrant': needs the release 'qdrant', which charts.releases lacks",),
    ),
    BadInput(
        "keys without their release",
        pinecone({}) | {"charts.releases": RELEASES[:-1]},
        (
            (
                "vector_database.engine: 'pinecone': its keys come from Secrets Manager: needs "
                "'external-secrets', which charts.releases lacks"
            ),
        ),
    ),
    BadInput(
        "more copies than replicas",
        in_cluster(REPLICAS | {"replication_factor": 4}),
        (("vector_database.in_cluster.replication_factor: 4: each copy needs a replica of its own, and there are 3"),),
    ),
    BadInput(
        "no volume",
        in_cluster({"replicas": 3, "memory_gib": 4}),
        (
            (
                "vector_database.in_cluster.disk_gib: not set: required with vector_database.engine 'qdrant': "
                "GiB of each replica's volume"
            ),
        ),
    ),
    BadInput(
        "a volume for Milvus",
        in_cluster(REPLICAS, "milvus"),
        ("vector_database.in_cluster.disk_gib: 20: Milvus keeps its data in S3; remove this key",),
    ),
    BadInput(
        "several processes of Milvus in dev",
        DEV | in_cluster({"replicas": 2, "memory_gib": 4}, "milvus"),
        ("vector_database.in_cluster.replicas: 2: in dev Milvus is one process; allowed: 1",),
    ),
    BadInput(
        "too little memory in the cluster",
        in_cluster(REPLICAS | {"disk_gib": 500}, vectors=20_000_000),
        (
            (
                "vector_database.in_cluster.memory_gib: 4: 2 copies of 20000000 vectors of 384 dimensions need "
                "85.8 GiB in memory, and 3 replicas of 4 GiB use 10.5 GiB for them; allowed: 33 or more, or more"
                " replicas"
            ),
        ),
    ),
    BadInput(
        "too little disk in the cluster",
        in_cluster(REPLICAS | {"disk_gib": 2}),
        (
            (
                "vector_database.in_cluster.disk_gib: 2: two collections of 2 copies of 500000 vectors of 384 "
                "dimensions need 14.9 GiB of disk, and 3 replicas have 6 GiB; allowed: 5 or more, or more "
                "replicas"
            ),
        ),
    ),
    BadInput(
        "pods without type and numbers",
        pinecone({"kind": "pod"}),
        (
            "vector_database.pinecone.pod_type: not set: required with vector_database.pinecone.kind 'pod'",
            "vector_database.pinecone.shards: not set: required with vector_database.pinecone.kind 'pod'",
            "vector_database.pinecone.replicas: not set: required with vector_database.pinecone.kind 'pod'",
        ),
    ),
    BadInput(
        "a type without pods",
        pinecone({"pod_type": "p1.x1"}),
        (
            (
                "vector_database.pinecone.pod_type: 'p1.x1': only with vector_database.pinecone.kind 'pod', here"
                " it is 'serverless'; remove this key"
            ),
        ),
    ),
    BadInput(
        "too few pods",
        pinecone({"kind": "pod", "pod_type": "p1.x1", "shards": 2, "replicas": 1}, vectors=5_000_000),
        (
            (
                "vector_database.pinecone.shards: 2: 5000000 vectors of 384 dimensions need 4 pods of 'p1.x1'; "
                "allowed: 4 or more"
            ),
        ),
    ),
    BadInput(
        "a region that Pinecone lacks",
        pinecone({"region": "eu-central-1"}),
        (
            (
                "vector_database.pinecone.region: 'eu-central-1': Pinecone has no serverless index of cloud "
                "'aws' there; allowed: 'us-east-1', 'us-west-2' or 'eu-west-1'"
            ),
        ),
    ),
    BadInput(
        "a private link to another region",
        pinecone({"private_link": True, "region": "us-west-2"}),
        (
            (
                "vector_database.pinecone.private_link: true: PrivateLink leads to an index of cloud 'aws' in "
                "aws.region 'us-east-1' alone"
            ),
        ),
    ),
    BadInput(
        "a private link to pods",
        pinecone({"private_link": True, "kind": "pod", "pod_type": "p1.x1", "shards": 1, "replicas": 1}),
        ("vector_database.pinecone.private_link: true: PrivateLink leads to serverless indexes alone",),
    ),
    BadInput(
        "a public host behind a private link",
        pinecone({"private_link": True, "host": "documents-1.svc.pinecone.io"}),
        (
            (
                "vector_database.pinecone.host: 'documents-1.svc.pinecone.io': not the index's private host; "
                "allowed with private_link: a name below 'private.aped-4627-b74a.pinecone.io'"
            ),
        ),
    ),
    BadInput(
        "vectors that an accident may delete",
        with_size(deletion_protection=False),
        (
            (
                "vector_database.pgvector.deletion_protection: false: allowed in staging: true; only dev may "
                "lose its data"
            ),
        ),
    ),
    BadInput(
        "an index that an accident may delete",
        pinecone({"deletion_protection": False}),
        (
            (
                "vector_database.pinecone.deletion_protection: false: allowed in staging: true; only dev may "
                "lose its data"
            ),
        ),
    ),
    BadInput(
        "a protected cluster in a stack that may go",
        LOSES | aurora(),
        (
            (
                "vector_database.pgvector.deletion_protection: true: would make destroying the stack fail; "
                "allowed with storage.retained false: false"
            ),
        ),
    ),
    BadInput(
        "backups of a few days",
        with_size(backup_days=3),
        ("vector_database.pgvector.backup_days: 3: allowed in staging: 7 or more",),
    ),
    BadInput(
        "a database that stops outside dev",
        with_size(serverless={"min_acu": 0, "max_acu": 4}),
        (
            (
                "vector_database.pgvector.serverless.min_acu: 0.0: the first query would wait for a start; "
                "allowed in staging: 0.5 or more"
            ),
        ),
    ),
    BadInput(
        "a prod database in one zone",
        PROD | aurora(),
        (
            (
                "vector_database.pgvector.readers: 0: nothing would take over when the writer's zone fails; "
                "allowed in prod: 1 or more"
            ),
        ),
    ),
    BadInput(
        "a prod engine that one failure stops",
        PROD | in_cluster(REPLICAS | {"replicas": 2, "replication_factor": 1}),
        (
            ("vector_database.in_cluster.replicas: 2: two of three decide when one fails; allowed in prod: 3 or more"),
            (
                "vector_database.in_cluster.replication_factor: 1: a replica's vectors would be gone while it "
                "is; allowed in prod: 2 or more"
            ),
        ),
    ),
    BadInput(
        "a prod index over the internet",
        PROD | pinecone({}),
        ("vector_database.pinecone.private_link: false: queries would cross the internet; allowed in prod: true",),
    ),
    BadInput(
        "restricted texts that leave the account",
        pinecone({})
        | {
            "ownership.data_classification": "restricted",
            "cluster.public_endpoint_cidrs": [],
            "storage.audit_lock_days": 90,
        },
        (
            (
                "vector_database.engine: 'pinecone': texts would leave the account; allowed with "
                "data_classification 'restricted': every other engine"
            ),
        ),
    ),
)
