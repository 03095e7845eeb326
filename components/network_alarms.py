"""Alarms of the ways out of the network: NAT gateways and interface endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pulumi

from components.alarm import Alarm, Ratio

DROPPED_PERCENT: Final = 0.01
"""From which on AWS says to look at its own health page; below, packets are dropped in passing.

https://docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html (PacketsDropCount)
"""


def nat_alarms(gateway_ids: Mapping[str, pulumi.Input[str]]) -> list[Alarm]:
    """A NAT gateway, by zone, that has no port left for a connection, or drops packets."""
    return [
        alarm(zone, gateway_id)
        for zone, gateway_id in gateway_ids.items()
        for alarm in (_ports_exhausted, _packets_dropped)
    ]


def _ports_exhausted(zone: str, gateway_id: pulumi.Input[str]) -> Alarm:
    return Alarm(
        kind="NatPortsExhausted",
        subject=zone,
        severity="critical",
        summary="Connections fail in 5 minutes running: no source port is left to one destination.",
        namespace="AWS/NATGateway",
        metric="ErrorPortAllocation",
        dimensions={"NatGatewayId": gateway_id},
        statistic="Sum",
        period_seconds=60,
        periods=5,
        comparison="above",
        threshold=0,
    )


def _packets_dropped(zone: str, gateway_id: pulumi.Input[str]) -> Alarm:
    return Alarm(
        kind="NatPacketsDropped",
        subject=zone,
        severity="warning",
        summary=f"More than {DROPPED_PERCENT} % of packets dropped for 15 minutes.",
        namespace="AWS/NATGateway",
        metric="PacketsDropCount",
        dimensions={"NatGatewayId": gateway_id},
        statistic="Sum",
        period_seconds=300,
        periods=3,
        comparison="above",
        threshold=DROPPED_PERCENT,
        ratio=Ratio(of=("PacketsInFromSource", "PacketsInFromDestination")),
    )


def endpoint_alarms(
    endpoint_ids: Mapping[str, pulumi.Input[str]], vpc_id: pulumi.Input[str], region: str
) -> list[Alarm]:
    """An interface endpoint, by the service's short name, that drops packets.

    https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-cloudwatch-metrics.html
    """
    return [
        Alarm(
            kind="EndpointPacketsDropped",
            subject=service,
            severity="warning",
            summary=f"The interface endpoint of {service} drops packets for 15 minutes.",
            namespace="AWS/PrivateLinkEndpoints",
            metric="PacketsDropped",
            dimensions={
                "Endpoint Type": "Interface",
                "Service Name": f"com.amazonaws.{region}.{service}",
                "VPC Endpoint Id": endpoint_id,
                "VPC Id": vpc_id,
            },
            statistic="Sum",
            period_seconds=300,
            periods=3,
            comparison="above",
            threshold=0,
        )
        for service, endpoint_id in endpoint_ids.items()
    ]
