"""The compatibility lock against botocore's AMI types. Does not prove that EKS offers the add-on versions."""

from typing import Any, cast

import botocore.session
import pytest

from catalogue.compatibility import REQUIRED_ADDONS, load_compatibility

LOCK = load_compatibility()


def test_the_platform_runs_1_35_which_is_supported_until_spring_2027() -> None:
    assert LOCK.default_kubernetes_version == "1.35"
    assert LOCK.kubernetes_versions["1.35"].standard_support_ends.isoformat() == "2027-03-27"
    assert list(LOCK.kubernetes_versions) == ["1.35", "1.34"]


@pytest.mark.parametrize("minor", LOCK.kubernetes_versions)
def test_each_version_pins_exactly_the_addons_that_the_cluster_installs(minor: str) -> None:
    version = LOCK.kubernetes_versions[minor]
    assert set(version.addons) == REQUIRED_ADDONS
    assert version.addons["kube-proxy"].startswith(f"v{minor}.")
    assert all(addon.source for addon in version.addon_versions.values())
    assert version.standard_support_ends < version.extended_support_ends


def test_ami_types_exist_in_eks_and_are_what_their_names_say() -> None:
    service = botocore.session.get_session().get_service_model("eks")
    assert set(LOCK.ami_types) <= set(cast("Any", service.shape_for("AMITypes")).enum)
    for name, ami_type in LOCK.ami_types.items():
        assert (ami_type.architecture == "arm64") == ("_ARM_64" in name), name
        assert (ami_type.accelerator == "nvidia") == name.endswith("_NVIDIA"), name
        assert (ami_type.accelerator == "neuron") == name.endswith("_NEURON"), name
        assert ami_type.family == name.split("_", maxsplit=1)[0].lower(), name
