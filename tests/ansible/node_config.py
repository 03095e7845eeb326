"""What eks-hybrid's nodeadm accepts as a NodeConfig: fields of its v1alpha1 definition, and what its validator asks.

Written from the definition (crds/node.eks.aws_nodeconfigs.yaml of https://github.com/aws/eks-hybrid, seen in August
2026), closed as nodeadm's strict decoding is: an unknown field is an error there too.
"""

from __future__ import annotations

from typing import Any, Final

import yaml
from jsonschema import Draft202012Validator

TEXT: Final = {"type": "string", "minLength": 1}
ROLES_ANYWHERE: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["nodeName", "trustAnchorArn", "profileArn", "roleArn"],
    "properties": {
        "nodeName": {"type": "string", "minLength": 1, "maxLength": 64},
        "trustAnchorArn": {
            "type": "string",
            "pattern": "^arn:aws[a-z-]*:rolesanywhere:[a-z0-9-]+:[0-9]{12}:trust-anchor/",
        },
        "profileArn": {"type": "string", "pattern": "^arn:aws[a-z-]*:rolesanywhere:[a-z0-9-]+:[0-9]{12}:profile/"},
        "roleArn": {"type": "string", "pattern": "^arn:aws[a-z-]*:iam::[0-9]{12}:role/"},
        "awsConfigPath": TEXT,
        "certificatePath": TEXT,
        "privateKeyPath": TEXT,
    },
}
MANAGER: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["activationCode", "activationId"],
    "properties": {
        "activationCode": {"type": "string", "minLength": 20, "maxLength": 250},
        "activationId": {"type": "string", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"},
    },
}
SPEC: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["cluster", "hybrid"],
    "properties": {
        "cluster": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name", "region"],
            "properties": {
                "name": TEXT,
                "region": TEXT,
                "apiServerEndpoint": {"type": "string", "pattern": "^https://"},
                "certificateAuthority": {"type": "string", "contentEncoding": "base64", "minLength": 1},
                "cidr": {"type": "string", "pattern": "^[0-9.]+/[0-9]+$"},
                "enableOutpost": {"type": "boolean"},
                "id": TEXT,
            },
        },
        "containerd": {"type": "object", "additionalProperties": False, "properties": {"config": TEXT}},
        "instance": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "localStorage": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"strategy": {"enum": ["RAID0", "Mount"]}},
                }
            },
        },
        "kubelet": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "config": {"type": "object"},
                # nodeadm refuses a name of one's own here.
                "flags": {"type": "array", "items": {"type": "string", "pattern": "^--(?!hostname-override)[a-z-]+=."}},
            },
        },
        "hybrid": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "enableCredentialsFile": {"type": "boolean"},
                "iamRolesAnywhere": ROLES_ANYWHERE,
                "ssm": MANAGER,
            },
            "oneOf": [{"required": ["iamRolesAnywhere"]}, {"required": ["ssm"]}],
        },
    },
}
SCHEMA: Final = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["apiVersion", "kind", "spec"],
    "properties": {
        "apiVersion": {"const": "node.eks.aws/v1alpha1"},
        "kind": {"const": "NodeConfig"},
        "metadata": {"type": "object"},
        "spec": SPEC,
    },
}


def faults(text: str) -> list[str]:
    """Return what nodeadm would not accept in the document."""
    errors = Draft202012Validator(SCHEMA).iter_errors(yaml.safe_load(text))
    return [f"{error.json_path}: {error.message}" for error in errors]


def spec_of(text: str) -> dict[str, Any]:
    """Return the document's spec."""
    return yaml.safe_load(text)["spec"]
