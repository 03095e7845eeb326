"""Labels and taints follow Kubernetes' grammar. Does not prove that a node really gets them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.naming import (
    Taint,
    accelerator_taint,
    check_label,
    interruptible_taint,
    label_value,
    node_labels,
    parameter_name,
    platform_name,
)


def test_names_of_an_environment():
    assert platform_name("dev") == "llm-platform-dev"
    assert parameter_name("dev", "network", "vpc-id") == "/llm-platform/dev/network/vpc-id"


@pytest.mark.parametrize("resource", ["nvidia.com/gpu", "aws.amazon.com/neuron"])
def test_pools_are_tainted_with_their_accelerator_as_key_and_the_pool_as_value(resource: str):
    assert accelerator_taint(resource, "training") == Taint(resource, "training", "NO_SCHEDULE")


def test_spot_nodes_are_interruptible_by_label_and_taint():
    assert interruptible_taint() == Taint("llm-platform/interruptible", "true", "NO_SCHEDULE")
    assert node_labels("spot", "spot")["llm-platform/interruptible"] == "true"


def test_labels_of_a_gpu_node():
    assert node_labels("training", "reserved", "nvidia.com/gpu", "NVIDIA H100") == {
        "llm-platform/pool": "training",
        "llm-platform/capacity": "reserved",
        "nvidia.com/gpu.present": "true",
        "nvidia.com/gpu.product": "NVIDIA-H100",
    }


def test_gpu_nodes_of_several_models_are_labelled_as_gpu_nodes_without_a_model():
    assert node_labels("spot", "spot", "nvidia.com/gpu") == node_labels("spot", "spot") | {
        "nvidia.com/gpu.present": "true"
    }


def test_a_neuron_node_has_no_label_of_nvidias():
    assert node_labels("training", "reserved", "aws.amazon.com/neuron", "Trainium2") == {
        "llm-platform/pool": "training",
        "llm-platform/capacity": "reserved",
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


def test_bottlerocket_nodes_keep_a_second_device_plugin_off():
    key = "nvidia.com/gpu.deploy.device-plugin"
    assert node_labels("spot", "spot", "nvidia.com/gpu", bottlerocket=True)[key] == "false"
    assert key not in node_labels("spot", "spot", "nvidia.com/gpu")
    assert key not in node_labels("spot", "spot", "aws.amazon.com/neuron", bottlerocket=True)
