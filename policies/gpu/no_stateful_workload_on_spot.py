"""What keeps data on volumes does not run on nodes that may be taken away."""

from __future__ import annotations

from collections.abc import Iterator

from policies.configuration import texts
from policies.placements import TYPES, Placement, mappings, names_of, placements
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.releases import Release
from policies.resources import Resource
from policies.spot import CONFIGURATION, VECTOR_DATABASES, welcome

CLAIMS = ("volumeClaimTemplate", "volumeClaimTemplates", "persistentVolumeClaim", "persistentVolumeClaims")


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Look at the places that let pods on spot nodes, and for volumes beside or below them."""
    if resource.kind == "DaemonSet" or not names_of(resource).isdisjoint(configuration.texts("judged_elsewhere")):
        return
    yield from each(placements(resource), lambda placement: _keeps_data(placement, configuration))
    if Release(resource).chart_name in configuration.texts("charts_with_pool"):
        values = resource.properties.inner("values")
        if values.text("pool") == "spot" and values.text("cache.kind") == "pvc":
            yield Violation(
                "keeps a volume (values.cache.kind is 'pvc') and runs on the pool 'spot'",
                "choose a cache of kind node or mountpoint, or another pool",
                "values.cache.kind",
            )


def _keeps_data(placement: Placement, configuration: Properties) -> Iterator[Violation]:
    how = welcome(placement, configuration)
    where = _volume(placement) if how else None
    if where:
        remedy = "let it run on on-demand nodes alone, or keep no data on its volumes"
        yield Violation(f"keeps data ({where}) and {how}", remedy, placement.properties.path)


def _volume(placement: Placement) -> str | None:
    if not placement.in_values:
        if placement.resource.kind.removesuffix("Patch") == "StatefulSet":
            return "a StatefulSet"
        for volume in placement.properties.inners("volumes"):
            if volume.has("persistentVolumeClaim") and not volume.flag("persistentVolumeClaim.readOnly"):
                return volume.at("persistentVolumeClaim")
        return None
    start = len(placement.properties.path)
    for mapping in mappings(placement.properties.value(), placement.properties.path):
        *before, name = mapping.path[start:].split(".")
        claims = name in CLAIMS or (name.isdecimal() and before[-1] in CLAIMS)
        store = name == "persistentVolume" or name.lower().endswith("persistence")
        if claims or (store and mapping.flag("enabled") is not False):
            return mapping.path
    return None


POLICY = ResourcePolicy(
    name="no-stateful-workload-on-spot",
    description="What keeps data on volumes runs on nodes that stay.",
    severity=Severity.HIGH,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            **CONFIGURATION,
            "charts_with_pool": texts(
                "Charts that choose nodes by a value `pool`, and their cache by `cache.kind`.", ["model-server"]
            ),
            "judged_elsewhere": texts(
                "Workloads that another policy keeps off spot: vector databases.", VECTOR_DATABASES
            ),
        }
    ),
    types=TYPES,
    validate=validate,
)
