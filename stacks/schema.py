"""JSON Schemas, of a stack file for editors and of the document for Ansible: `python -m stacks.schema` writes both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from stacks.gpu_host_document import GpuHostDocument
from stacks.settings import NAMESPACE, Settings

FILE = Path(__file__).with_name("schema.json")
PLATFORM_FILE = Path(__file__).resolve().parents[1] / "ansible" / "platform.schema.json"


def stack_file_schema() -> dict[str, Any]:
    """The schema of a whole stack file: our namespace is closed, those of others are their own affair."""
    schema = Settings.model_json_schema()
    sections = {f"{NAMESPACE}:{name}": section for name, section in schema["properties"].items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Stack file of the LLM platform",
        "description": "Generated from stacks/settings.py by `python -m stacks.schema`; do not edit.",
        "type": "object",
        "properties": {
            "config": {
                "type": "object",
                "properties": sections,
                "required": [f"{NAMESPACE}:{name}" for name in schema["required"]],
                "propertyNames": {"anyOf": [{"enum": list(sections)}, {"not": {"pattern": f"^{NAMESPACE}:"}}]},
            },
            "environment": {"description": "Pulumi ESC environments to import"},
            "encryptionsalt": {"type": "string"},
            "encryptedkey": {"type": "string"},
            "secretsprovider": {"type": "string"},
        },
        "required": ["config"],
        "additionalProperties": False,
        "$defs": schema["$defs"],
    }


def platform_schema() -> dict[str, Any]:
    """The schema of the stack output `gpu-hosts`."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **GpuHostDocument.model_json_schema()}


def rendered(schema: dict[str, Any]) -> str:
    """A schema as its file has it."""
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(rendered(stack_file_schema()), encoding="utf-8")
    PLATFORM_FILE.write_text(rendered(platform_schema()), encoding="utf-8")
