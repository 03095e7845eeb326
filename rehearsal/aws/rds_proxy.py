"""RDS Proxy: the proxy, its pool of connections, and what it leads to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.aws.account import Account
from rehearsal.aws.rds_groups import rds_tags
from rehearsal.aws.shapes import capitalised, existing, shaped_like, uncapitalised
from rehearsal.aws.translation import Created, Emulated, Inputs, given, tag_list, translates
from rehearsal.plan import Resource

_AUTH = {"iamAuth": "IAMAuth", "username": "UserName"}
_TRACKED = "TRACKED_CLUSTER"
_DEFAULT = "default"


@translates("aws:rds/proxy:Proxy")
class Proxy(Emulated):
    """A proxy in front of databases; its id is its name."""

    loses = {
        "auths[].description": "moto drops it",
        "auths[].username": "moto drops it",
        "defaultAuthScheme": "moto drops it",
        "endpointNetworkType": "moto drops it",
        "targetConnectionNetworkType": "moto drops it",
    }

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the proxy; AWS makes its default target group with it."""
        request = given(
            inputs,
            DBProxyName="name",
            EngineFamily="engineFamily",
            DefaultAuthScheme="defaultAuthScheme",
            RoleArn="roleArn",
            VpcSubnetIds="vpcSubnetIds",
            VpcSecurityGroupIds="vpcSecurityGroupIds",
            RequireTLS="requireTls",
            IdleClientTimeout="idleClientTimeout",
            DebugLogging="debugLogging",
            EndpointNetworkType="endpointNetworkType",
            TargetConnectionNetworkType="targetConnectionNetworkType",
        )
        auth = capitalised(inputs.get("auths") or [], frozenset(), **_AUTH)
        seen = aws.call("rds", "create_db_proxy", Auth=auth, **request, Tags=tag_list(inputs))["DBProxy"]
        outputs = {
            "arn": seen["DBProxyArn"],
            "endpoint": seen["Endpoint"],
            "idleClientTimeout": seen["IdleClientTimeout"],
            "name": seen["DBProxyName"],
            "region": aws.region,
            "vpcId": seen["VpcId"],
            "vpcSecurityGroupIds": seen["VpcSecurityGroupIds"],
        }
        return Created(seen["DBProxyName"], outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the proxy."""
        answer = existing(aws, "rds", "describe_db_proxies", DBProxyName=resource.id)
        if answer is None:
            return None
        seen, inputs = answer["DBProxies"][0], resource.registration.inputs
        return {
            "auths": shaped_like(inputs.get("auths"), uncapitalised(seen["Auth"], frozenset(), **_AUTH)),
            "debugLogging": seen["DebugLogging"],
            "defaultAuthScheme": seen.get("DefaultAuthScheme"),
            "endpointNetworkType": seen.get("EndpointNetworkType"),
            "engineFamily": seen["EngineFamily"],
            "idleClientTimeout": seen["IdleClientTimeout"],
            "name": seen["DBProxyName"],
            "requireTls": seen["RequireTLS"],
            "roleArn": seen["RoleArn"],
            "targetConnectionNetworkType": seen.get("TargetConnectionNetworkType"),
            "vpcSecurityGroupIds": seen["VpcSecurityGroupIds"],
            "vpcSubnetIds": seen["VpcSubnetIds"],
            "tagsAll": rds_tags(aws, seen["DBProxyArn"]),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the proxy."""
        aws.call("rds", "delete_db_proxy", DBProxyName=resource.id)


@translates("aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup")
class ProxyDefaultTargetGroup(Emulated):
    """The pool of a proxy's connections: AWS made it, the provider sets it; its id is the proxy's name."""

    adopts = True
    loses = {"connectionPoolConfig.initQuery": "moto drops it"}

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Set the pool."""
        proxy, pool = inputs["dbProxyName"], capitalised(inputs.get("connectionPoolConfig") or {})
        group = {"DBProxyName": proxy, "TargetGroupName": _DEFAULT}
        answer = aws.call("rds", "modify_db_proxy_target_group", **group, ConnectionPoolConfig=pool)
        arn = answer["DBProxyTargetGroup"]["TargetGroupArn"]
        return Created(proxy, {"arn": arn, "name": _DEFAULT, "region": aws.region})

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the pool."""
        groups = _of_proxy(aws, resource.id, "describe_db_proxy_target_groups", "TargetGroups")
        if not groups:
            return None
        asked = resource.registration.inputs.get("connectionPoolConfig")
        return {
            "dbProxyName": groups[0]["DBProxyName"],
            "connectionPoolConfig": shaped_like(asked, uncapitalised(groups[0]["ConnectionPoolConfig"])),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Leave the pool as it is, as the provider does: it goes with the proxy."""


@translates("aws:rds/proxyTarget:ProxyTarget")
class ProxyTarget(Emulated):
    """What a proxy leads to: a cluster, or an instance that is in none."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Register the target."""
        proxy, group = inputs["dbProxyName"], inputs["targetGroupName"]
        seen = aws.call(
            "rds", "register_db_proxy_targets", DBProxyName=proxy, TargetGroupName=group, **_registered(inputs)
        )["DBProxyTargets"][0]
        tracked = seen["RdsResourceId"] if seen["Type"] == _TRACKED else ""
        outputs = {
            "endpoint": seen.get("Endpoint", ""),
            "port": seen["Port"],
            "rdsResourceId": seen["RdsResourceId"],
            "region": aws.region,
            "targetArn": "",
            "trackedClusterId": tracked,
            "type": seen["Type"],
        }
        return Created("/".join((proxy, group, seen["Type"], seen["RdsResourceId"])), outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Find the target among those of its proxy."""
        proxy, group, kind, target = resource.id.split("/")
        for seen in _of_proxy(aws, proxy, "describe_db_proxy_targets", "Targets"):
            if (seen["Type"], seen["RdsResourceId"]) == (kind, target):
                key = "dbClusterIdentifier" if kind == _TRACKED else "dbInstanceIdentifier"
                return {"dbProxyName": proxy, "targetGroupName": group, key: target}
        return None

    def delete(self, aws: Account, resource: Resource) -> None:
        """Take the target from the proxy."""
        proxy, group, _, _ = resource.id.split("/")
        registered = _registered(resource.registration.inputs)
        aws.call("rds", "deregister_db_proxy_targets", DBProxyName=proxy, TargetGroupName=group, **registered)


def _registered(inputs: Inputs) -> dict[str, list[str]]:
    keys = {"DBClusterIdentifiers": "dbClusterIdentifier", "DBInstanceIdentifiers": "dbInstanceIdentifier"}
    return {theirs: [inputs[ours]] for theirs, ours in keys.items() if inputs.get(ours)}


def _of_proxy(aws: Account, proxy: str, operation: str, items: str) -> list[dict[str, Any]]:
    """Describe what belongs to a proxy; nothing where the proxy is gone, at which moto would crash."""
    if existing(aws, "rds", "describe_db_proxies", DBProxyName=proxy) is None:
        return []
    return aws.call("rds", operation, DBProxyName=proxy)[items]
