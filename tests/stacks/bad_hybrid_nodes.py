"""Bad inputs of the sections `hybrid_nodes` and `gpu_hosts`, and of dedicated hosts' place in the cluster."""

from __future__ import annotations

from tests.stacks.bad_inputs import BadInput
from tests.stacks.valid_sections import REMOVED

AUTHORITY = "hybrid_nodes.certificate_authority"

BAD_HYBRID_NODES = (
    BadInput(
        "certificates without a CA",
        {AUTHORITY: REMOVED},
        (
            "hybrid_nodes.certificate_authority: not set: required for iam-roles-anywhere; allowed: a mapping with one "
            "of the keys pem, private_ca_arn",
        ),
    ),
    BadInput(
        "an activation's day beside certificates",
        {"hybrid_nodes.activation_until": "2027-01-31"},
        ("hybrid_nodes.activation_until: '2027-01-31': belongs to credential_provider 'ssm'; leave it out",),
    ),
    BadInput(
        "a CA beside an activation",
        {"hybrid_nodes.credential_provider": "ssm"},
        (
            "hybrid_nodes.certificate_authority: ['private_ca_arn']: belongs to credential_provider "
            "'iam-roles-anywhere'; leave it out",
        ),
    ),
    BadInput(
        "an unknown credential provider",
        {"hybrid_nodes.credential_provider": "iam-ra"},
        ("hybrid_nodes.credential_provider: 'iam-ra': allowed: 'iam-roles-anywhere' or 'ssm'",),
    ),
    BadInput(
        "two CAs",
        {f"{AUTHORITY}.pem": "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----"},
        ("hybrid_nodes.certificate_authority: ['pem', 'private_ca_arn']: allowed: exactly one of pem, private_ca_arn",),
    ),
    BadInput(
        "the CA's private key",
        {AUTHORITY: {"pem": "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----"}},
        (
            "hybrid_nodes.certificate_authority.pem: '<a private key>': allowed: certificates alone; keep the CA's key "
            "where it is safe",
        ),
    ),
    BadInput(
        "no certificate",
        {AUTHORITY: {"pem": "our-ca.pem"}},
        (
            "hybrid_nodes.certificate_authority.pem: 'our-ca.pem': no certificate in it; allowed: CA certificates in "
            "PEM",
        ),
    ),
    BadInput(
        "half a certificate",
        {AUTHORITY: {"pem": "-----BEGIN CERTIFICATE-----\nMAA\n-----END CERTIFICATE-----"}},
        (
            "hybrid_nodes.certificate_authority.pem: '-----BEGIN CERTIFICATE-----\\nMAA\\n-----END': certificate 1 "
            "is not base64; allowed: CA certificates in PEM",
        ),
    ),
    BadInput(
        "a public range of nodes",
        {"hybrid_nodes.remote_node_networks": ["203.0.113.0/24"]},
        (
            "hybrid_nodes.remote_node_networks[0]: '203.0.113.0/24': not a private range; allowed: ranges within "
            "10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16",
        ),
    ),
    BadInput(
        "nodes in the VPC's range",
        {"hybrid_nodes.remote_node_networks": ["10.0.200.0/24"], "network.vpc_cidr": "10.0.0.0/16"},
        (
            "hybrid_nodes.remote_node_networks[0]: '10.0.200.0/24': overlaps network.vpc_cidr 10.0.0.0/16; allowed: a "
            "range of its own",
        ),
    ),
    BadInput(
        "pods in the services' range",
        {"hybrid_nodes.remote_pod_networks": ["172.20.128.0/17"]},
        (
            "hybrid_nodes.remote_pod_networks[0]: '172.20.128.0/17': overlaps a range that EKS may give to services, "
            "172.20.0.0/16; allowed: a range of its own",
        ),
    ),
    BadInput(
        "pods in the nodes' range",
        {"hybrid_nodes.remote_pod_networks": ["192.168.0.0/16"]},
        (
            "hybrid_nodes.remote_pod_networks[0]: '192.168.0.0/16': overlaps hybrid_nodes.remote_node_networks[0] "
            "192.168.10.0/24; allowed: a range of its own",
        ),
    ),
    BadInput(
        "two systems with one name",
        {"hybrid_nodes.groups[1].hosts": ["dgx-02"]},
        (
            "hybrid_nodes.groups[1].hosts[0]: 'dgx-02': already the name of hybrid_nodes.groups[0].hosts[1]; a name "
            "stands for one host",
        ),
    ),
    BadInput(
        "a system with an instance's name",
        {"hybrid_nodes.groups[1].hosts": ["host-g5-0-0"]},
        (
            "hybrid_nodes.groups[1].hosts[0]: 'host-g5-0-0': already the name of an instance of dedicated_hosts[0]; a "
            "name stands for one host",
        ),
    ),
    BadInput(
        "a group of systems with a pool's name",
        {"hybrid_nodes.groups[0].name": "host-g5"},
        (
            "hybrid_nodes.groups[0].name: 'host-g5': already the name of dedicated_hosts[0]; names are unique across "
            "pools",
        ),
    ),
    BadInput(
        "a system that nobody knows",
        {"hybrid_nodes.groups[0].machine": "dgx-h10"},
        (
            "hybrid_nodes.groups[0].machine: 'dgx-h10': allowed: a DGX system: 'dgx-a100', 'dgx-b200', 'dgx-b300', "
            "'dgx-h100' or 'dgx-h200'; did you mean 'dgx-h100'?",
        ),
    ),
    BadInput(
        "a layout of another GPU",
        {"hybrid_nodes.groups[1].mig_layout": "all-1g.18gb"},
        (
            "hybrid_nodes.groups[1].mig_layout: 'all-1g.18gb': no layout of the A100-80GB of 'dgx-a100'; allowed: "
            "'all-disabled', 'all-1g.10gb', 'all-1g.10gb.me', 'all-1g.20gb', 'all-2g.20gb', 'all-3g.40gb', "
            "'all-4g.40gb' or 'all-7g.80gb'",
        ),
    ),
    BadInput(
        "a layout of a GPU without MIG",
        {"dedicated_hosts[0].mig_layout": "all-1g.10gb"},
        (
            "dedicated_hosts[0].mig_layout: 'all-1g.10gb': the A10G of 'g5.48xlarge' has no MIG; allowed: "
            "'all-disabled', or leave it out",
        ),
    ),
    BadInput(
        "a host that Ansible does not know",
        {"dedicated_hosts[0].instance_type": "g5g.16xlarge"},
        (
            "dedicated_hosts[0].instance_type: 'g5g.16xlarge': catalogue/gpu-machines.yaml has no such machine; "
            "allowed: 'g4dn.12xlarge', 'g4dn.metal', 'g5.24xlarge', 'g5.48xlarge', 'g6.24xlarge', 'g6.48xlarge', "
            "'g6e.24xlarge', 'g6e.48xlarge', 'g7.12xlarge', 'g7.24xlarge', 'g7.48xlarge', 'g7e.12xlarge', "
            "'g7e.24xlarge', 'g7e.48xlarge' or 'p4d.24xlarge'",
        ),
    ),
    BadInput(
        "hosts without a version set",
        {"gpu_hosts": REMOVED},
        (
            "gpu_hosts: not set: required beside dedicated_hosts and hybrid_nodes; allowed: a mapping with the key "
            "version_set",
        ),
    ),
    BadInput(
        "a version set that is not there",
        {"gpu_hosts.version_set": "2019-01"},
        ("gpu_hosts.version_set: '2019-01': no such file in ansible/versions/; allowed: '2026-11'",),
    ),
)
