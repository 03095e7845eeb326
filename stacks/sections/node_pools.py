"""The section `node_pools`: machines that Karpenter buys when pods wait, and gives back when they are gone."""

from __future__ import annotations

from typing import Annotated, Literal

from components.naming import Pool
from stacks.sections.approval import ApprovalSettings
from stacks.sections.node_groups import InstanceTypes, Zones
from stacks.sections.section import Section
from stacks.value_types import DiskGib, GroupName, Text, Whole

AmiFamily = Literal["al2023", "bottlerocket"]
ConsolidationPolicy = Literal["when-empty", "when-underutilized"]
AmiVersion = Annotated[
    str,
    Text(
        "'latest', or a release of the image such as 'v20260715' (al2023) or 'v1.54.0' (bottlerocket)",
        r"latest|v[0-9]{8}|v[0-9]+\.[0-9]+\.[0-9]+",
    ),
]
CronSchedule = Annotated[
    str,
    Text(
        "five cron fields, in UTC, such as '0 7 * * mon-fri'",
        r"[0-9*/,-]+ [0-9*/,-]+ [0-9*/,-]+ [0-9a-z*/,-]+ [0-9a-z*/,-]+",
    ),
]


class ConsolidationSettings(Section):
    """When Karpenter gives a machine back."""

    policy: ConsolidationPolicy = "when-empty"
    """When nothing runs on it, or also when its pods fit elsewhere or on a cheaper one"""

    after_minutes: Annotated[int, Whole(0, 1440, "minutes")] = 10
    """How long it stays as it is first"""


class QuietSettings(Section):
    """Hours in which no machine is replaced for being out of date or badly used."""

    schedule: CronSchedule
    """When the hours begin, in UTC"""

    hours: Annotated[int, Whole(1, 168, "hours")]
    """How long they last"""


class NodePoolSettings(Section):
    """Machines of one pool with the same number of GPUs (or none), up to a limit."""

    name: GroupName
    """Name of the NodePool, unique among all pools, node groups and dedicated hosts"""

    pool: Pool
    """The pool that its machines belong to; 'spot' is bought as spot capacity, every other on demand"""

    instance_types: InstanceTypes
    """Instance types with the same number of GPUs; Karpenter takes the cheapest that fits"""

    zones: Zones
    """Zones that machines may stand in"""

    max_gpus: Annotated[int, Whole(1, 10000, "GPUs")] | None = None
    """GPUs of all its machines together; for every pool but 'system'"""

    max_cpus: Annotated[int, Whole(1, 100000, "CPUs")] | None = None
    """CPUs of all its machines together; for the system pool"""

    ami_family: AmiFamily = "al2023"
    """Image of the machines; Karpenter takes the variant with the GPU's driver by itself"""

    ami_version: AmiVersion = "latest"
    """Release of the image; with 'latest' machines are replaced when EKS publishes one"""

    disk_gib: DiskGib
    """Root volume of each machine"""

    consolidation: ConsolidationSettings = ConsolidationSettings()
    """When machines are given back"""

    expire_after_days: Annotated[int, Whole(1, 365, "days")] | None = None
    """Age at which a machine is replaced, whatever runs on it; never when left out"""

    quiet: QuietSettings | None = None
    """Hours without replacements of machines that are out of date or badly used"""

    team: GroupName | None = None
    """Team that has them for itself and pays, as the tag of machines and disks says; the environment's when left out"""

    approval: ApprovalSettings | None = None
    """Who agreed to what the machines cost; for expensive types"""
