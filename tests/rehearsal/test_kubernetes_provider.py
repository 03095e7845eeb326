"""Kubernetes objects in a rehearsal without a cluster: names, ids, outputs, and what is refused before any API server.

Does not prove that an API server takes them; `rehearse up --cluster` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from rehearsal import phases
from rehearsal.aws.account import Account
from rehearsal.phases import Rehearsal, Silence, Target
from rehearsal.plan import Outcome, Resource

HERE = Path(__file__).resolve()
KUBECONFIG = "{}"


@pytest.fixture
def account() -> Iterator[Account]:
    with Account("111122223333", "us-east-1") as emulated:
        yield emulated


def one(rehearsal: Rehearsal, name: str) -> Resource:
    found = [resource for resource in rehearsal.resources if resource.registration.name == name]
    assert len(found) == 1, [resource.registration.urn for resource in rehearsal.resources]
    return found[0]


def up(account: Account, program: object, *, preview: bool = False) -> Rehearsal:
    assert callable(program)

    def run() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig=KUBECONFIG)
        program(pulumi.ResourceOptions(provider=provider))

    target = Target(run, "demo", "test", HERE.parents[2], "111122223333", "us-east-1")
    return (phases.preview if preview else phases.up)(target, account, Silence())


def messages(rehearsal: Rehearsal) -> list[str]:
    return [fault.message for fault in rehearsal.faults]


def namespace(name: str, opts: pulumi.ResourceOptions, logical: str | None = None) -> kubernetes.core.v1.Namespace:
    return kubernetes.core.v1.Namespace(logical or name, metadata={"name": name}, opts=opts)


def test_an_object_is_recorded_under_its_namespace_and_name(account: Account) -> None:
    def program(opts: pulumi.ResourceOptions) -> None:
        made = namespace("serving", opts)
        config = kubernetes.core.v1.ConfigMap(
            "prompts", metadata={"name": "prompts", "namespace": made.metadata.name}, data={"a": "b"}, opts=opts
        )
        pulumi.export("where", config.metadata.namespace)
        pulumi.export("id", config.id)

    rehearsal = up(account, program)
    assert messages(rehearsal) == []
    prompts = one(rehearsal, "prompts")
    assert (prompts.outcome, prompts.id) == (Outcome.RECORDED, "serving/prompts")
    assert prompts.registration.inputs["metadata"] == {"name": "prompts", "namespace": "serving"}
    assert rehearsal.outputs == {"where": "serving", "id": "serving/prompts"}


def test_a_release_says_where_it_was_deployed(account: Account) -> None:
    def program(opts: pulumi.ResourceOptions) -> None:
        release = kubernetes.helm.v3.Release(
            "keda", name="keda", chart="keda", version="2.20.2", namespace=namespace("keda", opts, "ns").metadata.name,
            values={"replicas": 2}, opts=opts,
        )  # fmt: skip
        pulumi.export("status", release.status.status)

    rehearsal = up(account, program)
    assert messages(rehearsal) == []
    assert one(rehearsal, "keda").id == "keda/keda"
    assert one(rehearsal, "keda").registration.inputs["values"] == {"replicas": 2}
    assert rehearsal.outputs == {"status": "deployed"}


def test_an_object_without_a_name_gets_the_same_automatic_one_every_time(account: Account) -> None:
    def program(opts: pulumi.ResourceOptions) -> None:
        kubernetes.core.v1.ConfigMap("prompts", data={"a": "b"}, opts=opts)

    first, second = (one(up(account, program), "prompts").id for _ in range(2))
    assert first == second
    prefix, _, digits = first.rpartition("-")
    assert (prefix, len(digits)) == ("prompts", 8)


@pytest.mark.parametrize("preview", [True, False])
def test_an_object_without_a_provider_of_its_own_is_refused(account: Account, preview: bool) -> None:
    def program(_: pulumi.ResourceOptions) -> None:
        kubernetes.core.v1.Namespace("serving", metadata={"name": "serving"})

    assert messages(up(account, program, preview=preview)) == [
        "has no Kubernetes provider: it would go to whatever cluster the machine's kubeconfig names"
    ]


def test_two_objects_of_one_name_are_refused(account: Account) -> None:
    def program(opts: pulumi.ResourceOptions) -> None:
        namespace("serving", opts, "first")
        namespace("serving", opts, "second")

    (message,) = messages(up(account, program))
    assert message == "Namespace serving is there already: first made it"


def test_the_same_name_in_two_namespaces_is_fine(account: Account) -> None:
    def program(opts: pulumi.ResourceOptions) -> None:
        for name in ("serving", "training"):
            where = namespace(name, opts).metadata.name
            kubernetes.core.v1.ConfigMap(f"{name}-map", metadata={"name": "a", "namespace": where}, opts=opts)

    assert messages(up(account, program)) == []


def test_a_namespace_that_nobody_makes_is_refused(account: Account) -> None:
    def program(opts: pulumi.ResourceOptions) -> None:
        stands = namespace("training", opts)
        kubernetes.helm.v3.Release(
            "keda", name="keda", chart="keda", namespace="keda",
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[stands])),
        )  # fmt: skip

    assert messages(up(account, program)) == ["no namespace keda stands yet; the program makes training"]


@pytest.mark.parametrize(("name", "longest"), [("Chat", 53), ("a" * 54, 53), ("chat_model", 53)])
def test_a_release_s_name_is_a_dns_name_of_at_most_53_characters(account: Account, name: str, longest: int) -> None:
    def program(opts: pulumi.ResourceOptions) -> None:
        kubernetes.helm.v3.Release("chat", name=name, chart="x", namespace="default", opts=opts)

    (message,) = messages(up(account, program))
    assert message == f"{name!r} is not allowed; allowed: a DNS subdomain of at most {longest} characters"


def test_a_custom_resource_keeps_its_kind_and_group(account: Account) -> None:
    def program(opts: pulumi.ResourceOptions) -> None:
        kubernetes.apiextensions.CustomResource(
            "pool", api_version="karpenter.sh/v1", kind="NodePool", metadata={"name": "inference"},
            spec={"weight": 10}, opts=opts,
        )  # fmt: skip

    rehearsal = up(account, program)
    assert messages(rehearsal) == []
    pool = one(rehearsal, "pool")
    assert pool.registration.type == "kubernetes:karpenter.sh/v1:NodePool"
    assert pool.registration.inputs["spec"] == {"weight": 10}
    assert pool.id == "inference"
