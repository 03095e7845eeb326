"""Trust policies: who may assume a role, one principal each."""

from __future__ import annotations

import json

import pulumi


def service_trust(service: str, account_id: str | None = None) -> str:
    """Trust policy for one AWS service (`ec2.amazonaws.com`); with an account, only on that account's behalf.

    EC2 assumes its role without naming an account, so it takes none.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    statement: dict[str, object] = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    if account_id is not None:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": account_id}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, sort_keys=True)


def pod_identity_trust(account_id: str, namespace: str, service_account: str) -> str:
    """Trust policy that only this service account of this account's clusters can use.

    The request tags are set by EKS itself, so a wrong association elsewhere gains nothing.
    https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html
    """
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "AllowEksAuthToAssumeRoleForPodIdentity",
                    "Effect": "Allow",
                    "Principal": {"Service": "pods.eks.amazonaws.com"},
                    "Action": ["sts:AssumeRole", "sts:TagSession"],
                    "Condition": {
                        "StringEquals": {
                            "aws:SourceAccount": account_id,
                            "aws:RequestTag/kubernetes-namespace": namespace,
                            "aws:RequestTag/kubernetes-service-account": service_account,
                        }
                    },
                }
            ],
        },
        sort_keys=True,
    )


def roles_anywhere_trust(trust_anchor_arn: pulumi.Input[str]) -> pulumi.Output[str]:
    """Trust policy for hosts with a certificate of this trust anchor; a session bears the name in the certificate.

    A host that gave itself another's name could register as that node.
    https://docs.aws.amazon.com/eks/latest/userguide/hybrid-nodes-creds.html
    """
    ours = {"ArnEquals": {"aws:SourceArn": trust_anchor_arn}}
    own_name = {"StringEquals": {"sts:RoleSessionName": "${aws:PrincipalTag/x509Subject/CN}"}}
    principal = {"Service": "rolesanywhere.amazonaws.com"}
    return pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": principal,
                    "Action": ["sts:TagSession", "sts:SetSourceIdentity"],
                    "Condition": ours,
                },
                {
                    "Effect": "Allow",
                    "Principal": principal,
                    "Action": "sts:AssumeRole",
                    "Condition": {**own_name, **ours},
                },
            ],
        },
        sort_keys=True,
    )
