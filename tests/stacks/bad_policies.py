"""Stack files with a fault in the section policies or in an approval: a part of the table of bad_inputs.py."""

from __future__ import annotations

from tests.stacks.bad_inputs import BadInput
from tests.stacks.valid_sections import REMOVED

NAME = "the name of a policy such as 'volumes-use-customer-keys': lower-case letters, digits and hyphens"
DAY = "allowed: a day such as '2027-11-30', in quotes"
EXEMPTION = {
    "policy": "keys-rotate",
    "resource": "keys-logs",
    "owner": "ml-platform",
    "reason": "the key is replaced in June",
    "expires": "2027-06-30",
}
MISSING = (
    "required: Last day on which it holds; after it the exemption is a fault itself; allowed: a day such as "
    "'2027-11-30', in quotes"
)

BAD_POLICIES = (
    BadInput(
        "an unknown key of policies",
        {"policies": {"level": {}}},
        ("policies.level: {}: unknown key; did you mean 'levels'?; allowed: levels, configuration, exemptions",),
    ),
    BadInput(
        "a level that is none",
        {"policies": {"levels": {"keys-rotate": "mandatry"}}},
        (
            "policies.levels.keys-rotate: 'mandatry': allowed: 'advisory', 'mandatory' or 'disabled'; did you mean "
            "'mandatory'?",
        ),
    ),
    BadInput(
        "a policy's name with a capital",
        {"policies": {"levels": {"Keys-rotate": "advisory"}}},
        (f"policies.levels.Keys-rotate: 'Keys-rotate': allowed: {NAME}",),
    ),
    BadInput(
        "a configuration that is no mapping",
        {"policies": {"configuration": {"gpu-ceiling": 8}}},
        ("policies.configuration.gpu-ceiling: 8: allowed: a mapping",),
    ),
    BadInput(
        "an exemption without its end",
        {"policies": {"exemptions": [{key: value for key, value in EXEMPTION.items() if key != "expires"}]}},
        (f"policies.exemptions[0].expires: not set: {MISSING}",),
    ),
    BadInput(
        "an exemption that ends on no day",
        {"policies": {"exemptions": [EXEMPTION | {"expires": "2027-02-30"}]}},
        (f"policies.exemptions[0].expires: '2027-02-30': {DAY}",),
    ),
    BadInput(
        "an exemption that ends on a day without quotes",
        {"policies": {"exemptions": [EXEMPTION | {"expires": "2027-06-30 00:00:00 +0000 UTC"}]}},
        (f"policies.exemptions[0].expires: '2027-06-30 00:00:00 +0000 UTC': {DAY}",),
    ),
    BadInput(
        "an exemption without a reason",
        {"policies": {"exemptions": [EXEMPTION | {"reason": ""}]}},
        ("policies.exemptions[0].reason: '': allowed: text of 3 characters or more",),
    ),
    BadInput(
        "exemptions that are a mapping",
        {"policies": {"exemptions": {"policy": "keys-rotate"}}},
        (
            "policies.exemptions: {policy: 'keys-rotate'}: allowed: a list; each entry on a line of its own that "
            "begins with '- ', or [a, b]",
        ),
    ),
    BadInput(
        "an approval without its end",
        {"node_groups.training[0].approval": {"by": "platform board"}},
        (
            "node_groups.training[0].approval.until: not set: required: Last day of the agreement; allowed: a day such "
            "as '2027-11-30', in quotes",
        ),
    ),
    BadInput(
        "an approval until a moment",
        {"node_pools[1].approval": {"by": "platform board", "until": "2027-11-30T00:00:00Z"}},
        (f"node_pools[1].approval.until: '2027-11-30T00:00:00Z': {DAY}",),
    ),
    BadInput(
        "an approval by nobody",
        {"dedicated_hosts[0].approval": {"by": "", "until": "2027-11-30"}, "policies": REMOVED},
        ("dedicated_hosts[0].approval.by: '': allowed: 1 to 64 letters, digits, spaces and _ . : / = + @ -",),
    ),
)
