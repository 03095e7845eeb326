"""Vector databases run on nodes that stay."""

from __future__ import annotations

from collections.abc import Iterator

from policies.configuration import texts
from policies.placements import TYPES, Placement, names_of, placements
from policies.policy import EnforcementLevel, PolicyConfigSchema, ResourcePolicy, Severity, Violation, each
from policies.reading import Properties
from policies.resources import Resource
from policies.spot import CONFIGURATION, VECTOR_DATABASES, spot_labels, welcome

PASSING = ("DaemonSet", "Job", "CronJob")
"""Kinds whose pods hold no data."""


def validate(resource: Resource, configuration: Properties) -> Iterator[Violation]:
    """Ask every place that says where its pods go to keep off spot nodes; there must be one."""
    if resource.kind in PASSING or names_of(resource).isdisjoint(configuration.texts("names")):
        return
    yield from each(_places(resource), lambda placement: _on_spot(placement, configuration))


def _on_spot(placement: Placement, configuration: Properties) -> Iterator[Violation]:
    labels = spot_labels(configuration)
    remedy = "require in affinity.nodeAffinity that {} is NotIn [{}], and tolerate no taint of spot nodes".format(
        *next(iter(labels.items()), ("", ""))
    )
    how = welcome(placement, configuration)
    # A part of a chart that says nothing of affinity has that of the whole chart.
    says = not placement.in_values or placement.properties.path == "values" or placement.properties.has("affinity")
    if how is None and says and not placement.keeps_off(labels):
        how = "does not keep off spot nodes"
    if how is not None:
        yield Violation(f"is a vector database and {how}", remedy, placement.properties.at("affinity"))


def _places(resource: Resource) -> Iterator[Placement]:
    found = list(placements(resource))
    yield from found
    whole = any(each.properties.path == "values" for each in found)
    if not whole and resource.type.startswith("kubernetes:helm.sh/"):
        yield Placement(resource, resource.properties.inner("values"), Properties({}), in_values=True)


POLICY = ResourcePolicy(
    name="no-vector-database-on-spot",
    description="Vector databases run on nodes that stay.",
    severity=Severity.CRITICAL,
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=PolicyConfigSchema(
        properties={
            **CONFIGURATION,
            "names": texts("Charts, releases and objects that are vector databases.", VECTOR_DATABASES),
        }
    ),
    types=TYPES,
    validate=validate,
)
