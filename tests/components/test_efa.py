"""EFA interfaces by instance type. Does not prove that EC2 launches with them."""

from __future__ import annotations

import pytest

from components.efa import efa_network_interfaces


def shape(efa: int, cards: int) -> list[tuple[object, object, object]]:
    return [
        (one.network_card_index, one.device_index, one.interface_type)
        for one in efa_network_interfaces(efa, cards, ["sg-cluster", "sg-efa"])
    ]


def test_p5_has_an_interface_on_each_of_its_32_cards():
    assert shape(32, 32) == [(0, 0, "efa"), *((card, 1, "efa-only") for card in range(1, 32))]


def test_a_single_card_carries_both_ip_and_efa():
    assert shape(1, 1) == [(0, 0, "efa")]


def test_p6_b300_has_no_efa_on_its_first_card():
    assert shape(16, 17) == [(0, 0, "interface"), *((card, 0, "efa-only") for card in range(1, 17))]


def test_every_interface_names_its_security_groups_and_no_public_address():
    for interface in efa_network_interfaces(4, 4, ["sg-cluster", "sg-efa"]):
        assert interface.security_groups == ["sg-cluster", "sg-efa"]
        assert interface.associate_public_ip_address is None
        assert interface.delete_on_termination == "true"


@pytest.mark.parametrize(("efa", "cards"), [(0, 1), (2, 1)])
def test_impossible_counts_are_refused(efa: int, cards: int):
    with pytest.raises(ValueError, match=f"{efa} EFA interfaces on {cards} network cards"):
        efa_network_interfaces(efa, cards, [])
