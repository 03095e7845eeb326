"""An activation of Systems Manager, with which own machines register, and the secret that holds its code."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws import secretsmanager, ssm

from components.generated_secret import RECOVERY_DAYS


@dataclass(frozen=True, kw_only=True)
class MachineActivationArgs:
    """What an activation needs."""

    platform: str
    role_name: pulumi.Input[str]
    cluster_arn: pulumi.Input[str]
    hosts: int
    """How many machines may register with it."""
    until: str | None
    """Last day, as ISO 8601 has it; SSM's own 24 hours without one. Another day makes another activation."""
    secrets_key_arn: pulumi.Input[str]
    retained: bool
    """Whether a deleted secret can be had back for a while; otherwise its name is free again at once."""


class MachineActivation(pulumi.ComponentResource):
    """One activation for one cluster; its code leaves the program only into Secrets Manager."""

    id: pulumi.Output[str]
    secret_name: pulumi.Output[str]

    def __init__(self, name: str, args: MachineActivationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:machine_activation:MachineActivation", name, None, opts)
        activation = ssm.Activation(
            f"{name}-ssm",
            description=f"Hybrid nodes of {args.platform}",
            iam_role=args.role_name,
            registration_limit=args.hosts,
            expiration_date=f"{args.until}T23:59:59Z" if args.until else None,
            # The role may take machines out of SSM by this tag alone.
            tags={"EKSClusterARN": args.cluster_arn},
            opts=pulumi.ResourceOptions(parent=self, additional_secret_outputs=["activationCode"]),
        )
        secret = secretsmanager.Secret(
            f"{name}-secret",
            # Not below llm-platform/<environment>/, which pods may read through External Secrets.
            name=f"{args.platform}/hybrid-nodes/activation",
            description="Code with which own machines register in SSM",
            kms_key_id=args.secrets_key_arn,
            recovery_window_in_days=RECOVERY_DAYS if args.retained else 0,
            opts=pulumi.ResourceOptions(parent=self),
        )
        version = secretsmanager.SecretVersion(
            f"{name}-version",
            secret_id=secret.id,
            secret_string=pulumi.Output.secret(
                pulumi.Output.json_dumps(
                    {"activation_code": activation.activation_code, "activation_id": activation.id}, sort_keys=True
                )
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.id = activation.id
        # Known only once the code is in it, so that nobody reads an empty secret.
        self.secret_name = pulumi.Output.all(secret.name, version.id).apply(lambda known: known[0])
        self.register_outputs({"id": self.id, "secretName": self.secret_name})
