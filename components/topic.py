"""A notification topic: encrypted with our key and published to over TLS only."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws import sns


@dataclass(frozen=True, kw_only=True)
class TopicArgs:
    """What `Topic` needs."""

    key_arn: pulumi.Input[str]


class Topic(pulumi.ComponentResource):
    """SNS topic and its policy; who may publish and subscribe is said by IAM policies."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: TopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:topic:Topic", name, None, opts)

        topic = sns.Topic(name, kms_master_key_id=args.key_arn, opts=pulumi.ResourceOptions(parent=self))
        sns.TopicPolicy(
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
                        }
                    ],
                },
                sort_keys=True,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.arn = topic.arn
        self.register_outputs({"arn": self.arn})
