"""Labels and taints follow Kubernetes' grammar. Does not prove that a node really gets them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.naming import (
    Taint,
    check_label,
    gpu_taint,
    interruptible_taint,
    label_value,
    node_labels,
    parameter_name,
    platform_name,
)


def test_names_of_an_environment():
    assert platform_name("dev") == "llm-platform-dev"
    assert parameter_name("dev", "network", "vpc-id") == "/llm-platform/dev/network/vpc-id"


def test_gpu_pools_are_tainted_with_the_pool_as_value():
    assert gpu_taint("training") == Taint("nvidia.com/gpu", "training", "NO_SCHEDULE")


def test_spot_nodes_are_interruptible_by_label_and_taint():
    assert interruptible_taint() == Taint("llm-platform/interruptible", "true", "NO_SCHEDULE")
    assert node_labels("spot", "spot")["llm-platform/interruptible"] == "true"


def test_labels_of_a_gpu_node():
    assert node_labels("training", "reserved", "NVIDIA H100") == {
        "llm-platform/pool": "training",
        "llm-platform/capacity": "reserved",
        "nvidia.com/gpu.present": "true",
        "nvidia.com/gpu.product": "NVIDIA-H100",
    }


def test_labels_of_a_node_without_gpu():
    assert node_labels("system", "on-demand") == {
        "llm-platform/pool": "system",
        "llm-platform/capacity": "on-demand",
    }


@given(st.text(max_size=100))
def test_any_text_becomes_a_legal_label_value(text: str):
    check_label("llm-platform/x", label_value(text))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("", "x"),
        ("a b", "x"),
        ("-a", "x"),
        ("Prefix/a", "x"),
        ("/a", "x"),
        ("a" * 64, "x"),
        ("a", "x" * 64),
        ("a", "x y"),
        ("a", "-x"),
    ],
)
def test_an_illegal_label_is_refused(key: str, value: str):
    with pytest.raises(ValueError, match="label"):
        check_label(key, value)


def test_an_illegal_taint_is_refused():
    with pytest.raises(ValueError, match="value 'not this'"):
        Taint("nvidia.com/gpu", "not this")
