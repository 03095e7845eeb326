"""Stack files with a fault, and every line that is said about each: `key: value: message`.

The table reads like the documentation of what is refused; a message that changes here changes for a reader too.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.stacks.valid_sections import REMOVED


class BadInput(NamedTuple):
    noun: str
    changes: dict[str, Any]
    lines: tuple[str, ...]


ADOPTED: dict[str, Any] = {
    "vpc_id": "vpc-0123456789abcdef0",
    "public_subnet_ids": [],
    "private_subnet_ids": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
}

ADOPTS: dict[str, Any] = {
    "network.vpc_cidr": REMOVED,
    "network.nat": REMOVED,
    "network.interface_endpoints": REMOVED,
    "network.flow_log_retention_days": REMOVED,
}

PROD: dict[str, Any] = {
    "burst_endpoint": REMOVED,  # names an environment's own models, here those of staging
    "ownership.environment": "prod",
    "ownership.data_classification": "internal",
    "network.zones": ["us-east-1a", "us-east-1b", "us-east-1c"],
    "network.nat": "per-zone",
    "cluster.deletion_protection": True,
    "observability": {
        "alerts": {
            "subscriptions": [{"name": "mail", "severities": ["critical", "warning"], "email": "team@example.com"}]
        }
    },
}

SECRETS = "arn:aws:secretsmanager:us-east-1:222233334444:secret:"

BAD_INPUTS = (
    BadInput(
        "an unknown section",
        {"netwrok": {}},
        (
            (
                "netwrok: {}: unknown section; did you mean 'network'?; allowed: aws, ownership, network,"
                " cluster, node_groups, dedicated_hosts, hybrid_nodes, gpu_hosts, storage, burst_endpoint, charts, "
                "namespaces, node_pools, models, vector_database, embeddings, quality, observability, policies"
            ),
        ),
    ),
    BadInput(
        "a key at the place of a section",
        {"region": "us-east-1"},
        (
            (
                "region: 'us-east-1': unknown section; it is a key of aws and of "
                "vector_database.pinecone; allowed: aws, ownership, network, cluster, node_groups, "
                "dedicated_hosts, hybrid_nodes, gpu_hosts, storage, burst_endpoint, charts, namespaces, node_pools, "
                "models, vector_database, embeddings, quality, observability, policies"
            ),
        ),
    ),
    BadInput(
        "a missing section",
        {"cluster": REMOVED},
        (
            (
                "cluster: not set: required: The EKS control plane and who may use it; allowed: a mapping"
                " with the keys kubernetes_version, public_endpoint_cidrs, log_retention_days, "
                "deletion_protection, access"
            ),
        ),
    ),
    BadInput(
        "a section that is text",
        {"aws": "us-east-1"},
        ("aws: 'us-east-1': allowed: a mapping with the keys region, account_id",),
    ),
    BadInput(
        "a section that is a list",
        {"storage": [1]},
        (
            (
                "storage: [1]: allowed: a mapping with the keys retained, noncurrent_version_days, "
                "checkpoint_expiry_days, audit_lock_days, repositories, untagged_expiry_days, "
                "kept_images, pull_through, scratch"
            ),
        ),
    ),
    BadInput(
        "an unknown key",
        {"network.zone": ["us-east-1a"]},
        (
            (
                "network.zone: ['us-east-1a']: unknown key; did you mean 'zones'?; allowed: zones, "
                "vpc_cidr, public_prefix_length, private_prefix_length, database_prefix_length, nat, "
                "interface_endpoints, flow_log_retention_days, adopt"
            ),
        ),
    ),
    BadInput(
        "an unknown key like none",
        {"network.bandwidth": 1},
        (
            (
                "network.bandwidth: 1: unknown key; allowed: zones, vpc_cidr, public_prefix_length, "
                "private_prefix_length, database_prefix_length, nat, interface_endpoints, "
                "flow_log_retention_days, adopt"
            ),
        ),
    ),
    BadInput(
        "a key of another section",
        {"network.region": "us-east-1"},
        (
            (
                "network.region: 'us-east-1': unknown key; it is a key of aws and of "
                "vector_database.pinecone; allowed: zones, vpc_cidr, "
                "public_prefix_length, private_prefix_length, database_prefix_length, nat, "
                "interface_endpoints, flow_log_retention_days, adopt"
            ),
        ),
    ),
    BadInput(
        "efa on an inference group",
        {"node_groups.inference[0].efa": True},
        (
            (
                "node_groups.inference[0].efa: true: unknown key; it is a key of node_groups.training[]; "
                "allowed: min_nodes, desired_nodes, max_nodes, disk_gib, name, instance_types, zones, "
                "ami_type, team, approval"
            ),
        ),
    ),
    BadInput(
        "a key that is a number",
        {
            "network.zones": ["us-east-1a", "us-east-1b"],
            "aws": {"region": "us-east-1", "account_id": "222233334444", 8: "x"},
        },
        ("aws[8]: 8: allowed: keys that are text; put this one in quotes",),
    ),
    BadInput(
        "a missing key",
        {"network.zones": REMOVED},
        (
            (
                "network.zones: not set: required: Availability zones of the environment, in the order of"
                " the address plan; allowed: a list"
            ),
        ),
    ),
    BadInput(
        "a list that is one value",
        {"network.zones": "us-east-1a"},
        (
            (
                "network.zones: 'us-east-1a': allowed: a list; each entry on a line of its own that "
                "begins with '- ', or [a, b]"
            ),
        ),
    ),
    BadInput(
        "a mapping that is a list",
        {"node_groups.training[0].capacity": ["on-demand"]},
        (("node_groups.training[0].capacity: ['on-demand']: allowed: a mapping with the keys kind, reservation_id"),),
    ),
    BadInput(
        "a null for a list",
        {"network.zones": None},
        (("network.zones: null: allowed: a list; each entry on a line of its own that begins with '- ', or [a, b]"),),
    ),
    BadInput(
        "a group that is text",
        {"node_groups.spot[0]": "spot-serve"},
        (
            (
                "node_groups.spot[0]: 'spot-serve': allowed: a mapping with the keys min_nodes, "
                "desired_nodes, max_nodes, disk_gib, name, instance_types, zones, ami_type, "
                "team, approval, on_demand_floor"
            ),
        ),
    ),
    BadInput(
        "a region that is none",
        {"aws.region": "us-eat-1"},
        (("aws.region: 'us-eat-1': allowed: an AWS region of stacks/aws_choices.yaml; did you mean 'us-east-1'?"),),
    ),
    BadInput(
        "an account id without quotes",
        {"aws.account_id": 222233334444},
        (
            (
                "aws.account_id: 222233334444: allowed: an AWS account id of twelve digits such as "
                "'111122223333', in quotes"
            ),
        ),
    ),
    BadInput(
        "a short account id",
        {"aws.account_id": "22223333444"},
        (
            (
                "aws.account_id: '22223333444': allowed: an AWS account id of twelve digits such as "
                "'111122223333', in quotes"
            ),
        ),
    ),
    BadInput(
        "an environment with capitals",
        {"ownership.environment": "Staging"},
        (
            (
                "ownership.environment: 'Staging': allowed: 2 to 12 lower-case letters, digits and "
                "hyphens such as 'dev', beginning with a letter"
            ),
        ),
    ),
    BadInput(
        "a classification that is none",
        {"ownership.data_classification": "confidental"},
        (
            (
                "ownership.data_classification: 'confidental': allowed: 'public', 'internal', "
                "'confidential' or 'restricted'; did you mean 'confidential'?"
            ),
        ),
    ),
    BadInput(
        "an empty team",
        {"ownership.team": ""},
        ("ownership.team: '': allowed: 1 to 64 letters, digits, spaces and _ . : / = + @ -",),
    ),
    BadInput(
        "a tag of AWS",
        {"ownership.tags": {"aws:createdBy": "me"}},
        ("ownership.tags.aws:createdBy: 'me': tag keys that begin with 'aws:' are reserved for AWS",),
    ),
    BadInput(
        "a tag of the platform",
        {"ownership.tags": {"Cost_Centre": "x"}},
        (("ownership.tags.Cost_Centre: 'x': the platform sets the tag 'cost-centre' itself; remove it"),),
    ),
    BadInput(
        "a tag in the platform's namespace",
        {"ownership.tags": {"llm-platform:owner": "x"}},
        (("ownership.tags.llm-platform:owner: 'x': tag keys that begin with 'llm-platform:' are the platform's own"),),
    ),
    BadInput(
        "a tag value that is a number",
        {"ownership.tags": {"floor": 3}},
        (
            (
                "ownership.tags.floor: 3: allowed: a tag value of up to 256 letters, digits, spaces and _"
                " . : / = + @ -, in quotes"
            ),
        ),
    ),
    BadInput(
        "41 tags",
        {"ownership.tags": {f"t{number}": "" for number in range(41)}},
        (
            (
                "ownership.tags: {t0: '', t1: '', t2: '', t3: '', t4: '', t5: '', t6: '', t7: '', t8: '',"
                " t9: '', t10: '', t11: '', t12: '', t13: '', ...: at most 40 tags; it has 41"
            ),
        ),
    ),
    BadInput(
        "sensitive data in dev",
        {"ownership.environment": "dev", "ownership.data_classification": "confidential", "burst_endpoint": REMOVED},
        (
            (
                "ownership.data_classification: 'confidential': dev is not protected enough for it; "
                "allowed in dev: 'public' or 'internal'"
            ),
        ),
    ),
    BadInput(
        "a CIDR with host bits",
        {"network.vpc_cidr": "10.30.0.1/16"},
        (
            (
                "network.vpc_cidr: '10.30.0.1/16': allowed: an IPv4 range such as '10.0.0.0/16', with no "
                "address bits beyond its prefix"
            ),
        ),
    ),
    BadInput(
        "a CIDR without prefix",
        {"network.vpc_cidr": "10.30.0.0"},
        (
            (
                "network.vpc_cidr: '10.30.0.0': allowed: an IPv4 range such as '10.0.0.0/16', with no "
                "address bits beyond its prefix"
            ),
        ),
    ),
    BadInput(
        "a VPC on public addresses",
        {"network.vpc_cidr": "44.30.0.0/16"},
        (
            (
                "network.vpc_cidr: '44.30.0.0/16': not inside a private range: 10.0.0.0/8, 172.16.0.0/12,"
                " 192.168.0.0/16, 100.64.0.0/10"
            ),
        ),
    ),
    BadInput(
        "a VPC that is too small",
        {"network.vpc_cidr": "10.30.0.0/18"},
        (
            (
                "network.vpc_cidr: '10.30.0.0/18': the address plan does not fit: 10.30.0.0/18 has 16384 "
                "addresses, but 2 zones need 17408: in each 8192 for a private /19, and 512 for a public "
                "/24 and a database /24 side by side"
            ),
        ),
    ),
    BadInput(
        "a VPC that is too large",
        {"network.vpc_cidr": "10.0.0.0/8"},
        (
            (
                "network.vpc_cidr: '10.0.0.0/8': the address plan does not fit: VPC prefix length /8 is "
                "outside /16 to /28"
            ),
        ),
    ),
    BadInput(
        "no VPC range",
        {"network.vpc_cidr": REMOVED},
        (
            (
                "network.vpc_cidr: not set: required: address range of the VPC, such as '10.20.0.0/16', "
                "unless network.adopt names a network"
            ),
        ),
    ),
    BadInput(
        "a prefix length out of range",
        {"network.private_prefix_length": 29},
        ("network.private_prefix_length: 29: allowed: a whole number of prefix bits from 16 to 28",),
    ),
    BadInput(
        "a prefix length in quotes",
        {"network.private_prefix_length": "19"},
        (
            (
                "network.private_prefix_length: '19': allowed: a whole number of prefix bits from 16 to "
                "28, without quotes"
            ),
        ),
    ),
    BadInput(
        "one zone",
        {"network.zones": ["us-east-1a"]},
        ("network.zones: ['us-east-1a']: allowed: 2 entries or more; it has 1",),
    ),
    BadInput(
        "a zone of another region",
        {"network.zones": ["us-east-1a", "us-east-1b", "us-west-2a"]},
        ("network.zones[2]: 'us-west-2a': not a zone of aws.region 'us-east-1'",),
    ),
    BadInput(
        "a zone twice",
        {"network.zones": ["us-east-1a", "us-east-1b", "us-east-1b"]},
        (("network.zones: ['us-east-1a', 'us-east-1b', 'us-east-1b']: 'us-east-1b' is listed 2 times"),),
    ),
    BadInput(
        "a zone without letter",
        {"network.zones[1]": "us-east-1"},
        ("network.zones[1]: 'us-east-1': allowed: an availability zone such as 'us-east-1a'",),
    ),
    BadInput(
        "a NAT that is none",
        {"network.nat": "per_zone"},
        (("network.nat: 'per_zone': allowed: 'none', 'single' or 'per-zone'; did you mean 'per-zone'?"),),
    ),
    BadInput(
        "an endpoint twice",
        {"network.interface_endpoints": ["sts", "sts"]},
        ("network.interface_endpoints: ['sts', 'sts']: 'sts' is listed 2 times",),
    ),
    BadInput(
        "an endpoint that is none",
        {"network.interface_endpoints": ["ecr-api"]},
        (
            (
                "network.interface_endpoints[0]: 'ecr-api': allowed: an interface endpoint of "
                "stacks/aws_choices.yaml; did you mean 'ecr.api'?"
            ),
        ),
    ),
    BadInput(
        "no NAT and few endpoints",
        {
            "network.nat": "none",
            "network.interface_endpoints": ["ecr.api", "ecr.dkr", "sts"],
            "storage.pull_through": [],
        },
        (
            (
                "network.interface_endpoints: ['ecr.api', 'ecr.dkr', 'sts']: with network.nat 'none' "
                "nodes cannot start without these as well: ec2, eks, eks-auth, elasticloadbalancing, "
                "logs, sqs, ssm"
            ),
        ),
    ),
    BadInput(
        "no NAT and a pull-through cache",
        {
            "network.nat": "none",
            "network.interface_endpoints": [
                "ec2",
                "ecr.api",
                "ecr.dkr",
                "eks",
                "eks-auth",
                "elasticloadbalancing",
                "logs",
                "sqs",
                "ssm",
                "sts",
            ],
        },
        (
            (
                "network.nat: 'none': storage.pull_through needs a NAT: the first pull of an image goes "
                "through the internet"
            ),
        ),
    ),
    BadInput(
        "retention days between the steps",
        {"network.flow_log_retention_days": 45},
        (
            (
                "network.flow_log_retention_days: 45: allowed: days that CloudWatch Logs keeps: 1, 3, 5, "
                "7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288"
                " or 3653"
            ),
        ),
    ),
    BadInput(
        "an adopted network beside one of our own",
        {"network.adopt": ADOPTED},
        (
            (
                "network.vpc_cidr: '10.30.0.0/16': belongs to a VPC of our own, and network.adopt takes "
                "an existing one; remove one of the two"
            ),
            (
                "network.nat: 'single': belongs to a VPC of our own, and network.adopt takes an existing "
                "one; remove one of the two"
            ),
            (
                "network.interface_endpoints: ['ecr.api', 'ecr.dkr']: belongs to a VPC of our own, and "
                "network.adopt takes an existing one; remove one of the two"
            ),
            (
                "network.flow_log_retention_days: 30: belongs to a VPC of our own, and network.adopt "
                "takes an existing one; remove one of the two"
            ),
        ),
    ),
    BadInput(
        "an adopted VPC that is none",
        {**ADOPTS, "network.adopt": {**ADOPTED, "vpc_id": "vpc-1"}},
        ("network.adopt.vpc_id: 'vpc-1': allowed: a VPC id such as 'vpc-0123456789abcdef0'",),
    ),
    BadInput(
        "one adopted private subnet",
        {**ADOPTS, "network.adopt": {**ADOPTED, "private_subnet_ids": ["subnet-0123456789abcdef0"]}},
        (("network.adopt.private_subnet_ids: ['subnet-0123456789abcdef0']: allowed: 2 entries or more; it has 1"),),
    ),
    BadInput(
        "a subnet adopted twice",
        {**ADOPTS, "network.adopt": {**ADOPTED, "public_subnet_ids": ["subnet-0123456789abcdef0"]}},
        ("network.adopt: 'subnet-0123456789abcdef0': this subnet is listed 2 times; list it once",),
    ),
    BadInput(
        "a Terraform state without object",
        {**ADOPTS, "network.adopt": {"terraform_state": {"source": "s3://states"}}},
        (
            (
                "network.adopt.terraform_state.source: 's3://states': allowed: an S3 object such as "
                "'s3://bucket/network/terraform.tfstate', or the path of a file that ends in .tfstate or "
                ".json"
            ),
        ),
    ),
    BadInput(
        "a Terraform state over HTTP",
        {**ADOPTS, "network.adopt": {"terraform_state": {"source": "https://example.com/network.tfstate"}}},
        (
            (
                "network.adopt.terraform_state.source: 'https://example.com/network.tfstate': allowed: an"
                " S3 object such as 's3://bucket/network/terraform.tfstate', or the path of a file that "
                "ends in .tfstate or .json"
            ),
        ),
    ),
    BadInput(
        "a Terraform output that is none",
        {**ADOPTS, "network.adopt": {"terraform_state": {"source": "network.tfstate", "outputs": {"vpc": "vpc_id"}}}},
        (
            (
                "network.adopt.terraform_state.outputs.vpc: 'vpc_id': unknown key; did you mean "
                "'vpc_id'?; allowed: vpc_id, public_subnet_ids, private_subnet_ids, database_subnet_ids"
            ),
        ),
    ),
    BadInput(
        "ids beside a Terraform state",
        {
            **ADOPTS,
            "network.adopt": {"terraform_state": {"source": "network.tfstate"}, "vpc_id": "vpc-0123456789abcdef0"},
        },
        (
            (
                "network.adopt.vpc_id: 'vpc-0123456789abcdef0': unknown key; it is a key of network.adopt"
                " and of network.adopt.terraform_state.outputs; allowed: terraform_state"
            ),
        ),
    ),
    BadInput(
        "a Kubernetes version without quotes",
        {"cluster.kubernetes_version": 1.35},
        (
            (
                "cluster.kubernetes_version: 1.35: allowed: a Kubernetes version of "
                "catalogue/compatibility.yaml, in quotes: '1.34' or '1.35'"
            ),
        ),
    ),
    BadInput(
        "a Kubernetes version not in the lock",
        {"cluster.kubernetes_version": "1.21"},
        (
            (
                "cluster.kubernetes_version: '1.21': allowed: a Kubernetes version of "
                "catalogue/compatibility.yaml, in quotes: '1.34' or '1.35'"
            ),
        ),
    ),
    BadInput(
        "an endpoint open to the internet",
        {"cluster.public_endpoint_cidrs": ["0.0.0.0/0"]},
        (
            (
                "cluster.public_endpoint_cidrs[0]: '0.0.0.0/0': opens the Kubernetes API to the internet;"
                " list the networks that need it"
            ),
        ),
    ),
    BadInput(
        "the internet in two halves",
        {"cluster.public_endpoint_cidrs": ["0.0.0.0/1", "128.0.0.0/1"]},
        (
            ("cluster.public_endpoint_cidrs[0]: '0.0.0.0/1': too wide for an allow-list; allowed: /8 or narrower"),
            ("cluster.public_endpoint_cidrs[1]: '128.0.0.0/1': too wide for an allow-list; allowed: /8 or narrower"),
        ),
    ),
    BadInput(
        "a private range for the public endpoint",
        {"cluster.public_endpoint_cidrs": ["10.1.0.0/16"]},
        (
            (
                "cluster.public_endpoint_cidrs[0]: '10.1.0.0/16': not an address of the internet; the "
                "VPC's own networks use the private endpoint already"
            ),
        ),
    ),
    BadInput(
        "a range twice",
        {"cluster.public_endpoint_cidrs": ["203.0.113.0/24", "203.0.113.0/24"]},
        (("cluster.public_endpoint_cidrs: ['203.0.113.0/24', '203.0.113.0/24']: '203.0.113.0/24' is listed 2 times"),),
    ),
    BadInput(
        "a range too wide for prod",
        {**PROD, "cluster.public_endpoint_cidrs": ["52.0.0.0/11"]},
        (
            (
                "cluster.public_endpoint_cidrs[0]: '52.0.0.0/11': too wide for an allow-list; allowed in "
                "prod: /16 or narrower"
            ),
        ),
    ),
    BadInput(
        "41 ranges",
        {"cluster.public_endpoint_cidrs": [f"203.0.113.{number}/32" for number in range(41)]},
        (
            (
                "cluster.public_endpoint_cidrs: ['203.0.113.0/32', '203.0.113.1/32', '203.0.113.2/32', "
                "'203.0.113.3/32', '203.0.113.4/32', '203.0.113.5/32', '203.0.1...: allowed: at most 40 "
                "entries"
            ),
        ),
    ),
    BadInput(
        "protection as text",
        {"cluster.deletion_protection": "yes"},
        ("cluster.deletion_protection: 'yes': allowed: true or false, without quotes",),
    ),
    BadInput(
        "protection as a number",
        {"cluster.deletion_protection": 1},
        ("cluster.deletion_protection: 1: allowed: true or false, without quotes",),
    ),
    BadInput(
        "a user in place of a role",
        {"cluster.access[1].role_arn": "arn:aws:iam::222233334444:user/alice"},
        (
            (
                "cluster.access[1].role_arn: 'arn:aws:iam::222233334444:user/alice': allowed: the ARN of "
                "an IAM role such as 'arn:aws:iam::111122223333:role/platform-admin'"
            ),
        ),
    ),
    BadInput(
        "a session in place of a role",
        {"cluster.access[1].role_arn": "arn:aws:sts::222233334444:assumed-role/admin/alice"},
        (
            (
                "cluster.access[1].role_arn: 'arn:aws:sts::222233334444:assumed-role/admin/alice': "
                "allowed: the ARN of an IAM role such as 'arn:aws:iam::111122223333:role/platform-admin'"
            ),
        ),
    ),
    BadInput(
        "a policy that is none",
        {"cluster.access[1].policy": "AmazonEKSEditorPolicy"},
        (
            (
                "cluster.access[1].policy: 'AmazonEKSEditorPolicy': allowed: an EKS access policy: "
                "'AmazonEKSAdminPolicy', 'AmazonEKSAdminViewPolicy', 'AmazonEKSClusterAdminPolicy', "
                "'AmazonEKSEditPolicy' or 'AmazonEKSViewPolicy'; did you mean 'AmazonEKSEditPolicy'?"
            ),
        ),
    ),
    BadInput(
        "no administrator",
        {"cluster.access[0].policy": "AmazonEKSViewPolicy"},
        (
            (
                "cluster.access: ['AmazonEKSViewPolicy', 'AmazonEKSEditPolicy']: nobody could administer "
                "the cluster; give one role 'AmazonEKSClusterAdminPolicy' without namespaces"
            ),
        ),
    ),
    BadInput(
        "an administrator of a namespace only",
        {"cluster.access[0].namespaces": ["serving"]},
        (
            (
                "cluster.access: ['AmazonEKSClusterAdminPolicy', 'AmazonEKSEditPolicy']: nobody could "
                "administer the cluster; give one role 'AmazonEKSClusterAdminPolicy' without namespaces"
            ),
        ),
    ),
    BadInput("no access at all", {"cluster.access": []}, ("cluster.access: []: allowed: one entry or more; it has 0",)),
    BadInput(
        "a role twice",
        {"cluster.access[1].role_arn": "arn:aws:iam::222233334444:role/platform-admin"},
        (
            (
                "cluster.access[1].role_arn: 'arn:aws:iam::222233334444:role/platform-admin': "
                "cluster.access[0] has the same role; EKS takes one entry per role"
            ),
        ),
    ),
    BadInput(
        "a namespace with capitals",
        {"cluster.access[1].namespaces": ["Serving"]},
        (
            (
                "cluster.access[1].namespaces[0]: 'Serving': allowed: a Kubernetes namespace such as "
                "'serving', or a pattern such as 'team-*'"
            ),
        ),
    ),
    BadInput(
        "more than max to begin with",
        {"node_groups.inference[0].min_nodes": 7},
        ("node_groups.inference[0].min_nodes: 7: greater than max_nodes, which is 6",),
    ),
    BadInput(
        "desired above max",
        {"node_groups.inference[0].desired_nodes": 7},
        (("node_groups.inference[0].desired_nodes: 7: allowed: from min_nodes to max_nodes, here 1 to 6"),),
    ),
    BadInput(
        "desired below min",
        {"node_groups.inference[0].desired_nodes": 0},
        (("node_groups.inference[0].desired_nodes: 0: allowed: from min_nodes to max_nodes, here 1 to 6"),),
    ),
    BadInput(
        "a negative minimum",
        {"node_groups.inference[0].min_nodes": -1},
        ("node_groups.inference[0].min_nodes: -1: allowed: a whole number of nodes from 0 to 450",),
    ),
    BadInput(
        "a maximum of zero",
        {"node_groups.training[0].max_nodes": 0},
        ("node_groups.training[0].max_nodes: 0: allowed: a whole number of nodes from 1 to 450",),
    ),
    BadInput(
        "too many nodes",
        {"node_groups.inference[0].max_nodes": 451},
        ("node_groups.inference[0].max_nodes: 451: allowed: a whole number of nodes from 1 to 450",),
    ),
    BadInput(
        "half a node",
        {"node_groups.inference[0].max_nodes": 1.5},
        ("node_groups.inference[0].max_nodes: 1.5: allowed: a whole number of nodes from 1 to 450",),
    ),
    BadInput(
        "a number in quotes",
        {"node_groups.inference[0].max_nodes": "6"},
        (("node_groups.inference[0].max_nodes: '6': allowed: a whole number of nodes from 1 to 450, without quotes"),),
    ),
    BadInput(
        "a truth for a number",
        {"node_groups.inference[0].max_nodes": True},
        ("node_groups.inference[0].max_nodes: true: allowed: a whole number of nodes from 1 to 450",),
    ),
    BadInput(
        "a disk too small",
        {"node_groups.inference[0].disk_gib": 8},
        ("node_groups.inference[0].disk_gib: 8: allowed: a whole number of GiB from 20 to 16384",),
    ),
    BadInput(
        "an instance type with a typing error",
        {"node_groups.inference[0].instance_types": ["g6xlarge"]},
        (
            (
                "node_groups.inference[0].instance_types[0]: 'g6xlarge': allowed: an instance type of "
                "catalogue/instance-types.yaml; did you mean 'g6.xlarge'?"
            ),
        ),
    ),
    BadInput(
        "an instance type the catalogue lacks",
        {"node_groups.training[0].instance_type": "z99.huge"},
        (
            (
                "node_groups.training[0].instance_type: 'z99.huge': allowed: an instance type of "
                "catalogue/instance-types.yaml"
            ),
        ),
    ),
    BadInput(
        "no instance type",
        {"node_groups.inference[0].instance_types": []},
        ("node_groups.inference[0].instance_types: []: allowed: one entry or more; it has 0",),
    ),
    BadInput(
        "an inference type without GPU",
        {"node_groups.inference[0].instance_types": ["m7i.large"]},
        (
            (
                "node_groups.inference[0].instance_types[0]: 'm7i.large': has no accelerator; inference "
                "groups take GPU types such as 'g6.xlarge'"
            ),
        ),
    ),
    BadInput(
        "a system type with GPU",
        {"node_groups.system.instance_types": ["g6.xlarge"]},
        (
            (
                "node_groups.system.instance_types[0]: 'g6.xlarge': has 1 L4, which system pods would "
                "leave idle; choose a type without"
            ),
        ),
    ),
    BadInput(
        "a system type that is arm64",
        {"node_groups.system.instance_types": ["m7g.large"]},
        (
            (
                "node_groups.system.instance_types[0]: 'm7g.large': arm64, and the system image is "
                "x86_64; choose an x86_64 type"
            ),
        ),
    ),
    BadInput(
        "an empty system pool",
        {"node_groups.system.min_nodes": 0},
        (("node_groups.system.min_nodes: 0: add-ons and the autoscaler itself run here; allowed: 1 or more"),),
    ),
    BadInput(
        "a system pool in one zone",
        {"node_groups.system.zones": ["us-east-1a"]},
        ("node_groups.system.zones: ['us-east-1a']: the system pool needs two zones or more",),
    ),
    BadInput(
        "a training zone outside the network",
        {"node_groups.training[0].zone": "us-east-1f"},
        (("node_groups.training[0].zone: 'us-east-1f': not in network.zones; allowed: 'us-east-1a' or 'us-east-1b'"),),
    ),
    BadInput(
        "an inference zone outside the network",
        {"node_groups.inference[0].zones": ["us-east-1a", "us-east-1f"]},
        (
            (
                "node_groups.inference[0].zones[1]: 'us-east-1f': not in network.zones; allowed: "
                "'us-east-1a' or 'us-east-1b'"
            ),
        ),
    ),
    BadInput(
        "a group's zone twice",
        {"node_groups.inference[0].zones": ["us-east-1a", "us-east-1a"]},
        (("node_groups.inference[0].zones: ['us-east-1a', 'us-east-1a']: 'us-east-1a' is listed 2 times"),),
    ),
    BadInput(
        "several training zones",
        {"node_groups.training[0].zone": ["us-east-1a", "us-east-1b"]},
        (
            (
                "node_groups.training[0].zone: ['us-east-1a', 'us-east-1b']: allowed: an availability "
                "zone such as 'us-east-1a'"
            ),
        ),
    ),
    BadInput(
        "an instance type twice",
        {"node_groups.inference[0].instance_types": ["g6.xlarge", "g6.xlarge"]},
        (("node_groups.inference[0].instance_types: ['g6.xlarge', 'g6.xlarge']: 'g6.xlarge' is listed 2 times"),),
    ),
    BadInput(
        "different numbers of GPUs",
        {"node_groups.inference[0].instance_types": ["g6.xlarge", "g6.12xlarge"]},
        (
            (
                "node_groups.inference[0].instance_types: ['g6.xlarge', 'g6.12xlarge']: the autoscaler "
                "needs the same number of GPUs in one group, but g6.xlarge has 1, g6.12xlarge has 4"
            ),
        ),
    ),
    BadInput(
        "two GPU models for serving",
        {"node_groups.inference[0].instance_types": ["g6.xlarge", "g6e.xlarge"]},
        (
            (
                "node_groups.inference[0].instance_types: ['g6.xlarge', 'g6e.xlarge']: pods choose inference nodes by "
                "their GPU model, so a group has one, but g6.xlarge has L4, g6e.xlarge has L40S"
            ),
        ),
    ),
    BadInput(
        "recovery of a host with instance storage",
        {"dedicated_hosts[0].host_recovery": True},
        (
            (
                "dedicated_hosts[0].host_recovery: true: EC2 does not recover 'g5.48xlarge', only 'g3', 'g5g', "
                "'inf1' or 'p3'; allowed: false"
            ),
        ),
    ),
    BadInput(
        "a model that the endpoint's role may not read",
        {"burst_endpoint.model_data_s3_uri": "s3://llm-platform-staging-models-222233334444/whisper/model.tar.gz"},
        (
            (
                "burst_endpoint.model_data_s3_uri: "
                "'s3://llm-platform-staging-models-222233334444/whisper/model.tar.gz': the endpoint may read the "
                "environment's own models only; allowed: a key of "
                "'s3://llm-platform-staging-models-222233334444-us-east-1/'"
            ),
        ),
    ),
    BadInput(
        "two architectures",
        {"node_groups.inference[0].instance_types": ["g6.xlarge", "g5g.xlarge"]},
        (
            (
                "node_groups.inference[0].instance_types: ['g6.xlarge', 'g5g.xlarge']: one group has one "
                "architecture, but g6.xlarge is x86_64, g5g.xlarge is arm64"
            ),
            (
                "node_groups.inference[0].instance_types: ['g6.xlarge', 'g5g.xlarge']: pods choose inference nodes by "
                "their GPU model, so a group has one, but g6.xlarge has L4, g5g.xlarge has T4g"
            ),
            (
                "node_groups.inference[0].ami_type: 'AL2023_x86_64_NVIDIA': not an image of Kubernetes "
                "1.35 for 'g5g.xlarge'; allowed: 'AL2023_ARM_64_NVIDIA'"
            ),
        ),
    ),
    BadInput(
        "two spot types",
        {"node_groups.spot[0].instance_types": ["g6.xlarge", "g5.xlarge"]},
        (("node_groups.spot[0].instance_types: ['g6.xlarge', 'g5.xlarge']: needs at least three instance types"),),
    ),
    BadInput(
        "three spot types, two of them the same",
        {"node_groups.spot[0].instance_types": ["g6.xlarge", "g5.xlarge", "g5.xlarge"]},
        (
            (
                "node_groups.spot[0].instance_types: ['g6.xlarge', 'g5.xlarge', 'g5.xlarge']: 'g5.xlarge'"
                " is listed 2 times"
            ),
            (
                "node_groups.spot[0].instance_types: ['g6.xlarge', 'g5.xlarge', 'g5.xlarge']: needs at "
                "least three instance types"
            ),
        ),
    ),
    BadInput(
        "EFA on a type without",
        {
            "node_groups.training[0].instance_type": "g6.xlarge",
            "node_groups.training[0].capacity": {"kind": "on-demand"},
        },
        (
            (
                "node_groups.training[0].efa: true: 'g6.xlarge' has no EFA; types with it include "
                "'g4dn.12xlarge', 'g4dn.16xlarge' or 'g4dn.8xlarge'"
            ),
        ),
    ),
    BadInput(
        "an image without driver",
        {"node_groups.inference[0].ami_type": "AL2023_x86_64_STANDARD"},
        (
            (
                "node_groups.inference[0].ami_type: 'AL2023_x86_64_STANDARD': not an image of Kubernetes "
                "1.35 for 'g6.xlarge'; allowed: 'AL2023_x86_64_NVIDIA' or 'BOTTLEROCKET_x86_64_NVIDIA'"
            ),
        ),
    ),
    BadInput(
        "an image for another accelerator",
        {"node_groups.inference[0].ami_type": "AL2023_x86_64_NEURON"},
        (
            (
                "node_groups.inference[0].ami_type: 'AL2023_x86_64_NEURON': not an image of Kubernetes "
                "1.35 for 'g6.xlarge'; allowed: 'AL2023_x86_64_NVIDIA' or 'BOTTLEROCKET_x86_64_NVIDIA'"
            ),
        ),
    ),
    BadInput(
        "an NVIDIA image for Inferentia",
        {"node_groups.inference[0].instance_types": ["inf2.xlarge"]},
        (
            (
                "node_groups.inference[0].ami_type: 'AL2023_x86_64_NVIDIA': not an image of Kubernetes "
                "1.35 for 'inf2.xlarge'; allowed: 'AL2023_x86_64_NEURON'"
            ),
        ),
    ),
    BadInput(
        "an image that is none",
        {"node_groups.inference[0].ami_type": "AL2023_x86_64_NVIDA"},
        (
            (
                "node_groups.inference[0].ami_type: 'AL2023_x86_64_NVIDA': allowed: "
                "'AL2023_x86_64_STANDARD', 'AL2023_x86_64_NVIDIA', 'AL2023_x86_64_NEURON', "
                "'BOTTLEROCKET_x86_64', 'BOTTLEROCKET_x86_64_NVIDIA', 'AL2023_ARM_64_STANDARD' or "
                "'AL2023_ARM_64_NVIDIA'; did you mean 'AL2023_x86_64_NVIDIA'?"
            ),
        ),
    ),
    BadInput(
        "a reservation id that is none",
        {"node_groups.training[0].capacity.reservation_id": "cr-123"},
        (
            (
                "node_groups.training[0].capacity.reservation_id: 'cr-123': allowed: a capacity "
                "reservation id such as 'cr-0123456789abcdef0'"
            ),
        ),
    ),
    BadInput(
        "a reservation without id",
        {"node_groups.training[0].capacity": {"kind": "reservation"}},
        (
            (
                "node_groups.training[0].capacity.reservation_id: not set: required with capacity.kind "
                "'reservation': an id such as 'cr-0123456789abcdef0'"
            ),
        ),
    ),
    BadInput(
        "an id without reservation",
        {"node_groups.training[0].capacity.kind": "on-demand"},
        (
            (
                "node_groups.training[0].capacity.reservation_id: 'cr-0123456789abcdef0': only with "
                "capacity.kind 'reservation' or 'capacity-block', here it is 'on-demand'"
            ),
        ),
    ),
    BadInput(
        "a capacity kind that is none",
        {"node_groups.training[0].capacity.kind": "capacity_block"},
        (
            (
                "node_groups.training[0].capacity.kind: 'capacity_block': allowed: 'on-demand', "
                "'reservation' or 'capacity-block'; did you mean 'capacity-block'?"
            ),
        ),
    ),
    BadInput(
        "a capacity block of a type without",
        {"node_groups.training[0].instance_type": "g6.12xlarge"},
        (
            (
                "node_groups.training[0].capacity.kind: 'capacity-block': EC2 sells no capacity blocks of"
                " 'g6.12xlarge'; use 'on-demand' or 'reservation'"
            ),
        ),
    ),
    BadInput(
        "a capacity block that never ends",
        {"node_groups.training[0].min_nodes": 1, "node_groups.training[0].desired_nodes": 1},
        (
            (
                "node_groups.training[0].min_nodes: 1: a capacity block ends and then no node can stand; "
                "allowed with 'capacity-block': 0"
            ),
        ),
    ),
    BadInput(
        "a floor group that is none",
        {"node_groups.spot[0].on_demand_floor.group": "serve-l40"},
        (
            (
                "node_groups.spot[0].on_demand_floor.group: 'serve-l40': not an inference group; allowed:"
                " 'serve-l4'; did you mean 'serve-l4'?"
            ),
        ),
    ),
    BadInput(
        "a floor without inference group",
        {"node_groups.inference": []},
        (
            (
                "node_groups.spot[0].on_demand_floor.group: 'serve-l4': not an inference group; there is "
                "none in node_groups.inference"
            ),
        ),
    ),
    BadInput(
        "a floor higher than its group",
        {"node_groups.spot[0].on_demand_floor.min_nodes": 2},
        (
            (
                "node_groups.spot[0].on_demand_floor.min_nodes: 2: inference group 'serve-l4' keeps only "
                "1; raise its min_nodes, or lower this"
            ),
        ),
    ),
    BadInput(
        "a spot type that is not sold as spot",
        {
            "node_groups.spot[0].instance_types": ["trn1.32xlarge", "trn2.48xlarge", "trn2u.48xlarge"],
            "node_groups.spot[0].ami_type": "AL2023_x86_64_NEURON",
        },
        (("node_groups.spot[0].instance_types[2]: 'trn2u.48xlarge': EC2 does not sell this type as spot"),),
    ),
    BadInput(
        "no floor",
        {"node_groups.spot[0].on_demand_floor": REMOVED},
        (
            (
                "node_groups.spot[0].on_demand_floor: not set: required: What serves on when spot "
                "capacity goes away; allowed: a mapping with the keys group, min_nodes"
            ),
        ),
    ),
    BadInput(
        "a group name twice",
        {"node_groups.spot[0].name": "serve-l4"},
        (
            (
                "node_groups.spot[0].name: 'serve-l4': already the name of node_groups.inference[0]; "
                "names are unique across pools"
            ),
        ),
    ),
    BadInput(
        "a group name of a dedicated host",
        {"dedicated_hosts[0].name": "train-a100"},
        (
            (
                "dedicated_hosts[0].name: 'train-a100': already the name of node_groups.training[0]; "
                "names are unique across pools"
            ),
        ),
    ),
    BadInput(
        "a group that is called system",
        {"node_groups.training[0].name": "system"},
        (
            (
                "node_groups.training[0].name: 'system': already the name of node_groups.system; names "
                "are unique across pools"
            ),
        ),
    ),
    BadInput(
        "a group name with an underscore",
        {"node_groups.training[0].name": "train_a100"},
        (
            (
                "node_groups.training[0].name: 'train_a100': allowed: 2 to 24 lower-case letters, digits "
                "and hyphens, beginning with a letter"
            ),
        ),
    ),
    BadInput(
        "a group name that is too long",
        {"node_groups.training[0].name": "training-on-eight-a100-gpus"},
        (
            (
                "node_groups.training[0].name: 'training-on-eight-a100-gpus': allowed: 2 to 24 lower-case"
                " letters, digits and hyphens, beginning with a letter"
            ),
        ),
    ),
    BadInput(
        "a group without name",
        {"node_groups.training[0].name": REMOVED},
        (
            (
                "node_groups.training[0].name: not set: required: Name of the group, unique among all "
                "pools and dedicated hosts; allowed: 2 to 24 lower-case letters, digits and hyphens, "
                "beginning with a letter"
            ),
        ),
    ),
    BadInput(
        "a host of a type without hosts",
        {"dedicated_hosts[0].instance_type": "g6.xlarge"},
        (
            (
                "dedicated_hosts[0].instance_type: 'g6.xlarge': EC2 has no dedicated hosts of this type; "
                "allowed: 'g6.24xlarge' or 'g6.48xlarge'"
            ),
        ),
    ),
    BadInput(
        "a host of a family without hosts",
        {"dedicated_hosts[0].instance_type": "p5.48xlarge"},
        (
            (
                "dedicated_hosts[0].instance_type: 'p5.48xlarge': EC2 has no dedicated hosts of this "
                "type; allowed: 'g4dn.12xlarge', 'g4dn.metal', 'g5.24xlarge', 'g5.48xlarge', "
                "'g5g.16xlarge', 'g5g.metal', 'g6.24xlarge', 'g6.48xlarge', 'g6e.24xlarge', "
                "'g6e.48xlarge', 'g7.12xlarge', 'g7.24xlarge', 'g7.48xlarge', 'g7e.12xlarge', "
                "'g7e.24xlarge', 'g7e.48xlarge' or 'p4d.24xlarge'"
            ),
        ),
    ),
    BadInput(
        "a host outside the network",
        {"dedicated_hosts[0].zone": "us-east-1c"},
        (("dedicated_hosts[0].zone: 'us-east-1c': not in network.zones; allowed: 'us-east-1a' or 'us-east-1b'"),),
    ),
    BadInput(
        "no host",
        {"dedicated_hosts[0].hosts": 0},
        ("dedicated_hosts[0].hosts: 0: allowed: a whole number of hosts from 1 to 50",),
    ),
    BadInput(
        "an image id that is none",
        {"dedicated_hosts[0].ami_id": "ami-latest"},
        (("dedicated_hosts[0].ami_id: 'ami-latest': allowed: an AMI id such as 'ami-0123456789abcdef0'"),),
    ),
    BadInput(
        "hosts that are a mapping",
        {"dedicated_hosts": {"name": "host-g5"}},
        (
            (
                "dedicated_hosts: {name: 'host-g5'}: allowed: a list; each entry on a line of its own "
                "that begins with '- ', or [a, b]"
            ),
        ),
    ),
    BadInput(
        "data that goes with the stack",
        {"storage.retained": False, "storage.audit_lock_days": 0},
        ("storage.retained: false: allowed in staging: true; only dev may lose its data",),
    ),
    BadInput(
        "an audit lock that stops destroy",
        {"ownership.environment": "dev", "storage.retained": False, "burst_endpoint": REMOVED},
        (
            (
                "storage.audit_lock_days: 30: locked audit logs would make destroying the stack fail; "
                "allowed with storage.retained false: 0"
            ),
        ),
    ),
    BadInput(
        "a repository with capitals",
        {"storage.repositories": ["serving/vLLM"]},
        (
            (
                "storage.repositories[0]: 'serving/vLLM': allowed: an ECR repository name of 2 to 200 "
                "lower-case letters, digits and . _ - / such as 'serving/vllm'"
            ),
        ),
    ),
    BadInput(
        "a repository twice",
        {"storage.repositories": ["serving/vllm", "serving/vllm"]},
        ("storage.repositories[1]: 'serving/vllm': the same as storage.repositories[0]",),
    ),
    BadInput(
        "an upstream that is none",
        {"storage.pull_through[0].upstream": "quay.com"},
        (
            (
                "storage.pull_through[0].upstream: 'quay.com': allowed: an upstream registry: "
                "'public.ecr.aws', 'quay.io', 'registry.k8s.io', 'cgr.dev', 'ghcr.io', "
                "'registry-1.docker.io' or 'registry.gitlab.com'; did you mean 'quay.io'?"
            ),
        ),
    ),
    BadInput(
        "a prefix twice",
        {"storage.pull_through[1]": {"prefix": "quay", "upstream": "public.ecr.aws"}},
        ("storage.pull_through[1].prefix: 'quay': the same as storage.pull_through[0].prefix",),
    ),
    BadInput(
        "a prefix with a capital",
        {"storage.pull_through[0].prefix": "Quay"},
        (
            (
                "storage.pull_through[0].prefix: 'Quay': allowed: a repository prefix of 2 to 30 "
                "lower-case letters, digits and . _ - such as 'quay'"
            ),
        ),
    ),
    BadInput(
        "a registry without its credential",
        {"storage.pull_through[0]": {"prefix": "hub", "upstream": "registry-1.docker.io"}},
        (
            (
                "storage.pull_through[0].credential_secret_arn: not set: required: 'registry-1.docker.io'"
                " asks for a user and token; the secret's ARN goes here"
            ),
        ),
    ),
    BadInput(
        "a credential that is not taken",
        {"storage.pull_through[0].credential_secret_arn": SECRETS + "ecr-pullthroughcache/quay-a1b2c3"},
        (
            (
                "storage.pull_through[0].credential_secret_arn: "
                "'arn:aws:secretsmanager:us-east-1:222233334444:secret:ecr-pullthroughcache/quay-a1b2c3':"
                " 'quay.io' takes no credential; remove this key"
            ),
        ),
    ),
    BadInput(
        "a credential under another name",
        {"storage.pull_through[0].credential_secret_arn": SECRETS + "quay-a1b2c3"},
        (
            (
                "storage.pull_through[0].credential_secret_arn: "
                "'arn:aws:secretsmanager:us-east-1:222233334444:secret:quay-a1b2c3': allowed: the ARN of "
                "a secret whose name begins with 'ecr-pullthroughcache/'"
            ),
        ),
    ),
    BadInput(
        "a credential of another region",
        {
            "storage.pull_through[0]": {
                "prefix": "hub",
                "upstream": "registry-1.docker.io",
                "credential_secret_arn": SECRETS.replace("us-east-1", "eu-west-1") + "ecr-pullthroughcache/hub-a1b2c3",
            }
        },
        (
            (
                "storage.pull_through[0].credential_secret_arn: "
                "'arn:aws:secretsmanager:eu-west-1:222233334444:secret:ecr-pullthroughcache/hub-a1b2c3': "
                "the secret must be in the environment's own region and account (us-east-1:222233334444)"
            ),
        ),
    ),
    BadInput(
        "a scratch between the steps",
        {"storage.scratch.capacity_gib": 3600},
        (
            (
                "storage.scratch.capacity_gib: 3600: FSx for Lustre sells 1200 GiB and multiples of 2400 "
                "GiB; the nearest are 2400 and 4800"
            ),
        ),
    ),
    BadInput(
        "a scratch too small",
        {"storage.scratch.capacity_gib": 1000},
        ("storage.scratch.capacity_gib: 1000: allowed: a whole number of GiB from 1200 to 240000",),
    ),
    BadInput(
        "a throughput that is none",
        {"storage.scratch.throughput_mbps_per_tib": 200},
        (
            (
                "storage.scratch.throughput_mbps_per_tib: 200: allowed: MB/s per TiB of FSx for Lustre: "
                "125, 250, 500 or 1000"
            ),
        ),
    ),
    BadInput(
        "a scratch outside the network",
        {"storage.scratch.zone": "us-east-1c"},
        (("storage.scratch.zone: 'us-east-1c': not in network.zones; allowed: 'us-east-1a' or 'us-east-1b'"),),
    ),
    BadInput(
        "no days",
        {"storage.checkpoint_expiry_days": 0},
        ("storage.checkpoint_expiry_days: 0: allowed: a whole number of days from 1 to 36500",),
    ),
    BadInput(
        "a serverless endpoint with instances",
        {"burst_endpoint.mode": "serverless"},
        (
            (
                "burst_endpoint.instance_type: 'ml.g5.2xlarge': only with burst_endpoint.mode "
                "'asynchronous', here it is 'serverless'; remove this key"
            ),
            (
                "burst_endpoint.max_instances: 4: only with burst_endpoint.mode 'asynchronous', here it "
                "is 'serverless'; remove this key"
            ),
            "burst_endpoint.memory_mib: not set: required with burst_endpoint.mode 'serverless'",
            "burst_endpoint.max_concurrency: not set: required with burst_endpoint.mode 'serverless'",
        ),
    ),
    BadInput(
        "an asynchronous endpoint with memory",
        {"burst_endpoint.memory_mib": 2048},
        (
            (
                "burst_endpoint.memory_mib: 2048: only with burst_endpoint.mode 'serverless', here it is "
                "'asynchronous'; remove this key"
            ),
        ),
    ),
    BadInput(
        "an asynchronous endpoint without type",
        {"burst_endpoint.instance_type": REMOVED},
        ("burst_endpoint.instance_type: not set: required with burst_endpoint.mode 'asynchronous'",),
    ),
    BadInput(
        "an endpoint type the catalogue lacks",
        {"burst_endpoint.instance_type": "ml.g5.2xlrge"},
        (
            (
                "burst_endpoint.instance_type: 'ml.g5.2xlrge': allowed: 'ml.' and a type of "
                "catalogue/instance-types.yaml; did you mean 'ml.g5.2xlarge'?"
            ),
        ),
    ),
    BadInput(
        "an endpoint type without ml.",
        {"burst_endpoint.instance_type": "g5.2xlarge"},
        (("burst_endpoint.instance_type: 'g5.2xlarge': allowed: a SageMaker instance type such as 'ml.g5.2xlarge'"),),
    ),
    BadInput(
        "an endpoint type without GPU",
        {"burst_endpoint.instance_type": "ml.m7i.large"},
        (
            (
                "burst_endpoint.instance_type: 'ml.m7i.large': has no accelerator; CPU models take "
                "burst_endpoint.mode 'serverless'"
            ),
        ),
    ),
    BadInput(
        "memory between the steps",
        {"burst_endpoint.memory_mib": 1500},
        (("burst_endpoint.memory_mib: 1500: allowed: MiB of memory: 1024, 2048, 3072, 4096, 5120 or 6144"),),
    ),
    BadInput(
        "an image of another registry",
        {"burst_endpoint.image_uri": "docker.io/vllm/vllm-openai:latest"},
        (
            (
                "burst_endpoint.image_uri: 'docker.io/vllm/vllm-openai:latest': allowed: an ECR image "
                "with a tag or digest such as "
                "'111122223333.dkr.ecr.us-east-1.amazonaws.com/serving/vllm:1.0'"
            ),
        ),
    ),
    BadInput(
        "an image without tag",
        {"burst_endpoint.image_uri": "222233334444.dkr.ecr.us-east-1.amazonaws.com/serving/vllm"},
        (
            (
                "burst_endpoint.image_uri: '222233334444.dkr.ecr.us-east-1.amazonaws.com/serving/vllm': "
                "allowed: an ECR image with a tag or digest such as "
                "'111122223333.dkr.ecr.us-east-1.amazonaws.com/serving/vllm:1.0'"
            ),
        ),
    ),
    BadInput(
        "an image of another region",
        {"burst_endpoint.image_uri": "222233334444.dkr.ecr.eu-west-1.amazonaws.com/serving/vllm:1.0.0"},
        (
            (
                "burst_endpoint.image_uri: "
                "'222233334444.dkr.ecr.eu-west-1.amazonaws.com/serving/vllm:1.0.0': SageMaker pulls only "
                "from its own region; allowed: a repository of 'us-east-1'"
            ),
        ),
    ),
    BadInput(
        "model data that is a bucket",
        {"burst_endpoint.model_data_s3_uri": "s3://models-222233334444/"},
        (
            (
                "burst_endpoint.model_data_s3_uri: 's3://models-222233334444/': allowed: an S3 object "
                "such as 's3://models/whisper/model.tar.gz'"
            ),
        ),
    ),
    BadInput(
        "a model name with spaces",
        {"burst_endpoint.model_name": "document batch"},
        (
            (
                "burst_endpoint.model_name: 'document batch': allowed: 1 to 48 letters, digits and "
                "hyphens such as 'whisper-large-v3'"
            ),
        ),
    ),
    BadInput(
        "prod in two zones",
        {**PROD, "network.zones": ["us-east-1a", "us-east-1b"]},
        ("network.zones: ['us-east-1a', 'us-east-1b']: prod needs three zones; it has 2",),
    ),
    BadInput(
        "prod behind one NAT",
        {**PROD, "network.nat": "single"},
        (
            (
                "network.nat: 'single': one zone's failure would cut off the others; allowed in prod: "
                "'per-zone' or 'none'"
            ),
        ),
    ),
    BadInput(
        "prod without deletion protection",
        {**PROD, "cluster.deletion_protection": False},
        ("cluster.deletion_protection: false: allowed in prod: true",),
    ),
    BadInput(
        "prod whose machines follow the newest image",
        {**PROD, "node_pools[1].ami_version": "latest"},
        (
            "node_pools[1].ami_version: 'latest': every release would replace the machines; allowed in prod: "
            "a tried release",
        ),
    ),
    BadInput(
        "prod that is not retained",
        {**PROD, "storage.retained": False, "storage.audit_lock_days": 0},
        ("storage.retained: false: allowed in prod: true; only dev may lose its data",),
    ),
    BadInput(
        "prod with one system node",
        {**PROD, "node_groups.system.min_nodes": 1},
        ("node_groups.system.min_nodes: 1: prod needs 2 or more, so that one can fail",),
    ),
    BadInput(
        "prod without a floor",
        {**PROD, "node_groups.spot[0].on_demand_floor.min_nodes": 0},
        (
            (
                "node_groups.spot[0].on_demand_floor.min_nodes: 0: nothing would serve when spot capacity"
                " goes away; allowed in prod: 1 or more"
            ),
        ),
    ),
    BadInput(
        "restricted data behind a public endpoint",
        {"ownership.data_classification": "restricted", "storage.audit_lock_days": 90},
        (
            (
                "cluster.public_endpoint_cidrs: ['203.0.113.0/24']: restricted data needs a private API "
                "endpoint; allowed with data_classification 'restricted': []"
            ),
        ),
    ),
    BadInput(
        "restricted data with a short audit lock",
        {"ownership.data_classification": "restricted", "cluster.public_endpoint_cidrs": []},
        ("storage.audit_lock_days: 30: restricted data needs 90 days or more",),
    ),
)
