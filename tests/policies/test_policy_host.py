"""The same policies under the engine's own policy host, spoken to by its protocol.

Does not prove what the engine sends: ENGINE's previews with this pack are seen elsewhere.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import pytest

from policies.pack import collect
from policies.policy import ResourcePolicy
from tests.policies.breaking import Mutant, mutants
from tests.policies.policy_host import Analyzer, running_pack
from tests.policies.sample import UNKNOWN, Sample
from tests.policies.whole_pack import CONFIGURATION, all_breaks, compliant

pytestmark = pytest.mark.xdist_group("policy host")


@pytest.fixture(scope="module")
def host() -> Generator[Analyzer]:
    with running_pack({"configuration": CONFIGURATION}) as analyzer:
        analyzer.configure()
        yield analyzer


@contextmanager
def host_of(mutant: Mutant, usual: Analyzer) -> Generator[Analyzer]:
    """Give the host that a mutant wants: one of its own where the stack file says something else."""
    if not mutant.configuration and not mutant.stack_file:
        yield usual
        return
    own = {**CONFIGURATION.get(mutant.policy, {}), **mutant.configuration}
    with running_pack({**mutant.stack_file, "configuration": {**CONFIGURATION, mutant.policy: own}}) as analyzer:
        analyzer.configure()
        yield analyzer


def for_the_host(policy: str) -> list[Mutant]:
    """Return a policy's mutants, but of those that want a host of their own one: each takes a second to start."""
    made = list(mutants(policy, all_breaks()[policy], compliant()))
    wanting = [mutant for mutant in made if mutant.configuration or mutant.stack_file]
    return [mutant for mutant in made if mutant not in wanting] + wanting[:1]


def mutated(mutant: Mutant) -> Sample | None:
    return next((sample for sample in mutant.samples if sample.name == mutant.changed), None)


def test_the_pack_tells_the_engine_of_every_policy(host: Analyzer) -> None:
    told = {policy.name: policy for policy in host.info().policies}

    assert set(told) == {policy.name for policy in collect()}
    for policy in collect():
        assert told[policy.name].description == policy.description
        schema = policy.config_schema.properties if policy.config_schema else {}
        assert set(told[policy.name].configSchema.properties) == set(schema)


def test_a_compliant_stack_passes_without_a_word(host: Analyzer) -> None:
    assert [found for sample in compliant() for found in host.analyze(sample)] == []
    assert host.analyze_stack(compliant()) == []


@pytest.mark.parametrize("policy", [each.name for each in collect() if isinstance(each, ResourcePolicy)])
def test_a_policy_of_one_resource_catches_its_mutants(host: Analyzer, policy: str) -> None:
    for mutant in for_the_host(policy):
        sample = mutated(mutant)
        assert sample is not None
        with host_of(mutant, host) as analyzer:
            answers = [each for each in analyzer.analyze(sample) if each.policy == policy]
        found = [each for each in answers if "can't run policy" not in each.message]  # the host's word for undecided

        assert found, mutant.said
        assert all(sample.name in each.message for each in found)


@pytest.mark.parametrize("policy", [each.name for each in collect() if not isinstance(each, ResourcePolicy)])
def test_a_policy_of_the_whole_stack_catches_some_of_its_mutants(host: Analyzer, policy: str) -> None:
    """Some only: the host reads all samples anew for every policy, which takes its time."""
    for mutant in (*for_the_host(policy)[:2], *for_the_host(policy)[-1:]):
        with host_of(mutant, host) as analyzer:
            found = analyzer.analyze_stack(mutant.samples)

        assert policy in {each.policy for each in found}, mutant.said


def test_a_value_that_is_not_known_yet_is_an_advice_and_hides_no_violation_beside_it(host: Analyzer) -> None:
    sample = next(each for each in compliant() if each.name == "rule-of-endpoints")
    both = sample.changed(inputs={**sample.inputs, "cidrIpv4": UNKNOWN, "cidrIpv6": "::/0"})
    unknown = sample.changed(inputs={**sample.inputs, "cidrIpv4": UNKNOWN})

    [advice] = [found for found in host.analyze(unknown) if found.policy == "no-open-ingress"]
    assert advice.level == "advisory"
    assert "can't be known during preview" in advice.message
    assert {found.level for found in host.analyze(both) if found.policy == "no-open-ingress"} >= {"mandatory"}


def test_level_and_exemption_of_the_stack_file_reach_the_host() -> None:
    sample = next(each for each in compliant() if each.name == "rule-of-endpoints")
    broken = sample.changed(inputs={**sample.inputs, "cidrIpv4": "0.0.0.0/0"})
    exemption = {
        "policy": "no-open-ingress",
        "resource": "rule-of-endpoints",
        "owner": "ml-platform",
        "reason": "a demonstration",
        "expires": "2999-01-01",
    }

    with running_pack({"levels": {"no-open-ingress": "advisory"}}) as analyzer:
        analyzer.configure()
        assert [found.level for found in analyzer.analyze(broken) if found.policy == "no-open-ingress"] == ["advisory"]
    with running_pack({"exemptions": [exemption]}) as analyzer:
        analyzer.configure()
        assert [found for found in analyzer.analyze(broken) if found.policy == "no-open-ingress"] == []
    with running_pack({"exemptions": [{**exemption, "expires": "2020-01-01"}]}) as analyzer:
        analyzer.configure()
        assert [found.level for found in analyzer.analyze(broken) if found.policy == "no-open-ingress"] == ["mandatory"]
