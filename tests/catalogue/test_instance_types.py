"""The instance catalogue against botocore's enumeration and moto's copy of DescribeInstanceTypes.

Does not prove that prices are today's, nor that a type has capacity anywhere: only a real account can.
"""

import re
from typing import Any, cast

import botocore.session
import pytest

from catalogue.instance_description import is_accelerator_family
from catalogue.instance_types import InstanceType, load_instance_catalogue, load_instance_types
from tests.catalogue.bundled_descriptions import bundled_descriptions

NAMES = tuple(load_instance_types())


def botocore_names() -> frozenset[str]:
    service = botocore.session.get_session().get_service_model("ec2")
    return frozenset(cast("Any", service.shape_for("InstanceType")).enum)


def of(name: str) -> InstanceType:
    return load_instance_types()[name]


def test_every_type_exists_in_ec2() -> None:
    assert set(NAMES) <= botocore_names()
    assert set(load_instance_catalogue().left_out) <= botocore_names()


def test_every_accelerator_type_of_ec2_is_listed_or_left_out_with_a_reason() -> None:
    accelerated = {name for name in botocore_names() if is_accelerator_family(name)}
    forgotten = accelerated - set(NAMES) - set(load_instance_catalogue().left_out)
    assert not forgotten, f"list them or give a reason in left_out: {sorted(forgotten)}"
    assert len(accelerated) > 80  # the check itself still finds the families


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("g4dn.xlarge", True),
        ("g5g.metal", True),
        ("gr6f.4xlarge", True),
        ("p6-b200.48xlarge", True),
        ("p6e-gb200.36xlarge", True),
        ("inf1.xlarge", True),
        ("trn2u.48xlarge", True),
        ("g4ad.xlarge", False),
        ("m7i.large", False),
        ("dl1.24xlarge", False),
    ],
)
def test_knows_the_accelerator_families(name: str, expected: bool) -> None:
    assert is_accelerator_family(name) is expected


@pytest.mark.parametrize("name", NAMES)
def test_agrees_with_the_bundled_description(name: str) -> None:
    described, listed = bundled_descriptions()[name], of(name)
    network = described["NetworkInfo"]
    assert listed.vcpus == described["VCpuInfo"]["DefaultVCpus"]
    assert listed.memory_gib == described["MemoryInfo"]["SizeInMiB"] / 1024
    assert listed.architecture in described["ProcessorInfo"]["SupportedArchitectures"]
    assert listed.local_nvme_gb == described.get("InstanceStorageInfo", {}).get("TotalSizeInGB", 0)
    assert listed.efa_interfaces == network.get("EfaInfo", {}).get("MaximumEfaInterfaces", 0)
    assert listed.network_cards == network["MaximumNetworkCards"]
    assert listed.dedicated_host is described["DedicatedHostsSupported"]
    assert set(listed.usage_classes) == set(described["SupportedUsageClasses"])
    if "GpuInfo" in described:
        (gpu,) = described["GpuInfo"]["Gpus"]
        assert listed.accelerator is not None
        assert listed.accelerator.name == gpu["Name"]
        assert listed.accelerator.manufacturer == "nvidia"
        assert listed.gpus == gpu["LogicalGpuCount"]
        total = described["GpuInfo"]["TotalGpuMemoryInMiB"] / 1024
        assert listed.accelerator.total_memory_gib == pytest.approx(total, rel=0.01)
    elif not name.startswith(("inf", "trn")):
        assert listed.accelerator is None


@pytest.mark.parametrize(
    ("name", "accelerator", "count", "total_gib"),
    [
        ("inf2.48xlarge", "Inferentia2", 12, 384),
        ("trn1.32xlarge", "Trainium", 16, 512),
        ("trn2.3xlarge", "Trainium2", 1, 96),
        ("trn2.48xlarge", "Trainium2", 16, 1536),
        ("trn2u.48xlarge", "Trainium2", 16, 1536),
    ],
)
def test_neuron_devices_are_as_the_neuron_documentation_has_them(
    name: str, accelerator: str, count: int, total_gib: int
) -> None:
    found = of(name).accelerator
    assert found is not None
    assert (found.name, found.count, found.total_memory_gib) == (accelerator, count, total_gib)
    assert found.resource_name == "aws.amazon.com/neuron"
    assert of(name).gpus == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_price_has_a_source_and_no_price_has_a_reason(name: str) -> None:
    listed = of(name)
    if listed.on_demand_usd_per_hour is None:
        assert listed.price_missing_because
        assert listed.price_source is None
    else:
        assert listed.price_source is not None
        assert listed.price_source.url.startswith("https://")


def test_only_known_types_have_no_price() -> None:
    without = {name for name in NAMES if of(name).on_demand_usd_per_hour is None}
    assert without == {"p5e.48xlarge", "trn2.3xlarge", "trn2.48xlarge", "trn2u.48xlarge"}


def test_prices_grow_with_the_gpus_of_a_family() -> None:
    prices = [of(f"g6.{size}").on_demand_usd_per_hour for size in ("xlarge", "12xlarge", "48xlarge")]
    assert prices == sorted(prices, key=lambda price: price or 0)
    assert len(set(prices)) == 3


@pytest.mark.parametrize(
    ("name", "pods"), [("t3.medium", 110), ("g5.4xlarge", 110), ("m7i.8xlarge", 250), ("p5.48xlarge", 250)]
)
def test_pods_follow_the_formula_of_eks(name: str, pods: int) -> None:
    assert of(name).pods_with_prefix_delegation == pods


@pytest.mark.parametrize(("name", "card"), [("p5.48xlarge", 0), ("p6-b300.48xlarge", 1), ("g6.xlarge", None)])
def test_says_where_efa_begins(name: str, card: int | None) -> None:
    assert of(name).first_efa_card == card


@pytest.mark.parametrize(
    ("name", "code", "spot_code"),
    [
        ("m7i.large", "L-1216C47A", "L-34B43A08"),
        ("gr6.4xlarge", "L-DB2E81BA", "L-3819A6DF"),
        ("p4d.24xlarge", "L-417A185B", "L-7212CCBC"),
        ("p5en.48xlarge", "L-417A185B", "L-C4BD4855"),
        ("p6-b200.48xlarge", "L-417A185B", None),
        ("inf2.xlarge", "L-1945791B", "L-B5D1601B"),
        ("trn1.2xlarge", "L-2C3B7624", "L-6B0D517C"),
    ],
)
def test_names_the_quota_that_a_type_draws_on(name: str, code: str, spot_code: str | None) -> None:
    assert (of(name).quota_family.code, of(name).quota_family.spot_code) == (code, spot_code)


def test_a_fraction_of_a_gpu_is_one_device() -> None:
    found = of("g6f.2xlarge").accelerator
    assert found is not None
    assert (found.count, found.fraction, of("g6f.2xlarge").gpus) == (1, 0.25, 1)
    assert found.resource_name == "nvidia.com/gpu"


def test_what_is_left_out_has_a_reason_of_some_length() -> None:
    for name, reason in load_instance_catalogue().left_out.items():
        assert len(reason) > 30, name


def test_loaded_types_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        cast("dict[str, object]", load_instance_types())["g5.xlarge"] = None
    with pytest.raises(ValueError, match="frozen"):
        of("g5.xlarge").__setattr__("vcpus", 1)


def test_covers_the_families_that_the_platform_is_sized_with() -> None:
    families = {re.sub(r"\..*", "", name) for name in NAMES}
    assert {"g4dn", "g5", "g6", "gr6", "g6e", "g7e", "p4d", "p4de", "p5", "p5e", "p5en"} <= families
    assert {"p6-b200", "p6-b300", "inf1", "inf2", "trn1", "trn1n", "trn2", "trn2u"} <= families
    assert {"m7i", "c7i", "r7i", "m7g", "m8g"} <= families
