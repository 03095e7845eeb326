"""Small packs for tests, written as a user of pulumi-policy writes them: nothing of ours is in them."""

from __future__ import annotations

from pathlib import Path

HEAD = """
from pulumi_policy import (
    EnforcementLevel, PolicyConfigSchema, PolicyPack, ResourceValidationPolicy, Severity, StackValidationPolicy,
)

def short(args, report):
    if args.resource_type == "aws:sqs/queue:Queue":
        seconds = args.props["messageRetentionSeconds"]
        if seconds < args.get_config()["least"]:
            report(f"{args.name} keeps messages {seconds} s")

def raises(args, report):
    raise KeyError("kmsMasterKeyId")

async def later(args, report):
    if args.resource_type == "aws:sqs/queue:Queue":
        report("said later")

def not_here(args, report):
    args.not_applicable("no reason")

def count(args, report):
    queues = [each for each in args.resources if each.resource_type == "aws:sqs/queue:Queue"]
    for queue in queues:
        if queue.props["arn"] and queue.parent.resource_type == "pulumi:pulumi:Stack":
            report("a queue of the stack", queue.urn)

LEAST = PolicyConfigSchema(properties={"least": {"type": "number", "default": 300}})
"""

RETENTION = """ResourceValidationPolicy(
    name="retention", description="Messages are kept.", validate=short, config_schema=LEAST,
    enforcement_level=EnforcementLevel.MANDATORY, severity=Severity.HIGH)"""


def write_pack(folder: Path, policies: str = RETENTION, more: str = "") -> Path:
    """Write a pack whose list of policies is `policies`, and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "PulumiPolicy.yaml").write_text("runtime: python\n")
    (folder / "__main__.py").write_text(f'{HEAD}\nPolicyPack("small", [{policies}]{more})\n')
    return folder
