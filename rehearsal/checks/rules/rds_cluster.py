"""What RDS refuses in Aurora clusters: names, versions, credentials, storage, deletion."""

from __future__ import annotations

import re
from typing import Final

from rehearsal.checks import facts
from rehearsal.checks.reading import is_absent, is_given, number, of, text, texts, truth
from rehearsal.checks.rule import Broken, one_of, rule
from rehearsal.checks.rules.network import differ, vpc_of
from rehearsal.checks.rules.rds_groups import CLUSTER_GROUP, POSTGRESQL, SUBNET_GROUP
from rehearsal.checks.world import World
from rehearsal.plan import Registration

CLUSTER: Final = "aws:rds/cluster:Cluster"
INSTANCE: Final = "aws:rds/clusterInstance:ClusterInstance"
CREATE = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html"
AURORA = ("aurora-mysql", POSTGRESQL)
STORAGE = ("", "aurora", "aurora-iopt1")
PORTS = range(1150, 65536)
SHORTEST_PASSWORD = 8
_IDENTIFIER = re.compile(r"[A-Za-z](?:-?[A-Za-z0-9])*")
_LONGEST_IDENTIFIER = 63
_DATABASE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_USER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
_COPIED = (
    "snapshotIdentifier",
    "replicationSourceIdentifier",
    "restoreToPointInTime",
    "s3Import",
    "globalClusterIdentifier",
)
"""Clusters that come from something else, which brings its master user."""


@rule(CLUSTER, INSTANCE, source=CREATE)
def identifier(r: Registration, _: World) -> Broken:
    """An identifier has RDS's grammar."""
    for path in ("clusterIdentifier", "finalSnapshotIdentifier") if r.type == CLUSTER else ("identifier",):
        longest = 255 if path == "finalSnapshotIdentifier" else _LONGEST_IDENTIFIER
        for at, name in texts(r, path):
            if not _IDENTIFIER.fullmatch(name) or len(name) > longest:
                yield at, f"{name!r}: at most {longest} letters, digits and single hyphens, beginning with a letter"


@rule(CLUSTER, source=facts.source("aurora_postgresql_versions"))
def version(r: Registration, world: World) -> Broken:
    """An engine is one that clusters have, its version one of its own, and its parameter group of that version."""
    engine, asked = text(r, "engine"), text(r, "engineVersion")
    engines = tuple(facts.values("database_log_exports"))
    if engine is not None and engine not in engines:
        yield "engine", one_of(engine, engines)
    if asked is None:
        return
    if engine == POSTGRESQL:
        yield from _postgresql_version(asked)
    elif engine == "aurora-mysql" and not re.fullmatch(r"(5\.7|8\.\d)(\.mysql_aurora\.\d+(\.\d+)*)?", asked):
        yield "engineVersion", f"{asked!r} is not a version of {engine}: 8.0.mysql_aurora.<version>"
    group = world.named(CLUSTER_GROUP, text(r, "dbClusterParameterGroupName") or "")
    family = of(group.outputs, "family") if group else None
    if engine == POSTGRESQL and isinstance(family, str) and family != f"{POSTGRESQL}{asked.partition('.')[0]}":
        yield "dbClusterParameterGroupName", f"its family is {family}; the cluster is {engine} {asked}"


def _postgresql_version(asked: str) -> Broken:
    first: dict[int, int] = facts.values("aurora_postgresql_versions")
    match = re.fullmatch(r"(\d{1,3})(?:\.(\d{1,3}))?(?:\.\d+)?(?:-limitless)?", asked)
    if match is None or int(match[1]) not in first:
        yield "engineVersion", f"{asked!r} is not a version of Aurora; its majors: {', '.join(map(str, first))}"
    elif match[2] is not None and int(match[2]) < first[int(match[1])]:
        yield "engineVersion", f"{asked} was never in Aurora, which began with {match[1]}.{first[int(match[1])]}"


@rule(CLUSTER, source=CREATE)
def credentials(r: Registration, _: World) -> Broken:
    """A new cluster has a master user, and its password from exactly one place."""
    copied = any(not is_absent(r, path) for path in _COPIED)
    managed, password = truth(r, "manageMasterUserPassword"), text(r, "masterPassword")
    given = not (is_absent(r, "masterPassword") and is_absent(r, "masterPasswordWo"))
    if managed and (is_given(r, "masterPassword") or is_given(r, "masterPasswordWo")):
        yield "masterPassword", "is given, and manageMasterUserPassword has RDS make one up; a cluster has one password"
    nothing = is_absent(r, "manageMasterUserPassword") or managed is False
    if not copied and not given and nothing:
        yield "masterPassword", "is missing, and RDS is not to manage one (manageMasterUserPassword)"
    if not copied and is_absent(r, "masterUsername"):
        yield "masterUsername", "is missing"
    if password is not None and (len(password) < SHORTEST_PASSWORD or re.search(r'[/"@ ]', password)):
        yield (
            "masterPassword",
            f'(not shown): at least {SHORTEST_PASSWORD} printable characters without / " @ and space',
        )
    if nothing and is_given(r, "masterUserSecretKmsKeyId"):
        yield "masterUserSecretKmsKeyId", "is for the secret that manageMasterUserPassword makes, and there is none"


@rule(CLUSTER, source=facts.source("reserved_master_usernames"))
def names(r: Registration, _: World) -> Broken:
    """The master user and the first database have names that the engine takes."""
    reserved = facts.values("reserved_master_usernames").get(text(r, "engine"), ())
    for at, user in texts(r, "masterUsername"):
        if not _USER.fullmatch(user):
            yield at, f"{user!r}: letters, digits and _, beginning with a letter"
        if user.lower() in reserved:
            yield at, f"{user!r} is a word that the engine reserves"
    for at, name in texts(r, "databaseName"):
        if not _DATABASE.fullmatch(name) or name in ("rdsadmin", "template0", "template1"):
            yield (
                at,
                f"{name!r}: at most 63 letters, digits and _, beginning with a letter, not one of the engine's own",
            )


@rule(CLUSTER, source=CREATE)
def places(r: Registration, world: World) -> Broken:
    """A cluster's security groups are of its subnets' VPC."""
    group = world.named(SUBNET_GROUP, text(r, "dbSubnetGroupName") or "")
    subnets = of(group.outputs, "subnetIds") if group else None
    theirs = vpc_of(str(subnets[0]), world) if isinstance(subnets, list) and subnets else None
    for at, security_group in texts(r, "vpcSecurityGroupIds[]"):
        mine = vpc_of(security_group, world)
        if differ(mine, theirs):
            yield at, f"{security_group} belongs to {mine}; the cluster's subnets to {theirs}"


@rule(CLUSTER, source=CREATE)
def storage(r: Registration, _: World) -> Broken:
    """Aurora has storage of its own kinds, and encrypts it with a key only where it encrypts."""
    aurora = text(r, "engine") in AURORA
    for at, kind in texts(r, "storageType"):
        if aurora and kind not in STORAGE:
            yield at, one_of(kind, STORAGE)
    for name in ("iops", "dbClusterInstanceClass"):
        if aurora and is_given(r, name):
            yield name, "is for Multi-AZ clusters that are not Aurora"
    unencrypted = truth(r, "storageEncrypted") is False or is_absent(r, "storageEncrypted")
    if unencrypted and is_given(r, "kmsKeyId"):
        yield "kmsKeyId", "is given, and storageEncrypted is not true"
    port = number(r, "port")
    if port is not None and port not in PORTS:
        yield "port", f"{port} is not allowed; allowed: {PORTS.start} to {PORTS.stop - 1}"


@rule(CLUSTER, source=facts.source("database_log_exports"))
def logs(r: Registration, _: World) -> Broken:
    """A cluster exports logs that its engine writes."""
    allowed = facts.values("database_log_exports").get(text(r, "engine"))
    for at, name in texts(r, "enabledCloudwatchLogsExports[]"):
        if allowed and name not in allowed:
            yield at, one_of(name, allowed)


@rule(CLUSTER, source="https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBCluster.html")
def final_snapshot(r: Registration, _: World) -> Broken:
    """A cluster that may be deleted says whether a last snapshot is taken, and what it is called."""
    kept = r.protect or r.retain_on_delete
    skipped = not is_absent(r, "skipFinalSnapshot") and truth(r, "skipFinalSnapshot") is not False
    if not kept and not skipped and is_absent(r, "finalSnapshotIdentifier"):
        yield "finalSnapshotIdentifier", "is missing, and skipFinalSnapshot is not true: it could not be deleted"
