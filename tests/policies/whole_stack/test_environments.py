"""Names say which environment they are of, and the policies of environments judge by that.

What breaks them is in tests/policies/breaks/environments.py; here stands what they must let pass, and what they say.
"""

from __future__ import annotations

import pytest

from policies.environments import Naming, is_automatic
from policies.iam_reach import own_names
from policies.resources import Resource
from policies.whole_stack import (
    keys_are_the_environments_own,
    references_stay_in_the_environment,
    roles_are_the_environments_own,
    roles_reach_only_their_environment,
)
from tests.policies.sample import PROVIDER, UNKNOWN, Sample, properties, stack_of
from tests.policies.samples.network_access import ACCOUNT, KEY, REGION
from tests.policies.samples.whole_stack import allow

FORMS = ("llm-platform-{environment}", "llm-platform/{environment}")
PROD = Naming("prod", ("dev", "prod-eu", "staging"), FORMS)
DEV = Naming("dev", ("dev-eu", "prod"), FORMS)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("llm-platform-prod-models-333344445555-us-east-1", {"prod"}),
        ("/llm-platform/dev/network/vpc-id", {"dev"}),
        ("/aws/eks/llm-platform-prod/cluster", {"prod"}),
        ("llm-platform-prod", {"prod"}),
        ("llm-platform-prod-eu-models", {"prod-eu"}),
        ("llm-platform-production", set[str]()),
        ("myllm-platform-prod", set[str]()),
        ("llm-platform-test", set[str]()),
        ("llm-platform/team", set[str]()),
        ("from llm-platform-dev to llm-platform-prod", {"dev", "prod"}),
        ("", set[str]()),
    ],
)
def test_a_text_names_environments(text: str, named: set[str]) -> None:
    assert PROD.named(text) == named


@pytest.mark.parametrize(
    ("pattern", "pins"),
    [
        ("llm-platform-prod", True),
        ("llm-platform-prod-models*", True),
        ("llm-platform-prod/*", True),
        ("x/llm-platform-prod/*", True),
        ("llm-platform-prod-*", False),  # llm-platform-prod-eu begins so as well
        ("llm-platform-prod*", False),
        ("llm-platform-prod-e?*", False),
        ("llm-platform-*", False),
        ("*llm-platform-prod", False),
        ("*", False),
    ],
)
def test_a_pattern_pins_the_environment_where_no_others_name_fits(pattern: str, pins: bool) -> None:
    assert PROD.pins_own(pattern) is pins


def test_a_longer_name_pins_itself() -> None:
    assert Naming("dev-eu", ("dev", "prod"), FORMS).pins_own("llm-platform-dev-eu-*")
    assert not DEV.pins_own("llm-platform-dev-*")


@pytest.mark.parametrize(
    ("name", "automatic"),
    [
        ("models-0a1b2c3", True),
        ("models-0a1b2c", False),
        ("models-xyz1234", False),
        ("data-0a1b2c3", False),
        ("models", False),
    ],
)
def test_the_engines_own_names_are_known(name: str, automatic: bool) -> None:
    assert is_automatic(name, "models") is automatic


def test_every_text_is_found_and_what_is_unknown_is_passed_over() -> None:
    values = {"a": "x", "b": [UNKNOWN, {"c": "y"}], "d": {"e.f": "z", "g": UNKNOWN}, "h": 1, "i": None, "j": UNKNOWN}

    assert Resource("t", "n", "urn", properties(values)).texts == [("a", "x"), ("b.1.c", "y"), ("d.e.f", "z")]


def test_a_key_that_is_not_known_yet_is_of_this_stack() -> None:
    policy = keys_are_the_environments_own.POLICY
    volume = Sample("aws:ebs/volume:Volume", "volume", {"kmsKeyId": UNKNOWN}, refers={"kmsKeyId": ["key"]})
    key = Sample("aws:kms/key:Key", "key", {}, {"arn": UNKNOWN, "keyId": UNKNOWN})

    judgement = policy.judge(stack_of([volume, key]), policy.configuration({}))

    assert (judgement.violations, judgement.undecided) == ((), ())


def test_keys_of_aws_and_shared_ones_pass() -> None:
    policy = keys_are_the_environments_own.POLICY
    volumes = [
        Sample("aws:ebs/volume:Volume", "a", {"kmsKeyId": "alias/aws/ebs"}),
        Sample("aws:ebs/volume:Volume", "b", {"kmsKeyId": KEY}),
    ]
    stack = stack_of(volumes)

    assert policy.judge(stack, policy.configuration({"shared_keys": ["alias/aws/*", KEY]})).violations == ()
    [violation] = policy.judge(stack, policy.configuration({})).violations
    assert violation.fault == f"names the key {KEY}, which is not of this stack"
    assert violation.path == "kmsKeyId"


def test_roles_of_people_and_of_services_pass() -> None:
    policy = roles_are_the_environments_own.POLICY
    samples = [
        Sample("aws:eks/accessEntry:AccessEntry", "a", {"principalArn": f"arn:aws:iam::{ACCOUNT}:role/platform-admin"}),
        Sample(
            "aws:autoscaling/group:Group",
            "b",
            {"serviceLinkedRoleArn": f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/autoscaling.amazonaws.com/x"},
        ),
        Sample("aws:ec2/flowLog:FlowLog", "c", {"iamRoleArn": UNKNOWN}),
    ]

    assert policy.judge(stack_of(samples), policy.configuration({})).violations == ()


def test_prose_and_allowed_texts_may_name_another_environment() -> None:
    policy = references_stay_in_the_environment.POLICY
    prose = Sample("aws:kms/key:Key", "a", {"description": "As in llm-platform-dev"}).resource()
    image = Sample("kubernetes:core/v1:Pod", "b", {"image": "1.dkr.ecr.us-east-1.amazonaws.com/llm-platform-dev/x"})

    assert policy.judge(prose, policy.configuration({})).violations == ()
    [violation] = policy.judge(image.resource(), policy.configuration({})).violations
    assert (violation.path, violation.fault) == ("image", "names what is dev's")
    assert policy.judge(image.resource(), policy.configuration({"allowed": ["*.dkr.ecr.*"]})).violations == ()


def test_an_account_that_environments_share_is_nobodys() -> None:
    policy = references_stay_in_the_environment.POLICY
    sample = Sample("aws:ssm/parameter:Parameter", "a", {"value": f"arn:aws:sqs:{REGION}:{ACCOUNT}:x"}).resource()
    accounts = {"dev": ACCOUNT, "prod": ACCOUNT}

    assert policy.judge(sample, policy.configuration({"accounts": accounts})).violations == ()
    [violation] = policy.judge(sample, policy.configuration({"accounts": {"dev": ACCOUNT}})).violations
    assert violation.fault == f"names {ACCOUNT}, the account of dev"


def role_policy(resource: str, **fields: object) -> Sample:
    """Return a policy of a role that reads messages of some queues."""
    document = {"Version": "2012-10-17", "Statement": [allow("sqs:ReceiveMessage", resource)]}
    return Sample("aws:iam/rolePolicy:RolePolicy", "reader", {"policy": document}).changed(**fields)


@pytest.mark.parametrize(
    ("accounts", "resource", "passes"),
    [
        (f'["{ACCOUNT}"]', f"arn:aws:sqs:{REGION}:{ACCOUNT}:*", True),
        ([ACCOUNT], f"arn:aws:sqs:{REGION}:{ACCOUNT}:*", True),
        (f'["{ACCOUNT}"]', f"arn:aws:sqs:{REGION}:*:*", False),
        (f'["{ACCOUNT}"]', f"arn:aws:sqs:{REGION}:444455556666:*", False),
        (f'["{ACCOUNT}", "444455556666"]', f"arn:aws:sqs:{REGION}:{ACCOUNT}:*", False),
        (None, f"arn:aws:sqs:{REGION}:{ACCOUNT}:*", False),
    ],
)
def test_an_account_narrows_where_each_environment_has_its_own(accounts: object, resource: str, passes: bool) -> None:
    policy = roles_reach_only_their_environment.POLICY
    stack = stack_of([role_policy(resource, provider={**PROVIDER, "allowedAccountIds": accounts})])

    found = policy.judge(stack, policy.configuration({"account_per_environment": True})).violations

    assert (found == ()) is passes
    assert policy.judge(stack, policy.configuration({})).violations != ()


def test_what_a_permission_reaches_is_said() -> None:
    policy = roles_reach_only_their_environment.POLICY
    [violation] = policy.judge(stack_of([role_policy("*")]), policy.configuration({})).violations

    assert violation.fault == "allows sqs:ReceiveMessage on *, which may be another environment's"
    assert violation.path == "policy.Statement.0"


def test_a_policy_that_is_not_known_yet_is_left_undecided() -> None:
    policy = roles_reach_only_their_environment.POLICY
    judgement = policy.judge(stack_of([role_policy("*", inputs={"policy": UNKNOWN})]), policy.configuration({}))

    assert (judgement.violations, judgement.undecided) == ((), ("policy",))


def test_names_of_others_are_not_taken_for_the_stacks_own() -> None:
    foreign = Sample("aws:s3/bucketPolicy:BucketPolicy", "a", {"bucket": "theirs"}, {"bucket": "theirs"})
    mine = Sample("aws:s3/bucket:Bucket", "b", {}, {"bucket": "mine", "arn": "arn:aws:s3:::mine"})
    proxy = Sample("aws:rds/proxy:Proxy", "c", {}, {"arn": f"arn:aws:rds:{REGION}:{ACCOUNT}:db-proxy:prx-0a"})

    assert own_names(stack_of([foreign, mine, proxy]).resources) == {"mine", "prx-0a", "db-proxy:prx-0a"}
