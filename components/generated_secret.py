"""A secret whose values nobody chose: generated once by Secrets Manager, and left alone from then on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_aws import secretsmanager

RECOVERY_DAYS = 30
"""The longest that Secrets Manager keeps a deleted secret for."""


@dataclass(frozen=True, kw_only=True)
class GeneratedSecretArgs:
    """What `GeneratedSecret` needs."""

    secret_name: str
    description: str
    keys: Sequence[str]
    """Keys of its JSON object; each gets a value of its own."""
    key_arn: pulumi.Input[str]
    retained: bool
    """Protect the secret, and leave it standing when the stack goes; otherwise its name is free again at once."""
    derived: Mapping[str, str] = field(default_factory=dict[str, str])
    """Further keys, each with the text that stands around another's value: `{"token": "root:{password}"}`."""
    length: int = 40
    """Letters and digits of each value: 40 are 238 bits."""


class GeneratedSecret(pulumi.ComponentResource):
    """A secret of Secrets Manager, encrypted with our key, and its first version.

    Every run asks for random values, but only the first one's are written: a later version, of whoever rotates the
    secret, stays.
    """

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    version: secretsmanager.SecretVersion
    """What a reader waits for."""

    def __init__(self, name: str, args: GeneratedSecretArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:generated_secret:GeneratedSecret", name, None, opts)
        secret = secretsmanager.Secret(
            f"{name}-secret",
            name=args.secret_name,
            description=args.description,
            kms_key_id=args.key_arn,
            recovery_window_in_days=RECOVERY_DAYS if args.retained else 0,
            opts=pulumi.ResourceOptions(parent=self, protect=args.retained, retain_on_delete=args.retained),
        )
        values: dict[str, pulumi.Output[str]] = {
            key: secretsmanager.get_random_password_output(
                password_length=args.length,
                exclude_punctuation=True,  # some end in URLs and configuration files
                opts=pulumi.InvokeOutputOptions(parent=self),
            ).random_password
            for key in args.keys
        }
        for key, text in args.derived.items():
            values[key] = pulumi.Output.format(text, **values)
        self.version = secretsmanager.SecretVersion(
            f"{name}-version",
            secret_id=secret.id,
            secret_string=pulumi.Output.secret(pulumi.Output.json_dumps(values, sort_keys=True)),
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["secretString"], retain_on_delete=args.retained),
        )
        self.name = secret.name
        self.arn = secret.arn
        self.register_outputs({"name": self.name, "arn": self.arn})
