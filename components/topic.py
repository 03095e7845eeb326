"""A notification topic: encrypted with our key and published to over TLS only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import sns

from components.policy_statement import Statement


@dataclass(frozen=True, kw_only=True)
class TopicArgs:
    """What `Topic` needs."""

    key_arn: pulumi.Input[str]
    """Its policy must let every service that publishes use the key."""
    topic_name: str | None = None
    """None for a name of the provider's making."""
    publishers: Sequence[Statement] = ()
    """What lets services of AWS publish, each without its resource, which is the topic."""


class Topic(pulumi.ComponentResource):
    """SNS topic and its policy; which of the account's roles may publish and subscribe is said by IAM policies."""

    arn: pulumi.Output[str]
    """Known when the policy stands: what publishes may."""
    name: pulumi.Output[str]

    def __init__(self, name: str, args: TopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:topic:Topic", name, None, opts)

        topic = sns.Topic(
            name, name=args.topic_name, kms_master_key_id=args.key_arn, opts=pulumi.ResourceOptions(parent=self)
        )
        policy = sns.TopicPolicy(
            name,
            arn=topic.arn,
            policy=pulumi.Output.json_dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Sid": "DenyPlainHttp",
                            "Effect": "Deny",
                            "Principal": "*",
                            "Action": "sns:Publish",
                            "Resource": topic.arn,
                            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                        },
                        *({**statement, "Resource": topic.arn} for statement in args.publishers),
                    ],
                },
                sort_keys=True,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.arn = policy.arn
        self.name = topic.name
        self.register_outputs({"arn": self.arn})
