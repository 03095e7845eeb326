"""The section `storage`: buckets, container repositories, the pull-through cache and the Lustre scratch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from stacks.aws_choices import named, steps
from stacks.closeness import listed
from stacks.sections.section import Broken, Section
from stacks.value_types import Days, Flag, OneOf, Text, Whole, Zone

if TYPE_CHECKING:
    from stacks.settings import Settings

_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"

RepositoryName = Annotated[
    str,
    Text(
        "an ECR repository name of 2 to 200 lower-case letters, digits and . _ - / such as 'serving/vllm'",
        rf"{_PART}(?:/{_PART})*",
        lambda name: 2 <= len(name) <= 200,  # noqa: PLR2004 - ECR takes 256; the rest is the environment's prefix
    ),
]
RepositoryPrefix = Annotated[
    str,
    Text(
        "a repository prefix of 2 to 30 lower-case letters, digits and . _ - such as 'quay'",
        rf"{_PART}(?:/{_PART})*",
        lambda prefix: 2 <= len(prefix) <= 30,  # noqa: PLR2004 - ECR's own limits
    ),
]
Upstream = Annotated[
    str,
    OneOf(lambda: (*named("public_registries"), *named("credentialed_registries")), "an upstream registry"),
]
CredentialSecretArn = Annotated[
    str,
    Text(
        "the ARN of a secret whose name begins with 'ecr-pullthroughcache/'",
        r"arn:aws(?:-[a-z]+)*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:ecr-pullthroughcache/[A-Za-z0-9/_+=.@-]+",
    ),
]
ScratchThroughput = Annotated[int, OneOf(lambda: steps("scratch_throughput"), "MB/s per TiB of FSx for Lustre")]

SMALLEST_SCRATCH_GIB, SCRATCH_STEP_GIB = 1200, 2400
"""https://docs.aws.amazon.com/fsx/latest/APIReference/API_CreateFileSystem.html (StorageCapacity)"""


class PullThroughSettings(Section):
    """A rule of the pull-through cache: images of an upstream registry under a prefix of our own."""

    prefix: RepositoryPrefix
    """Prefix of the cached repositories"""

    upstream: Upstream
    """Registry that images come from"""

    credential_secret_arn: CredentialSecretArn | None = None
    """Secret with the user and access token, for registries that ask for one"""


class ScratchSettings(Section):
    """FSx for Lustre scratch beside the training nodes."""

    capacity_gib: Annotated[int, Whole(SMALLEST_SCRATCH_GIB, 240000, "GiB")]
    """Size of the file system: 1200, or a multiple of 2400"""

    throughput_mbps_per_tib: ScratchThroughput
    """Throughput per TiB"""

    zone: Zone
    """Zone of the file system; the training group's, for traffic across zones is slow and paid for"""


class StorageSettings(Section):
    """What is stored and how long it is kept."""

    retained: Flag
    """Whether buckets, keys, repositories and the cluster are protected and outlive the stack"""

    noncurrent_version_days: Days = 30
    """How long overwritten and deleted objects can be brought back"""

    checkpoint_expiry_days: Days = 90
    """How long training checkpoints are kept"""

    audit_lock_days: Annotated[int, Whole(0, 36500, "days")] = 0
    """How long audit logs can't be deleted; 0 for no lock"""

    repositories: tuple[RepositoryName, ...] = ()
    """Container repositories to create, under the environment's prefix"""

    untagged_expiry_days: Days = 14
    """How long untagged images are kept"""

    kept_images: Annotated[int, Whole(1, 10000, "images")] = 50
    """How many tagged images each repository keeps"""

    pull_through: tuple[PullThroughSettings, ...] = ()
    """Registries that are cached in the account's own"""

    scratch: ScratchSettings | None = None
    """Shared scratch for training; none when left out"""


def scratch(settings: Settings) -> Iterator[Broken]:
    """The scratch has a size that FSx sells, in a zone of the network."""
    wanted = settings.storage.scratch
    if wanted is None:
        return
    gib = wanted.capacity_gib
    if gib != SMALLEST_SCRATCH_GIB and gib % SCRATCH_STEP_GIB:
        below = gib // SCRATCH_STEP_GIB * SCRATCH_STEP_GIB or SMALLEST_SCRATCH_GIB
        above = gib // SCRATCH_STEP_GIB * SCRATCH_STEP_GIB + SCRATCH_STEP_GIB
        yield Broken(
            ("storage", "scratch", "capacity_gib"),
            gib,
            f"FSx for Lustre sells 1200 GiB and multiples of 2400 GiB; the nearest are {below} and {above}",
        )


def scratch_zone(settings: Settings) -> Iterator[Broken]:
    """The scratch is in a zone of the network."""
    wanted = settings.storage.scratch
    if wanted is not None and wanted.zone not in settings.network.zones:
        zones = listed(settings.network.zones)
        yield Broken(("storage", "scratch", "zone"), wanted.zone, f"not in network.zones; allowed: {zones}")


def repositories(settings: Settings) -> Iterator[Broken]:
    """Each repository is listed once."""
    names = settings.storage.repositories
    for index, name in enumerate(names):
        if name in names[:index]:
            first = names.index(name)
            yield Broken(("storage", "repositories", index), name, f"the same as storage.repositories[{first}]")


def pull_through(settings: Settings) -> Iterator[Broken]:
    """Each prefix is used once; a registry that asks for a credential gets one, and no other does."""
    seen: dict[str, int] = {}
    for index, entry in enumerate(settings.storage.pull_through):
        path = ("storage", "pull_through", index)
        if entry.prefix in seen:
            message = f"the same as storage.pull_through[{seen[entry.prefix]}].prefix"
            yield Broken((*path, "prefix"), entry.prefix, message)
        seen.setdefault(entry.prefix, index)
        secret = entry.credential_secret_arn
        if secret is None and entry.upstream in named("credentialed_registries"):
            message = f"required: '{entry.upstream}' asks for a user and token; the secret's ARN goes here"
            yield Broken((*path, "credential_secret_arn"), None, message)
        if secret is not None and entry.upstream in named("public_registries"):
            message = f"'{entry.upstream}' takes no credential; remove this key"
            yield Broken((*path, "credential_secret_arn"), secret, message)


def credential_location(settings: Settings) -> Iterator[Broken]:
    """ECR reads the credential from its own account and region."""
    home = f"{settings.aws.region}:{settings.aws.account_id}"
    for index, entry in enumerate(settings.storage.pull_through):
        secret = entry.credential_secret_arn
        if secret is not None and ":".join(secret.split(":")[3:5]) != home:
            path = ("storage", "pull_through", index, "credential_secret_arn")
            yield Broken(path, secret, f"the secret must be in the environment's own region and account ({home})")


def audit_lock(settings: Settings) -> Iterator[Broken]:
    """A bucket whose objects are locked can't go away with its stack."""
    storage = settings.storage
    if storage.audit_lock_days and not storage.retained:
        yield Broken(
            ("storage", "audit_lock_days"),
            storage.audit_lock_days,
            "locked audit logs would make destroying the stack fail; allowed with storage.retained false: 0",
        )


RULES = (scratch, scratch_zone, repositories, pull_through, credential_location, audit_lock)
