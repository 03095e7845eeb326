"""Own machines as hybrid nodes. Does not prove that a machine can join: neither nodeadm nor the services run here."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.hybrid_nodes import HybridNodes, HybridNodesArgs
from components.roles_anywhere import CertificateAuthority
from tests.components.recorder import Recording, record

RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
PRIVATE_CA = CertificateAuthority(private_ca_arn="arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/1")
ANCHOR_ARN = "arn:aws:mock:us-east-1:111122223333:dgx-trust-anchor"


def build(*, preview: bool = False, **changes: Any) -> Recording:
    settings: dict[str, Any] = {
        "platform": "llm-platform-prod",
        "cluster_name": "llm-platform-prod",
        "cluster_arn": "arn:cluster",
        "cluster_security_group_id": "sg-cluster",
        "account_id": "111122223333",
        "region": "us-east-1",
        "node_networks": ["10.200.0.0/24"],
        "pod_networks": ["10.201.0.0/16"],
        "hosts": 3,
        "secrets_key_arn": "arn:key",
        "certificate_authority": PRIVATE_CA,
        "session_hours": 2,
        "cached_prefixes": ["k8s"],
    }

    def program() -> None:
        HybridNodes("dgx", HybridNodesArgs(**settings | changes))

    return record(program, preview=preview)


ALWAYS = {
    ("llm-platform:hybrid_nodes:HybridNodes", "dgx"),
    ("aws:iam/role:Role", "dgx-role"),
    ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "dgx-AmazonEC2ContainerRegistryPullOnly"),
    ("aws:iam/rolePolicy:RolePolicy", "dgx-policy"),
    ("aws:iam/rolePolicy:RolePolicy", "dgx-pull-through"),
    ("aws:eks/accessEntry:AccessEntry", "dgx-access"),
    *(
        (RULE, f"dgx-{what}-from-{network}")
        for what in ("api", "dns", "dns-tcp")
        for network in ("10-200-0-0-24", "10-201-0-0-16")
    ),
}


@pytest.mark.parametrize("preview", [False, True])
def test_children_with_certificates(preview: bool):
    assert build(preview=preview).children() == ALWAYS | {
        ("aws:rolesanywhere/trustAnchor:TrustAnchor", "dgx-trust-anchor"),
        ("aws:rolesanywhere/profile:Profile", "dgx-profile"),
    }


@pytest.mark.parametrize("preview", [False, True])
def test_children_through_ssm(preview: bool):
    assert build(preview=preview, certificate_authority=None).children() == ALWAYS | {
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "dgx-AmazonSSMManagedInstanceCore"),
        ("llm-platform:machine_activation:MachineActivation", "dgx-activation"),
        ("aws:ssm/activation:Activation", "dgx-activation-ssm"),
        ("aws:secretsmanager/secret:Secret", "dgx-activation-secret"),
        ("aws:secretsmanager/secretVersion:SecretVersion", "dgx-activation-version"),
    }


def test_a_certificate_opens_the_role_under_its_own_name_alone():
    trust = json.loads(build().one("dgx-role").inputs["assumeRolePolicy"])
    ours = {"aws:SourceArn": ANCHOR_ARN}
    assert [statement["Condition"] for statement in trust["Statement"]] == [
        {"ArnEquals": ours},
        {"ArnEquals": ours, "StringEquals": {"sts:RoleSessionName": "${aws:PrincipalTag/x509Subject/CN}"}},
    ]
    assert {statement["Principal"]["Service"] for statement in trust["Statement"]} == {"rolesanywhere.amazonaws.com"}


def test_the_profile_lets_sessions_bear_the_hosts_name():
    assert build().one("dgx-profile").inputs == {
        "name": "llm-platform-prod-hybrid-nodes",
        "enabled": True,
        "roleArns": ["arn:aws:mock:us-east-1:111122223333:dgx-role"],
        "durationSeconds": 7200,
        "acceptRoleSessionName": True,
    }
    assert build().one("dgx-role").inputs["maxSessionDuration"] == 7200


@pytest.mark.parametrize(
    ("authority", "source"),
    [
        (PRIVATE_CA, {"sourceType": "AWS_ACM_PCA", "sourceData": {"acmPcaArn": PRIVATE_CA.private_ca_arn}}),
        (
            CertificateAuthority(pem="PEM"),
            {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": "PEM"}},
        ),
    ],
)
def test_the_trust_anchor_is_the_ca_that_was_named(authority: CertificateAuthority, source: dict[str, Any]):
    assert build(certificate_authority=authority).one("dgx-trust-anchor").inputs["source"] == source


@pytest.mark.parametrize("given", [{}, {"pem": "PEM", "private_ca_arn": "arn:ca"}])
def test_one_ca_and_no_more(given: dict[str, str]):
    with pytest.raises(ValueError, match="exactly one CA"):
        CertificateAuthority(**given)


def test_the_role_may_do_what_a_node_must_on_this_cluster():
    statements = json.loads(build().one("dgx-policy").inputs["policy"])["Statement"]
    assert {s["Sid"]: (s["Action"], s["Resource"]) for s in statements} == {
        "JoinCluster": (["eks:DescribeCluster", "eks:ListAccessEntries"], "arn:cluster"),
        "PodIdentity": ("eks-auth:AssumeRoleForPodIdentity", "arn:cluster"),
    }
    assert build().one("dgx-access").inputs["type"] == "HYBRID_LINUX"


def test_through_ssm_it_may_take_this_clusters_machines_out_again():
    recording = build(certificate_authority=None)
    statements = json.loads(recording.one("dgx-policy").inputs["policy"])["Statement"]
    leaving = next(s for s in statements if s["Sid"] == "LeaveSsm")
    assert leaving["Condition"] == {"StringEquals": {"ssm:resourceTag/EKSClusterARN": "arn:cluster"}}
    assert recording.one("dgx-activation-ssm").inputs["tags"] == {"EKSClusterARN": "arn:cluster"}
    trust = json.loads(recording.one("dgx-role").inputs["assumeRolePolicy"])["Statement"][0]
    assert trust["Principal"] == {"Service": "ssm.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}


def test_an_activation_is_for_as_many_machines_as_there_are_and_its_code_goes_to_a_secret():
    recording = build(certificate_authority=None, activation_until="2026-12-15")
    activation = recording.one("dgx-activation-ssm")
    assert activation.inputs["registrationLimit"] == 3
    assert activation.inputs["expirationDate"] == "2026-12-15T23:59:59Z"
    assert activation.inputs["iamRole"] == "dgx-role"
    secret = recording.one("dgx-activation-secret")
    assert secret.inputs["kmsKeyId"] == "arn:key"
    # Pods may read llm-platform/<environment>/ through External Secrets.
    assert secret.inputs["name"] == "llm-platform-prod/hybrid-nodes/activation"
    assert recording.one("dgx-activation-version").inputs["secretId"] == "dgx-activation-secret-id"


def test_remote_networks_reach_the_api_and_cluster_dns_and_nothing_else():
    rules = build().of_type(RULE)
    assert {(r.inputs["ipProtocol"], r.inputs["fromPort"], r.inputs["toPort"]) for r in rules} == {
        ("tcp", 443, 443),
        ("udp", 53, 53),
        ("tcp", 53, 53),
    }
    assert {r.inputs["cidrIpv4"] for r in rules} == {"10.200.0.0/24", "10.201.0.0/16"}
    assert {r.inputs["securityGroupId"] for r in rules} == {"sg-cluster"}
