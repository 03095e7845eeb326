"""Amazon Resource Names: their parts, and the ARN that a named resource will have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

ARN: Final = re.compile(r"arn:(aws[a-z-]*):([a-z0-9-]+):([a-z0-9*?-]*):([0-9*?]*|aws):(.+)", re.DOTALL)

_SHAPES: Final[Mapping[str, str]] = {
    "aws:cloudwatch/eventRule:EventRule": "events:{region}:{account}:rule/{name}",
    "aws:cloudwatch/logGroup:LogGroup": "logs:{region}:{account}:log-group:{name}",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "cloudwatch:{region}:{account}:alarm:{name}",
    "aws:ecr/repository:Repository": "ecr:{region}:{account}:repository/{name}",
    "aws:eks/cluster:Cluster": "eks:{region}:{account}:cluster/{name}",
    "aws:iam/instanceProfile:InstanceProfile": "iam::{account}:instance-profile{path}{name}",
    "aws:iam/policy:Policy": "iam::{account}:policy{path}{name}",
    "aws:iam/role:Role": "iam::{account}:role{path}{name}",
    "aws:kms/alias:Alias": "kms:{region}:{account}:{name}",
    "aws:rds/cluster:Cluster": "rds:{region}:{account}:cluster:{name}",
    "aws:rds/clusterInstance:ClusterInstance": "rds:{region}:{account}:db:{name}",
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": "rds:{region}:{account}:cluster-pg:{name}",
    "aws:rds/parameterGroup:ParameterGroup": "rds:{region}:{account}:pg:{name}",
    "aws:rds/subnetGroup:SubnetGroup": "rds:{region}:{account}:subgrp:{name}",
    "aws:s3/bucket:Bucket": "s3:::{name}",
    "aws:sagemaker/endpoint:Endpoint": "sagemaker:{region}:{account}:endpoint/{name}",
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": (
        "sagemaker:{region}:{account}:endpoint-config/{name}"
    ),
    "aws:sagemaker/model:Model": "sagemaker:{region}:{account}:model/{name}",
    "aws:sns/topic:Topic": "sns:{region}:{account}:{name}",
    "aws:sqs/queue:Queue": "sqs:{region}:{account}:{name}",
    "aws:ssm/parameter:Parameter": "ssm:{region}:{account}:parameter{name}",
}
"""https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html"""


@dataclass(frozen=True)
class Arn:
    """An ARN taken apart."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


def parse(text: str) -> Arn | None:
    """Return the parts of an ARN, or None where the text is not one."""
    match = ARN.fullmatch(text)
    return Arn(*match.groups()) if match else None


def of(type_: str, name: str, account: str, region: str, path: str = "/") -> str:
    """Return the ARN that a named resource will have, or an empty string where its type has no such form."""
    shape = _SHAPES.get(type_)
    if shape is None:
        return ""
    return "arn:aws:" + shape.format(name=name, account=account, region=region, path=path)


def is_pattern(text: str) -> bool:
    """Say whether an ARN has wildcards or policy variables."""
    return any(mark in text for mark in ("*", "?", "${"))
