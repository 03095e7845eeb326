"""Amazon Q Developer in chat applications (AWS Chatbot), which moto lacks: Slack channels."""

from __future__ import annotations

from rehearsal.aws.account import Account
from rehearsal.aws.shapes import capitalised
from rehearsal.aws.translation import Created, Inputs, Recorded, Request, given, tag_list, translates


@translates("aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration")
class SlackChannelConfiguration(Recorded):
    """A Slack channel that shows what topics get."""

    why = "moto has no AWS Chatbot"

    def requests(self, inputs: Inputs) -> list[Request]:
        """Build CreateSlackChannelConfiguration."""
        parameters = given(
            inputs,
            ConfigurationName="configurationName",
            GuardrailPolicyArns="guardrailPolicyArns",
            IamRoleArn="iamRoleArn",
            LoggingLevel="loggingLevel",
            SlackChannelId="slackChannelId",
            SlackTeamId="slackTeamId",
            SnsTopicArns="snsTopicArns",
            UserAuthorizationRequired="userAuthorizationRequired",
        )
        tags = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in tag_list(inputs)]
        return [Request("chatbot", "create_slack_channel_configuration", capitalised(parameters) | {"Tags": tags})]

    def created(self, aws: Account, inputs: Inputs) -> Created:
        """Give the ARN, which is the provider's id; the service has no region."""
        name = inputs["configurationName"]
        arn = f"arn:aws:chatbot::{aws.account_id}:chat-configuration/slack-channel/{name}"
        return Created(arn, {"chatConfigurationArn": arn, "region": aws.region})
