"""What a person and a program read. Does not prove that what is reported is right: the phases have their own tests."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from rehearsal.checks.read_back import Difference
from rehearsal.phases import Leftover, Rehearsal, Timing
from rehearsal.plan import UNKNOWN, Check, Fault, Outcome, Registration, Resource
from rehearsal.report.console import ConsoleProgress, closing_line, render
from rehearsal.report.document import document, write_json
from rehearsal.report.node_groups import NodeGroupRow, node_group_rows

STACK = "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev"
GROUP = "urn:pulumi:dev::p::x:y:Pool::train"


def resource(name: str, type_: str, outcome: Outcome, parent: str = STACK, **options: object) -> Resource:
    urn = f"urn:pulumi:dev::p::{type_}::{name}"
    custom = outcome is not Outcome.COMPONENT
    registration = Registration(urn, type_, name, parent, custom=custom, inputs={}, **options)  # pyright: ignore[reportArgumentType] - any field of it
    return Resource(registration, outcome, id=f"{name}-id" if custom else "", reason="moto has none")


@pytest.fixture
def rehearsal() -> Rehearsal:
    return Rehearsal(
        "dev",
        "111122223333",
        "us-east-1",
        resources=[
            resource("p-dev", "pulumi:pulumi:Stack", Outcome.COMPONENT, parent=""),
            resource("net", "x:y:Network", Outcome.COMPONENT),
            resource("vpc", "aws:ec2/vpc:Vpc", Outcome.CREATED, "urn:pulumi:dev::p::x:y:Network::net", protect=True),
            resource("a", "aws:ec2/subnet:Subnet", Outcome.CREATED, "urn:pulumi:dev::p::x:y:Network::net"),
            resource("b", "aws:ec2/subnet:Subnet", Outcome.FAILED, "urn:pulumi:dev::p::x:y:Network::net"),
            resource("addon", "aws:eks/addon:Addon", Outcome.RECORDED),
            resource("late", "aws:ec2/route:Route", Outcome.SKIPPED),
        ],
        faults=[
            Fault(
                "urn:pulumi:dev::p::aws:ec2/subnet:Subnet::b",
                Check.RULE,
                "cidrBlock",
                "[10.0.0.0/8] is too wide",
                "https://docs.example/rule",
                "components/network.py:88",
            )
        ],
        differences=[
            Difference("urn:pulumi:dev::p::aws:ec2/vpc:Vpc::vpc", "tags", 1, 2, known=True, why="moto drops it")
        ],
        leftovers=[
            Leftover("aws:s3/bucket:Bucket", "kept", "urn", retained=True),
            Leftover("aws:sqs/queue:Queue", "forgotten", "", retained=False),
        ],
        timings=[Timing("plan", 1.0, 7), Timing("create", 2.25, 7)],
    )


def text(rehearsal: Rehearsal, *, full: bool = False) -> str:
    console = Console(width=120, record=True, file=StringIO())
    console.print(render(rehearsal, full=full))
    return console.export_text()


def test_the_tree_counts_by_type_and_names_what_failed_apart(rehearsal: Rehearsal) -> None:
    shown = text(rehearsal)
    assert "created: Subnet, Vpc" in shown
    assert "failed: Subnet" in shown
    assert "vpc-id" not in shown


def test_the_full_tree_names_every_resource_with_its_id(rehearsal: Rehearsal) -> None:
    shown = text(rehearsal, full=True)
    assert "vpc  Vpc  vpc-id" in shown
    assert "b  Subnet  b-id  failed" in shown


def test_a_fault_is_shown_with_resource_line_property_reason_and_source(rehearsal: Rehearsal) -> None:
    shown = text(rehearsal)
    assert "Subnet b components/network.py:88" in shown
    assert "rule: cidrBlock: [10.0.0.0/8] is too wide" in shown
    assert "https://docs.example/rule" in shown
    assert "1 resources that depend on these were skipped" in shown


def test_recorded_lost_left_and_protected_are_said(rehearsal: Rehearsal) -> None:
    shown = text(rehearsal)
    assert "1 Addon: moto has none" in shown
    assert "1 Vpc.tags: moto drops it" in shown
    assert "1 aws:s3/bucket:Bucket  retained as declared" in shown
    assert "aws:sqs/queue:Queue forgotten" in shown
    assert "a real destroy is refused until it is lifted: 1 resources are protected" in shown


def test_the_closing_line_says_what_it_comes_to(rehearsal: Rehearsal) -> None:
    assert closing_line(rehearsal) == (
        "dev: [bold red]1 fault[/]; 2 created, 1 recorded, 2 component, 1 failed, 1 skipped; 3.2 s"
    )
    rehearsal.faults = []
    assert closing_line(rehearsal).startswith("dev: [bold green]no faults[/];")


def test_progress_leaves_one_line_per_phase() -> None:
    console = Console(width=120, record=True, file=StringIO())
    progress = ConsoleProgress(console)
    for phase in ("plan", "create"):
        progress.started(phase)
        progress.advanced(phase, 3)
        progress.finished(Timing(phase, 1.0, 3), "3 planned")
    assert console.export_text().splitlines() == ["plan       3 planned  1.0 s", "create     3 planned  1.0 s"]


def test_the_document_shows_unknowns_and_hides_secrets() -> None:
    registration = Registration(
        "urn", "aws:x/y:Y", "y", "", custom=True, inputs={"id": UNKNOWN, "list": [UNKNOWN], "password": "hush"},
        secrets=frozenset({"password"}),
    )  # fmt: skip
    secret = Resource(
        registration, Outcome.PLANNED, outputs={"password": "hush"}, secret_outputs=frozenset({"password"})
    )
    [shown] = document(Rehearsal("dev", "1", "r", resources=[secret]))["resources"]
    assert shown["inputs"] == {"id": "[unknown]", "list": ["[unknown]"], "password": "[secret]"}
    assert shown["outputs"] == {"password": "[secret]"}


def test_the_document_is_json(rehearsal: Rehearsal, tmp_path: Path) -> None:
    write_json(tmp_path / "report.json", document(rehearsal))
    assert json.loads((tmp_path / "report.json").read_text()) == document(rehearsal)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("old")
    with pytest.raises(TypeError):
        write_json(tmp_path / "report.json", {"not json": object()})
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("report.json", "old")]


def test_a_node_group_row_finds_type_and_zone_behind_what_stands_between() -> None:
    def custom(name: str, type_: str, inputs: dict[str, object], **options: object) -> Resource:
        urn = f"urn:pulumi:dev::p::{type_}::{name}"
        return Resource(
            Registration(urn, type_, name, GROUP, custom=True, inputs=inputs, **options),  # pyright: ignore[reportArgumentType] - any field of it
            Outcome.PLANNED,
        )

    subnet = custom("subnet", "aws:ec2/subnet:Subnet", {"availabilityZone": "us-east-1c"})
    association = custom(
        "association",
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        {"subnetId": UNKNOWN},
        property_dependencies={"subnetId": (subnet.registration.urn,)},
    )
    template = custom("template", "aws:ec2/launchTemplate:LaunchTemplate", {"instanceType": "p5.48xlarge"})
    group = custom(
        "group",
        "aws:eks/nodeGroup:NodeGroup",
        {
            "labels": {"llm-platform/pool": "training"},
            "capacityType": "CAPACITY_BLOCK",
            "scalingConfig": {"minSize": 0, "maxSize": 4},
            "taints": [{"key": "nvidia.com/gpu", "value": "training", "effect": "NO_SCHEDULE"}],
        },
        dependencies=(template.registration.urn,),
        property_dependencies={"subnetIds": (association.registration.urn,)},
    )
    stack = resource("p-dev", "pulumi:pulumi:Stack", Outcome.COMPONENT, parent="")
    pool = Resource(Registration(GROUP, "x:y:Pool", "train", STACK, custom=False, inputs={}), Outcome.COMPONENT)
    assert node_group_rows([stack, pool, subnet, association, template, group]) == [
        NodeGroupRow(
            name="train",
            pool="training",
            instance_types="p5.48xlarge",
            gpus="8 × H100",
            zones="us-east-1c",
            nodes="0..4",
            capacity="capacity-block",
            taints="nvidia.com/gpu=training:NoSchedule",
        )
    ]
