"""The address plan, as properties over every VPC size and prefix length that Amazon VPC takes.

Does not prove that EC2 accepts the blocks: that is the rehearsal's part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from components.address_plan import AddressPlan, plan_addresses

ZONES = ("us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d", "us-east-1f", "us-east-1e")


@dataclass(frozen=True)
class Request:
    vpc_cidr: str
    public: int
    private: int
    database: int

    def plan(self, zones: Sequence[str]) -> AddressPlan:
        return plan_addresses(self.vpc_cidr, zones, self.public, self.private, self.database)

    def fits(self, zones: Sequence[str]) -> bool:
        try:
            self.plan(zones)
        except ValueError:
            return False
        return True


@st.composite
def requests(draw: st.DrawFn) -> Request:
    length = draw(st.integers(16, 26))
    address = draw(st.integers(0, 2**length - 1)) << (32 - length)
    subnet = st.integers(min(length + 1, 28), 28)
    return Request(str(IPv4Network((address, length))), draw(subnet), draw(subnet), draw(subnet))


def blocks(plan: AddressPlan) -> list[IPv4Network]:
    return [IPv4Network(cidr) for kind in (plan.public, plan.private, plan.database) for cidr in kind.values()]


@given(requests(), st.integers(1, 6))
def test_subnets_lie_inside_the_vpc_and_never_overlap(request: Request, count: int) -> None:
    zones = ZONES[:count]
    assume(request.fits(zones))
    found = blocks(request.plan(zones))
    assert len(found) == 3 * count
    assert all(block.subnet_of(IPv4Network(request.vpc_cidr)) for block in found)
    assert not any(one.overlaps(other) for one, other in combinations(found, 2))


@given(requests(), st.integers(1, 6))
def test_subnets_have_the_prefix_length_asked_for_in_every_zone(request: Request, count: int) -> None:
    zones = ZONES[:count]
    assume(request.fits(zones))
    plan = request.plan(zones)
    for kind, length in (
        (plan.public, request.public),
        (plan.private, request.private),
        (plan.database, request.database),
    ):
        assert list(kind) == list(zones)
        assert {IPv4Network(cidr).prefixlen for cidr in kind.values()} == {length}


@given(requests(), st.integers(2, 6))
def test_appending_a_zone_moves_no_subnet(request: Request, count: int) -> None:
    zones = ZONES[:count]
    assume(request.fits(zones))
    before, after = request.plan(zones[:-1]), request.plan(zones)
    for small, large in (
        (before.public, after.public),
        (before.private, after.private),
        (before.database, after.database),
    ):
        assert small.items() <= large.items()


@given(requests(), st.integers(1, 6))
def test_a_refusal_of_what_does_not_fit_states_true_figures(request: Request, count: int) -> None:
    zones = ZONES[:count]
    assume(not request.fits(zones))
    vpc = IPv4Network(request.vpc_cidr)
    needed = count * (2 ** (32 - request.private) + 2 * 2 ** (32 - min(request.public, request.database)))
    assert needed > vpc.num_addresses
    with pytest.raises(ValueError, match=f"{vpc.num_addresses} addresses, but {count} zones need {needed}"):
        request.plan(zones)


def test_the_plan_of_a_three_zone_vpc() -> None:
    plan = plan_addresses("10.20.0.0/16", ZONES[:3])
    assert plan.private == {
        "us-east-1a": "10.20.0.0/19",
        "us-east-1b": "10.20.32.0/19",
        "us-east-1c": "10.20.64.0/19",
    }
    assert plan.public == {
        "us-east-1a": "10.20.254.0/24",
        "us-east-1b": "10.20.252.0/24",
        "us-east-1c": "10.20.250.0/24",
    }
    assert plan.database == {
        "us-east-1a": "10.20.255.0/24",
        "us-east-1b": "10.20.253.0/24",
        "us-east-1c": "10.20.251.0/24",
    }


@pytest.mark.parametrize(
    ("vpc_cidr", "zones", "lengths", "message"),
    [
        (
            "10.0.0.0/20",
            ZONES[:2],
            (24, 19, 24),
            "10.0.0.0/20 has 4096 addresses, but 2 zones need 17408: in each",
        ),
        ("10.0.0.0/8", ZONES[:2], (24, 19, 24), "VPC prefix length /8 is outside /16 to /28"),
        ("10.0.0.0/16", ZONES[:2], (29, 19, 24), "public prefix length /29 is outside /16 to /28"),
        ("10.0.0.0/16", ZONES[:2], (24, 15, 24), "private prefix length /15 is outside /16 to /28"),
        ("10.0.0.0/16", ZONES[:2], (24, 19, 30), "database prefix length /30 is outside /16 to /28"),
        ("10.0.0.5/16", ZONES[:2], (24, 19, 24), "10.0.0.5/16 has host bits set"),
        ("10.0.0.0/16", (), (24, 19, 24), "an address plan needs at least one zone"),
        ("10.0.0.0/16", ("us-east-1a", "us-east-1a"), (24, 19, 24), "a zone is listed twice"),
    ],
)
def test_what_amazon_vpc_would_refuse_is_refused(
    vpc_cidr: str, zones: Sequence[str], lengths: tuple[int, int, int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        plan_addresses(vpc_cidr, zones, *lengths)
