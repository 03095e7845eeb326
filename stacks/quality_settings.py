"""The file quality.yaml of a watch, as workloads/quality reads it."""

from __future__ import annotations

from typing import Any

import pulumi

from stacks.sections.quality import QualityWatchSettings
from stacks.sections.section import Section


def watch_settings(watch: QualityWatchSettings, bucket: pulumi.Output[str]) -> dict[str, Any]:
    """Return the settings; `bucket` is the datasets'. What the stack file leaves out is left to the program."""
    sections: dict[str, Section | None] = {
        "predictions": watch.predictions,
        "feedback": watch.feedback,
        "reference": watch.reference,
        "window": watch.window,
        "groups": watch.groups,
        "drift": watch.drift,
        "embedding": watch.embedding,
    }
    written = {name: _written(section, bucket) for name, section in sections.items() if section is not None}
    return {
        "model": watch.model,
        "results": pulumi.Output.format("s3://{}/{}/", bucket, watch.results),
        "schedule": {"every_minutes": watch.every_minutes},
    } | {name: section for name, section in written.items() if section}


def _written(section: Section, bucket: pulumi.Output[str]) -> dict[str, Any]:
    values = section.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    prefix = values.pop("prefix", None)
    return values | ({"uri": pulumi.Output.format("s3://{}/{}/", bucket, prefix)} if prefix is not None else {})
