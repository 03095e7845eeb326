"""Volumes by AMI type. Does not prove that the AMI boots from the device named here."""

from __future__ import annotations

import pytest

from components.launch_volumes import block_devices


@pytest.mark.parametrize(
    ("ami_type", "devices"),
    [
        ("AL2023_x86_64_STANDARD", ["/dev/xvda"]),
        ("AL2023_x86_64_NVIDIA", ["/dev/xvda"]),
        ("AL2023_x86_64_NEURON", ["/dev/xvda"]),
        ("BOTTLEROCKET_x86_64_NVIDIA", ["/dev/xvda", "/dev/xvdb"]),
    ],
)
def test_devices_of_an_ami_type(ami_type: str, devices: list[str]):
    assert [device.device_name for device in block_devices(ami_type, 100, "key")] == devices


def test_an_unknown_ami_type_is_refused():
    with pytest.raises(ValueError, match="AMI type 'AL2_x86_64_GPU'"):
        block_devices("AL2_x86_64_GPU", 100, "key")
