"""The key `slos` of a model: what it promises its clients, over 30 days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_before_validator_function

from stacks.sections.section import Section
from stacks.value_types import refused


@dataclass(frozen=True)
class Between:
    """A number between two limits, both included."""

    minimum: float
    maximum: float
    unit: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Refuse text, booleans and numbers out of range."""
        return no_info_before_validator_function(self._checked, handler(source))

    def _checked(self, value: object) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool) and self.minimum <= value <= self.maximum:
            return float(value)
        raise refused(f"{self.unit} from {self.minimum:g} to {self.maximum:g}")

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Give the editor the limits."""
        return {**handler(schema), "minimum": self.minimum, "maximum": self.maximum}


# Below 0.9 no burn rate could alert: all requests being bad would burn at less than 10. Above 0.9999 a model needs a
# million requests a month for a budget of a hundred.
Ratio = Annotated[float, Between(0.9, 0.9999, "a share")]
Seconds = Annotated[float, Between(0.01, 60, "a number of seconds")]


class LatencySettings(Section):
    """A time that most requests keep to."""

    seconds: Seconds
    """The limit; one that the engine counts by, as charts/model-server/files/engines.yaml lists them"""

    ratio: Ratio
    """Share of the requests that keep it"""


class ObjectivesSettings(Section):
    """Service level objectives; how fast the rest, the error budget, is spent alerts the model's team."""

    availability: Ratio | None = None
    """Share of the requests that are answered without an error"""

    ttft: LatencySettings | None = None
    """Time to the first token"""

    tpot: LatencySettings | None = None
    """Time for each further token, the mean of a request"""

    @property
    def latencies(self) -> dict[str, LatencySettings]:
        """The promised times, by their key."""
        return {key: given for key, given in (("ttft", self.ttft), ("tpot", self.tpot)) if given is not None}
