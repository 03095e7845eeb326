"""Puts the network that an environment adopts into the emulated account, as if it had always been there.

What the stack file does not say of it is invented and reported: the VPC's range, and the zones of the subnets, which
are taken in the order of `network.zones`.
"""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import cycle
from pathlib import Path

from rehearsal.aws.account import Account
from stacks.sections.network import AdoptedState
from stacks.settings import Settings
from stacks.terraform_outputs import TerraformStateError
from stacks.terraform_state import SOURCE_KEY, AdoptedNetworkIds, adopted_ids

VPC_RANGE = IPv4Network("10.0.0.0/16")
SUBNET_PREFIX = 22


def place_adopted_network(
    account: Account, settings: Settings, *, file: str, root: Path, terraform_state: Path | None
) -> tuple[str, ...]:
    """Place the adopted VPC and subnets, and return their ids; of a network of our own there is nothing to place.

    A state that the stack file names in S3 is taken from the file `terraform_state` and put where the program will
    look for it. Raises `TerraformStateError` when it is not given or cannot be used.
    """
    adopt = settings.network.adopt
    if adopt is None:
        return ()

    def local_copy(source: str) -> str:
        if terraform_state is None:
            message = "the rehearsal reaches no S3; give it a copy: terraform state pull > FILE, --terraform-state FILE"
            raise TerraformStateError.of(file, SOURCE_KEY, source, message)
        return terraform_state.read_text()

    ids = adopted_ids(adopt, file=file, root=root, download=local_copy)
    if isinstance(adopt, AdoptedState) and terraform_state is not None:
        _store(account, adopt.terraform_state.source, terraform_state.read_text())
    _place(account, settings.network.zones, ids)
    return (ids.vpc_id, *ids.public_subnet_ids, *ids.private_subnet_ids, *ids.database_subnet_ids)


def _store(account: Account, source: str, state: str) -> None:
    bucket, _, key = source.removeprefix("s3://").partition("/")
    # The one region that must not be named is the default one.
    elsewhere = {} if account.region == "us-east-1" else {"LocationConstraint": account.region}
    account.call(
        "s3", "create_bucket", Bucket=bucket, **({"CreateBucketConfiguration": elsewhere} if elsewhere else {})
    )
    account.call("s3", "put_object", Bucket=bucket, Key=key, Body=state.encode(), ContentType="application/json")


def _place(account: Account, zones: tuple[str, ...], ids: AdoptedNetworkIds) -> None:
    account.place_vpc(ids.vpc_id, str(VPC_RANGE))
    account.inventions[f"range of the adopted {ids.vpc_id}"] = str(VPC_RANGE)
    ranges = VPC_RANGE.subnets(new_prefix=SUBNET_PREFIX)
    for subnet_ids in (ids.public_subnet_ids, ids.private_subnet_ids, ids.database_subnet_ids):
        for subnet_id, zone, cidr in zip(subnet_ids, cycle(zones), ranges, strict=False):
            account.place_subnet(subnet_id, ids.vpc_id, str(cidr), zone)
            account.inventions[f"zone of the adopted {subnet_id}"] = zone
