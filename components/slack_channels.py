"""Slack channels that show what is published to topics: Amazon Q Developer in chat applications, once AWS Chatbot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import chatbot, iam

from components.policy_statement import allow, document
from components.trust import service_trust

GUARDRAIL = "arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"
"""The most that anybody in the channel can do, whatever the role says; without one it is AdministratorAccess."""


@dataclass(frozen=True, kw_only=True)
class SlackChannelsArgs:
    """What `SlackChannels` needs."""

    platform: str
    workspace_id: str
    """Somebody has let AWS into this workspace, in the console: no API can. It looks like T0123ABCD."""
    channels: Mapping[str, str]
    """Channel id by severity; one channel may have several."""
    topic_arns: Mapping[str, pulumi.Input[str]]


class SlackChannels(pulumi.ComponentResource):
    """A configuration per channel, and the role that draws an alarm's graph."""

    def __init__(self, name: str, args: SlackChannelsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:slack_channels:SlackChannels", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = iam.Role(
            f"{name}-role",
            description="Draws the graph of an alarm that is shown in Slack",
            assume_role_policy=service_trust("chatbot.amazonaws.com"),
            opts=child,
        )
        reading = iam.RolePolicy(
            f"{name}-read",
            role=role.name,
            # Metrics have no ARN.
            policy=document([allow("DrawGraphs", ["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"], "*")]),
            opts=child,
        )
        for channel in sorted(set(args.channels.values())):
            severities = [severity for severity, shown_in in args.channels.items() if shown_in == channel]
            chatbot.SlackChannelConfiguration(
                f"{name}-{'-'.join(severities)}",
                configuration_name=f"{args.platform}-{'-'.join(severities)}",
                slack_team_id=args.workspace_id,
                slack_channel_id=channel,
                iam_role_arn=role.arn,
                guardrail_policy_arns=[GUARDRAIL],
                sns_topic_arns=[args.topic_arns[severity] for severity in severities],
                logging_level="ERROR",
                opts=pulumi.ResourceOptions(parent=self, depends_on=[reading]),
            )
        self.register_outputs({})
