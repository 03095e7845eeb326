"""Stack files with a fault in the sections charts, namespaces and node_pools: a part of the table of bad_inputs.py."""

from __future__ import annotations

from tests.stacks.bad_inputs import BadInput
from tests.stacks.valid_sections import REMOVED

BAD_WORKLOADS = (
    BadInput(
        "an unknown release",
        {"charts.releases[0]": "prometheus-crds"},
        (
            (
                "charts.releases[0]: 'prometheus-crds': allowed: a release of helm-values/charts.yaml; did you "
                "mean 'prometheus-operator-crds'?"
            ),
        ),
    ),
    BadInput(
        "a release that is not ours to switch",
        {"charts.releases[4]": "model-server"},
        ("charts.releases[4]: 'model-server': allowed: a release of helm-values/charts.yaml",),
    ),
    BadInput(
        "an unknown key of charts",
        {"charts.mirrors": "oci://registry.example.com"},
        (
            (
                "charts.mirrors: 'oci://registry.example.com': unknown key; did you mean 'mirror'?; allowed: "
                "mirror, gpu_stack_owner, releases, mlflow_database"
            ),
        ),
    ),
    BadInput(
        "a release twice",
        {"charts.releases[4]": "karpenter"},
        ("charts.releases[4]: 'karpenter': the same as charts.releases[2]",),
    ),
    BadInput(
        "a release without what it needs",
        {"charts.releases[4]": "ai-gateway"},
        (
            (
                "charts.releases[4]: 'ai-gateway': needs 'ai-gateway-crds', 'envoy-gateway' and 'cert-manager', "
                "which charts.releases lacks"
            ),
        ),
    ),
    BadInput(
        "karpenter without its CRDs",
        {"charts.releases": ["prometheus-operator-crds", "karpenter", "nvidia-device-plugin"]},
        ("charts.releases[1]: 'karpenter': needs 'karpenter-crd', which charts.releases lacks",),
    ),
    BadInput(
        "half of the gateway",
        {"charts.releases[4]": "envoy-gateway"},
        (
            "charts.releases[4]: 'envoy-gateway': needs 'opentelemetry-collector', which charts.releases lacks",
            (
                "charts.releases[4]: 'envoy-gateway': its values make it wait for 'ai-gateway', which "
                "charts.releases lacks"
            ),
        ),
    ),
    BadInput(
        "two GPU stacks",
        {"charts.releases[4]": "gpu-operator"},
        (
            (
                "charts.releases[3]: 'nvidia-device-plugin': 'gpu-operator', which is on too, brings its own; "
                "remove one of the two"
            ),
        ),
    ),
    BadInput(
        "an operator that owns the GPU stack and is off",
        {"charts.gpu_stack_owner": "operator"},
        ("charts.gpu_stack_owner: 'operator': needs 'gpu-operator' in charts.releases; without it: 'host'",),
    ),
    BadInput(
        "an owner of the GPU stack that is none",
        {"charts.gpu_stack_owner": "node"},
        ("charts.gpu_stack_owner: 'node': allowed: 'host' or 'operator'",),
    ),
    BadInput(
        "no device plugin",
        {"charts.releases": ["prometheus-operator-crds", "karpenter-crd", "karpenter"]},
        (
            (
                "charts.releases: ['prometheus-operator-crds', 'karpenter-crd', 'karpenter']: no pod would get "
                "a GPU of 'train-a100', 'serve-l4', 'spot-serve', 'serve-1gpu', 'spot-1gpu' and 'train-4gpu', "
                "whose image has no device plugin: 'nvidia-device-plugin' or 'gpu-operator' is missing"
            ),
        ),
    ),
    BadInput(
        "MLflow without its database",
        {"charts.releases[4]": "mlflow"},
        (
            (
                "charts.mlflow_database: not set: required for 'mlflow' in staging: a mapping with the keys "
                "host, database, auth_database"
            ),
        ),
    ),
    BadInput(
        "a database for no MLflow",
        {"charts.mlflow_database": {"host": "db.example.com", "database": "mlflow", "auth_database": "mlflow_auth"}},
        (
            (
                "charts.mlflow_database: {host: 'db.example.com', database: 'mlflow', auth_database: "
                "'mlflow_auth'}: used by the release 'mlflow' alone, which is not in charts.releases; remove it"
            ),
        ),
    ),
    BadInput(
        "a database whose host is an address of a page",
        {"charts.mlflow_database": {"host": "https://db", "database": "mlflow", "auth_database": "mlflow_auth"}},
        (
            "charts.mlflow_database.host: 'https://db': allowed: a host name such as 'mlflow.example.com'",
            (
                "charts.mlflow_database: {database: 'mlflow', auth_database: 'mlflow_auth'}: used by the "
                "release 'mlflow' alone, which is not in charts.releases; remove it"
            ),
        ),
    ),
    BadInput(
        "a mirror that is a page",
        {"charts.mirror": "https://charts.example.com"},
        (
            (
                "charts.mirror: 'https://charts.example.com': allowed: an OCI registry with a prefix such as "
                "'oci://registry.example.com/charts', or a folder relative to stacks/ such as "
                "'../charts-mirror'"
            ),
        ),
    ),
    BadInput(
        "a mirror that is no folder",
        {"charts.mirror": "../charts-that-nobody-mirrored"},
        (
            (
                "charts.mirror: '../charts-that-nobody-mirrored': no such folder (it is relative to stacks/); "
                "`make charts-mirror` fills one where there is a network"
            ),
        ),
    ),
    BadInput(
        "a mirror without the charts",
        {"charts.mirror": "sections", "charts.releases": ["nvidia-device-plugin"], "node_pools": []},
        (
            (
                "charts.mirror: 'sections': lacks 'nvidia-device-plugin-0.20.0.tgz'; `make charts-mirror` fills "
                "it where there is a network"
            ),
        ),
    ),
    BadInput(
        "a namespace twice",
        {"namespaces[1].name": "serving"},
        ("namespaces[1].name: 'serving': already the name of namespaces[0]",),
    ),
    BadInput(
        "a namespace of Kubernetes",
        {"namespaces[1].name": "kube-system"},
        ("namespaces[1].name: 'kube-system': this namespace belongs to Kubernetes; choose another name",),
    ),
    BadInput(
        "a namespace of a release",
        {"namespaces[1].name": "monitoring"},
        (
            (
                "namespaces[1].name: 'monitoring': this namespace belongs to the release "
                "'prometheus-operator-crds'; choose another name"
            ),
        ),
    ),
    BadInput(
        "a namespace with an underscore",
        {"namespaces[1].name": "training_jobs"},
        (
            (
                "namespaces[1].name: 'training_jobs': allowed: a Kubernetes namespace of 1 to 63 lower-case "
                "letters, digits and hyphens such as 'serving'"
            ),
        ),
    ),
    BadInput(
        "a namespace without a quota",
        {"namespaces[1].quota": REMOVED},
        (
            (
                "namespaces[1].quota: not set: required: The most that its pods may ask for together; allowed: "
                "a mapping with the keys gpus, cpus, memory_gib, pods"
            ),
        ),
    ),
    BadInput(
        "a namespace for nothing known",
        {"namespaces[1].workload": "batch"},
        ("namespaces[1].workload: 'batch': allowed: 'training', 'inference' or 'platform'",),
    ),
    BadInput(
        "GPUs for the platform",
        {"namespaces[1].workload": "platform"},
        ("namespaces[1].quota.gpus: 8: the system pool has no GPU; allowed with workload 'platform': 0",),
    ),
    BadInput(
        "a pool with a group's name",
        {"node_pools[1].name": "serve-l4"},
        (
            (
                "node_pools[1].name: 'serve-l4': already the name of node_groups.inference[0]; names are unique "
                "across pools"
            ),
        ),
    ),
    BadInput(
        "a pool with a pool's name",
        {"node_pools[1].name": "system-cpu"},
        ("node_pools[1].name: 'system-cpu': already the name of node_pools[0]; names are unique across pools",),
    ),
    BadInput(
        "pools and no Karpenter",
        {"charts.releases": ["nvidia-device-plugin"]},
        ("node_pools[0].name: 'system-cpu': nobody would buy its machines: charts.releases lacks 'karpenter'",),
    ),
    BadInput(
        "a pool in a zone that is none",
        {"node_pools[1].zones": ["us-east-1a", "us-east-1f"]},
        ("node_pools[1].zones[1]: 'us-east-1f': not in network.zones; allowed: 'us-east-1a' or 'us-east-1b'",),
    ),
    BadInput(
        "a pool in a zone twice",
        {"node_pools[1].zones": ["us-east-1a", "us-east-1a"]},
        ("node_pools[1].zones[1]: 'us-east-1a': listed twice",),
    ),
    BadInput(
        "a training pool in two zones",
        {"node_pools[3].zones": ["us-east-1a", "us-east-1b"]},
        (
            (
                "node_pools[3].zones: ['us-east-1a', 'us-east-1b']: traffic between training nodes in two zones "
                "is slow and paid for; name one zone"
            ),
        ),
    ),
    BadInput(
        "a GPU in the system pool",
        {"node_pools[0].instance_types": ["g6.xlarge"]},
        (
            (
                "node_pools[0].instance_types[0]: 'g6.xlarge': has 1 L4, which system pods would leave idle; "
                "choose a type without"
            ),
        ),
    ),
    BadInput(
        "an inference pool without GPUs",
        {"node_pools[1].instance_types": ["m7i.large"]},
        (
            (
                "node_pools[1].instance_types[0]: 'm7i.large': has no accelerator; inference pools take GPU "
                "types such as 'g6.xlarge'"
            ),
        ),
    ),
    BadInput(
        "a type of a pool twice",
        {"node_pools[1].instance_types": ["g6.xlarge", "g6.xlarge"]},
        ("node_pools[1].instance_types: ['g6.xlarge', 'g6.xlarge']: 'g6.xlarge' is listed 2 times",),
    ),
    BadInput(
        "two sizes of machine in one pool",
        {"node_pools[1].instance_types": ["g6.xlarge", "g6.12xlarge"]},
        (
            (
                "node_pools[1].instance_types: ['g6.xlarge', 'g6.12xlarge']: one-GPU pods would share the "
                "largest machine, which costs more; make a pool per size: g6.xlarge has 1, g6.12xlarge has 4"
            ),
        ),
    ),
    BadInput(
        "two architectures in one pool",
        {"node_pools[1].instance_types": ["g6.xlarge", "g5g.xlarge"]},
        (
            (
                "node_pools[1].instance_types: ['g6.xlarge', 'g5g.xlarge']: one pool has one architecture, but "
                "g6.xlarge is x86_64, g5g.xlarge is arm64"
            ),
            (
                "node_pools[1].instance_types: ['g6.xlarge', 'g5g.xlarge']: pods choose inference nodes by "
                "their GPU model, so a pool has one, but g6.xlarge has L4, g5g.xlarge has T4g"
            ),
        ),
    ),
    BadInput(
        "two GPU models in an inference pool",
        {"node_pools[1].instance_types": ["g6.xlarge", "g5.xlarge"]},
        (
            (
                "node_pools[1].instance_types: ['g6.xlarge', 'g5.xlarge']: pods choose inference nodes by their "
                "GPU model, so a pool has one, but g6.xlarge has L4, g5.xlarge has A10G"
            ),
        ),
    ),
    BadInput(
        "two kinds of accelerator in a pool",
        {"node_pools[3].instance_types": ["g6.xlarge", "inf2.xlarge"]},
        (
            (
                "node_pools[3].instance_types: ['g6.xlarge', 'inf2.xlarge']: one pool has one kind of "
                "accelerator, but g6.xlarge has nvidia.com/gpu, inf2.xlarge has aws.amazon.com/neuron"
            ),
        ),
    ),
    BadInput(
        "a spot pool of two types",
        {"node_pools[2].instance_types": ["g6.xlarge", "g5.xlarge"]},
        ("node_pools[2].instance_types: ['g6.xlarge', 'g5.xlarge']: needs at least three instance types",),
    ),
    BadInput(
        "a pool without its limit",
        {"node_pools[1].max_gpus": REMOVED},
        (
            (
                "node_pools[1].max_gpus: not set: required: the most that the pool's machines may have together "
                "(max_gpus)"
            ),
        ),
    ),
    BadInput(
        "a system pool with a limit in GPUs",
        {"node_pools[0].max_gpus": 8},
        ("node_pools[0].max_gpus: 8: the limit of a system pool is max_cpus; remove this key",),
    ),
    BadInput(
        "a limit below one machine",
        {"node_pools[3].max_gpus": 2},
        ("node_pools[3].max_gpus: 2: not even one machine: 'g6.12xlarge' has 4",),
    ),
    BadInput(
        "a system limit below one machine",
        {"node_pools[0].max_cpus": 1},
        ("node_pools[0].max_cpus: 1: not even one machine: 'm7i.large' has 2",),
    ),
    BadInput(
        "a training pool that is consolidated",
        {"node_pools[3].consolidation": {"policy": "when-underutilized"}},
        (
            (
                "node_pools[3].consolidation.policy: 'when-underutilized': would interrupt running jobs; "
                "allowed for training: 'when-empty'"
            ),
        ),
    ),
    BadInput(
        "a training pool that expires",
        {"node_pools[3].expire_after_days": 14},
        (
            (
                "node_pools[3].expire_after_days: 14: would end the job that runs then; leave it out for "
                "training (an empty machine is given back anyway)"
            ),
        ),
    ),
    BadInput(
        "an image of another family",
        {"node_pools[1].ami_version": "v1.54.0"},
        ("node_pools[1].ami_version: 'v1.54.0': no release of al2023; allowed: 'latest', or such as 'v20260715'",),
    ),
    BadInput(
        "an image version that is none",
        {"node_pools[1].ami_version": "newest"},
        (
            (
                "node_pools[1].ami_version: 'newest': allowed: 'latest', or a release of the image such as "
                "'v20260715' (al2023) or 'v1.54.0' (bottlerocket)"
            ),
        ),
    ),
    BadInput(
        "Neuron on Bottlerocket",
        {
            "node_pools[3].instance_types": ["trn1.2xlarge"],
            "node_pools[3].ami_family": "bottlerocket",
            "node_pools[3].ami_version": "latest",
        },
        (
            (
                "node_pools[3].ami_family: 'bottlerocket': Bottlerocket's images for Neuron are not known to "
                "the platform; allowed: 'al2023'"
            ),
        ),
    ),
    BadInput(
        "quiet hours without end",
        {"node_pools[0].quiet": {"schedule": "always", "hours": 200}},
        (
            "node_pools[0].quiet.schedule: 'always': allowed: five cron fields, in UTC, such as '0 7 * * mon-fri'",
            "node_pools[0].quiet.hours: 200: allowed: a whole number of hours from 1 to 168",
        ),
    ),
)
