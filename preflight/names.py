"""Are the cluster's version and the platform's names to be had?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from components.naming import flow_log_group_name, platform_name
from preflight.findings import AccountReader, Finding, Level
from preflight.ownership import is_ours

VERSION, NAMES = "kubernetes", "names"


def version(reader: AccountReader) -> Iterator[Finding]:
    """EKS offers the Kubernetes version, under standard support: that is the cluster's upgrade policy."""
    wanted = reader.settings.cluster.kubernetes_version
    found = reader.all("eks", "describe_cluster_versions", "clusterVersions", includeAll=True)
    status = {each["clusterVersion"]: str(each.get("versionStatus", "")) for each in found}
    if status.get(wanted) == "STANDARD_SUPPORT":
        yield Finding(Level.FINE, VERSION, f"Kubernetes {wanted}", "under standard support")
        return
    standard = ", ".join(sorted(each for each, seen in status.items() if seen == "STANDARD_SUPPORT"))
    seen = status.get(wanted, "not offered").replace("_", " ").lower()
    yield Finding(
        Level.STOP,
        VERSION,
        f"Kubernetes {wanted}",
        f"EKS says: {seen}",
        f"set cluster.kubernetes_version to one under standard support: {standard}",
    )


def cluster(reader: AccountReader) -> Iterator[Finding]:
    """No other cluster has the platform's name."""
    name = _platform(reader)
    found = reader.ask("eks", "describe_cluster", "ResourceNotFoundException", name=name)
    tags = None if found is None else found["cluster"].get("tags", {})
    yield _name(reader, f"EKS cluster {name}", tags)


def log_groups(reader: AccountReader) -> Iterator[Finding]:
    """No other log group has the names of the control plane's or the flow logs': EKS makes its own, unencrypted."""
    names = [f"/aws/eks/{_platform(reader)}/cluster"]
    if reader.settings.network.adopt is None:
        names.append(flow_log_group_name(_platform(reader)))
    for name in names:
        found = reader.all("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=name)
        arns = [group["arn"].removesuffix(":*") for group in found if group["logGroupName"] == name]
        tags = reader.ask("logs", "list_tags_for_resource", resourceArn=arns[0])["tags"] if arns else None
        yield _name(reader, f"log group {name}", tags)


def aliases(reader: AccountReader) -> Iterator[Finding]:
    """No other key has an alias of the platform; the state's own key is no part of it."""
    prefix = f"alias/{_platform(reader)}/"
    found = {alias["AliasName"]: alias.get("TargetKeyId") for alias in reader.all("kms", "list_aliases", "Aliases")}
    taken = {name: key for name, key in found.items() if name.startswith(prefix) and name != f"{prefix}pulumi"}
    for name, key in sorted(taken.items()):
        tags = reader.all("kms", "list_resource_tags", "Tags", KeyId=key) if key else []
        yield _name(reader, f"KMS alias {name}", tags)
    if not taken:
        yield _name(reader, f"KMS aliases {prefix}*", None)


def repositories(reader: AccountReader) -> Iterator[Finding]:
    """No other repository has the name of one of the platform's."""
    found = {
        each["repositoryName"]: each["repositoryArn"]
        for each in reader.all("ecr", "describe_repositories", "repositories")
    }
    for repository in reader.settings.storage.repositories:
        name = f"{_platform(reader)}/{repository}"
        arn = found.get(name)
        tags = reader.ask("ecr", "list_tags_for_resource", resourceArn=arn)["tags"] if arn else None
        yield _name(reader, f"ECR repository {name}", tags)


def buckets(reader: AccountReader) -> Iterator[Finding]:
    """No other bucket of the account has the name of one of the platform's; those of other accounts can't be seen."""
    prefix, suffix = f"{_platform(reader)}-", f"-{reader.settings.aws.account_id}-{reader.region}"
    found = [each["Name"] for each in reader.all("s3", "list_buckets", "Buckets")]
    state = f"{prefix}state{suffix}"
    taken = sorted(name for name in found if name.startswith(prefix) and name.endswith(suffix) and name != state)
    for name in taken:
        tagging = reader.ask("s3", "get_bucket_tagging", "NoSuchTagSet", Bucket=name)
        yield _name(reader, f"S3 bucket {name}", tagging["TagSet"] if tagging else [])
    if not taken:
        yield _name(reader, f"S3 buckets {prefix}*", None)


def _platform(reader: AccountReader) -> str:
    return platform_name(reader.settings.ownership.environment)


def _name(reader: AccountReader, subject: str, tags: Mapping[str, str] | list[Any] | None) -> Finding:
    """Judge a name by the tags of what has it: none if it is free."""
    if tags is None:
        return Finding(Level.FINE, NAMES, subject, "free")
    if is_ours(reader.settings, tags):
        return Finding(
            Level.NOTE,
            NAMES,
            subject,
            "stands already, with this environment's tags: fine if this stack made it",
            "if the stack's state does not know it: `pulumi import` it, or delete what an earlier stack left",
        )
    return Finding(
        Level.STOP,
        NAMES,
        subject,
        "somebody else's thing has this name: it lacks this environment's tags",
        "delete or rename it, or choose another ownership.environment",
    )
