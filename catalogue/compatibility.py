"""The compatibility lock: which Kubernetes minor versions, add-on versions and AMI types go together."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from catalogue.data_file import Record, read_yaml, validate

COMPATIBILITY_FILE = Path(__file__).parent / "compatibility.yaml"

REQUIRED_ADDONS = frozenset(
    {
        "vpc-cni",
        "coredns",
        "kube-proxy",
        "eks-pod-identity-agent",
        "aws-ebs-csi-driver",
        "aws-mountpoint-s3-csi-driver",
        "eks-node-monitoring-agent",
        "metrics-server",
    }
)

Text = Annotated[str, Field(min_length=1)]


class AddonVersion(Record):
    """One pinned EKS add-on and where it was seen to exist."""

    version: Annotated[str, Field(pattern=r"^v\d+\.\d+\.\d+-eksbuild\.\d+$")]
    date: date
    source: Text


class KubernetesVersion(Record):
    """A Kubernetes minor version on EKS with the add-ons that were chosen for it."""

    standard_support_ends: date
    extended_support_ends: date
    source: Text
    addon_versions: Mapping[str, AddonVersion]
    ami_types: Annotated[tuple[Text, ...], Field(strict=False, min_length=1)]
    """AMI types of this version's managed node groups that the platform knows, by name."""

    @model_validator(mode="after")
    def _pins_every_addon(self) -> Self:
        if missing := sorted(REQUIRED_ADDONS - set(self.addon_versions)):
            raise ValueError(f"no version for the add-ons {', '.join(missing)}")
        return self

    @property
    def addons(self) -> dict[str, str]:
        """Exact add-on versions by name, as EKS takes them."""
        return {name: addon.version for name, addon in self.addon_versions.items()}


class AmiType(Record):
    """An AMI type of EKS managed node groups, and the nodes that it is made for."""

    architecture: Literal["x86_64", "arm64"]
    accelerator: Literal["nvidia", "neuron"] | None
    """The drivers that the image brings; None for an image without any."""
    family: Literal["al2023", "bottlerocket"]


class Compatibility(Record):
    """The whole lock."""

    date: date
    sources: Annotated[tuple[Text, ...], Field(strict=False, min_length=1)]
    default_kubernetes_version: Text
    kubernetes_versions: Mapping[str, KubernetesVersion]
    ami_types: Mapping[str, AmiType]

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        for minor, version in self.kubernetes_versions.items():
            if unknown := sorted(set(version.ami_types) - set(self.ami_types)):
                raise ValueError(f"kubernetes_versions.{minor}.ami_types: {', '.join(unknown)}: not in ami_types")
        if self.default_kubernetes_version not in self.kubernetes_versions:
            known = ", ".join(self.kubernetes_versions)
            raise ValueError(f"default_kubernetes_version {self.default_kubernetes_version} is none of {known}")
        return self


def read_compatibility(path: Path) -> Compatibility:
    """A lock file, validated; raises CatalogueError with every fault of it."""
    return validate(path, read_yaml(path), Compatibility)


@cache
def load_compatibility() -> Compatibility:
    """The lock that the project ships."""
    return read_compatibility(COMPATIBILITY_FILE)
