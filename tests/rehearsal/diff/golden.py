"""Comments as they are meant to look. `python -m tests.rehearsal.diff.golden` writes them anew, to be looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rehearsal.diff.changes import Against, Diff, Section
from rehearsal.diff.rehearsed import Fault, PolicySection, empty
from rehearsal.report.comment import comment
from tests.rehearsal.diff.sides_in_memory import (
    BUCKET,
    NODE_GROUP,
    SUBNET,
    VPC,
    diff_of,
    finding,
    pack,
    resource,
    side,
    urn,
)

FOLDER: Final = Path(__file__).with_name("golden")
SHORT: Final = 3000
"""Characters of the comment that has to leave much out."""

HOSTILE: Final = "a|b`c\\|<b>@octocat #1</b>\n| x | y |"


def nothing() -> Diff:
    """Two sides that are the same."""
    return diff_of(side(resource(VPC, "vpc"), policies=pack()), side(resource(VPC, "vpc"), policies=pack()))


def everything(stack: str = "dev") -> Diff:
    """One of each that a comparison can find."""
    vpc, subnet = urn(VPC, "vpc"), urn(SUBNET, "private-a")
    old = side(
        resource(VPC, "vpc", {"cidrBlock": "10.0.0.0/16", "enableDnsSupport": True}, id="vpc-1"),
        resource(SUBNET, "private-a", {"vpcId": "vpc-1"}, id="subnet-1"),
        resource(NODE_GROUP, "serve", {"subnetIds": ["subnet-1"], "instanceTypes": ["g6.xlarge"]}, protect=True),
        resource(BUCKET, "audit", {"bucket": "audit"}, protect=True),
        resource(BUCKET, "scratch", {"bucket": "scratch"}, retain_on_delete=True),
        resource(BUCKET, "weights", {"tags": {"Name": "weights"}}),
        *(resource(BUCKET, name, {"tagsAll": {"team": "a"}}) for name in ("logs", "models", "results")),
        policies=pack(
            finding("no-open-ingress", "SecurityGroup door: lets 0.0.0.0/0 in. Remedy: name the addresses"),
            finding("mandatory-tags", "Bucket logs: has no owner. Remedy: name one", "advisory"),
            exemptions=({"policy": "p", "resource": "r", "owner": "o", "reason": "gone", "expires": "2026-01-01"},),
        ),
        outputs={"endpoint": "a"},
    )
    new = side(
        resource(VPC, "vpc", {"cidrBlock": "10.1.0.0/16", "enableDnsSupport": False}, id="vpc-1"),
        resource(SUBNET, "private-a", {"vpcId": "vpc-1"}, id="subnet-1", takes={"vpcId": [vpc]}),
        resource(
            NODE_GROUP,
            "serve",
            {"subnetIds": ["subnet-1"], "instanceTypes": ["g6.2xlarge"]},
            takes={"subnetIds": [subnet]},
            protect=True,
        ),
        resource(BUCKET, "models-of-all", {"tags": {"Name": "models-of-all"}}),
        resource(BUCKET, "new", {"bucket": "new"}),
        *(resource(BUCKET, name, {"tagsAll": {"team": "b"}}) for name in ("logs", "models", "results")),
        policies=pack(
            finding("volumes-use-customer-keys", "Instance host: is not encrypted. Remedy: name a key"),
            finding("mandatory-tags", "Bucket logs: has no cost centre. Remedy: name one", "advisory"),
            finding("pods-have-probes", "Deployment chat: has none. Remedy: add one", "advisory"),
            exemptions=({"policy": "p", "resource": "r", "owner": "o", "reason": "a fair", "expires": "2027-01-01"},),
        ),
        outputs={"endpoint": "b", "more": 1},
        faults=(Fault(urn=vpc, check="rule", property="cidrBlock", message="overlaps with 10.1.0.0/16", at="a.py:3"),),
    )
    return diff_of(old, new).model_copy(update={"stack": stack})


def with_further_sections() -> Diff:
    """A document that has more sections."""
    cost = Section(said="12.50 USD a day more.", columns=["pool", "USD a day"], rows=[["serve", "+12.50"]])
    return nothing().model_copy(update={"cost": cost, "quotas": Section(said="Enough of all.")})


def hostile() -> Diff:
    """Names and messages that try to be more than text."""
    new = side(
        resource(VPC, HOSTILE, {HOSTILE: HOSTILE}),
        policies=PolicySection(packs=(HOSTILE,), findings=(finding(HOSTILE, HOSTILE, urn=urn(VPC, HOSTILE)),)),
    )
    return diff_of(side(resource(VPC, HOSTILE)), new, Against(given=HOSTILE)).model_copy(update={"stack": HOSTILE})


def big(count: int = 2000) -> Diff:
    """A comparison with long lists of everything."""
    old = [resource(VPC, f"vpc-{index}", {"cidrBlock": "10.0.0.0/16"}) for index in range(count)]
    new = [resource(VPC, f"vpc-{index}", {"cidrBlock": f"10.{index}.0.0/16"}) for index in range(1, count)]
    added = [resource(BUCKET, f"bucket-{index}") for index in range(count)]
    violations = [finding("no-open-ingress", f"SecurityGroup door-{index}: is open") for index in range(count)]
    return diff_of(side(*old), side(*new, *added, policies=pack(*violations)))


def comments() -> dict[str, str]:
    """Return the comments by the names of their files."""
    first = empty("dev")
    return {
        "nothing": comment([nothing()]),
        "everything": comment([everything()]),
        "environments": comment([everything(), diff_of(first, side(resource(VPC, "vpc"))), nothing()]),
        "sections": comment([with_further_sections()]),
        "hostile": comment([hostile()]),
        "short": comment([big()], SHORT),
    }


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in comments().items():
        (FOLDER / f"{name}.md").write_text(text)


if __name__ == "__main__":
    main()
