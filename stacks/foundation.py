"""What everything else of an environment stands on: settings, provider, keys and network."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.address_plan import plan_addresses
from components.adopted_network import AdoptedNetwork, AdoptedNetworkArgs
from components.keys import Keys, KeysArgs
from components.naming import platform_name
from components.network import Network, NetworkArgs
from stacks.providers import aws_provider
from stacks.sections.network import AdoptedIds, AdoptedState
from stacks.settings import Settings
from stacks.terraform_state import resolve_adopted_network

KEY_DELETION_WINDOW_DAYS = 30
"""The longest that KMS allows: as long as possible to notice that a key is missed."""


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """Handed to whatever builds a further part of the environment."""

    settings: Settings
    name: str
    """Of the platform and its cluster: `llm-platform-dev`."""
    opts: pulumi.ResourceOptions
    """Options of every component: the environment's provider."""
    keys: Keys
    network: Network | AdoptedNetwork

    def private_subnet(self, zone: str) -> pulumi.Output[str]:
        """Return the private subnet of a zone; RunError where an adopted network has none there."""
        subnets = self.network.private_subnet_ids
        if zone not in subnets:
            # Settings hold a network of our own to its zones; those of an adopted one are known only now.
            raise pulumi.RunError(
                f"the adopted network has no private subnet in {zone}, which the stack file names; "
                f"it has them in {', '.join(subnets)}"
            )
        return subnets[zone]

    def private_subnets(self, zones: tuple[str, ...]) -> list[pulumi.Output[str]]:
        """Return the private subnet of each zone."""
        return [self.private_subnet(zone) for zone in zones]


def build_foundation(settings: Settings) -> Foundation:
    """Register the provider, the keys and the network (or look up the adopted one)."""
    name = platform_name(settings.ownership.environment)
    provider = aws_provider(settings)
    opts = pulumi.ResourceOptions(provider=provider)
    keys = Keys(
        name,
        KeysArgs(
            account_id=settings.aws.account_id,
            region=settings.aws.region,
            deletion_window_days=KEY_DELETION_WINDOW_DAYS,
            retained=settings.storage.retained,
        ),
        opts,
    )
    if settings.network.adopt is not None:
        network = _adopted_network(settings.network.adopt, provider, opts)
    else:
        network = _own_network(settings, name, keys, opts)
    return Foundation(settings=settings, name=name, opts=opts, keys=keys, network=network)


def _adopted_network(
    adopt: AdoptedIds | AdoptedState, provider: pulumi.ProviderResource, opts: pulumi.ResourceOptions
) -> AdoptedNetwork:
    ids = resolve_adopted_network(adopt, provider)
    return AdoptedNetwork(
        "network",
        AdoptedNetworkArgs(
            vpc_id=ids.vpc_id,
            public_subnet_ids=ids.public_subnet_ids,
            private_subnet_ids=ids.private_subnet_ids,
            database_subnet_ids=ids.database_subnet_ids,
        ),
        opts,
    )


def _own_network(settings: Settings, name: str, keys: Keys, opts: pulumi.ResourceOptions) -> Network:
    wanted = settings.network
    cidr = wanted.vpc_cidr or ""  # settings refuse a network of our own without it
    return Network(
        "network",
        NetworkArgs(
            cidr=cidr,
            addresses=plan_addresses(
                cidr,
                wanted.zones,
                wanted.public_prefix_length,
                wanted.private_prefix_length,
                wanted.database_prefix_length,
            ),
            nat=wanted.nat,
            interface_endpoints=wanted.interface_endpoints,
            cluster_name=name,
            logs_key_arn=keys.logs_key_arn,
            flow_log_retention_days=wanted.flow_log_retention_days,
            account_id=settings.aws.account_id,
            region=settings.aws.region,
        ),
        opts,
    )
