"""Amazon's Swagger models as JSON Schemas that also refuse members the model does not declare."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema

MODELS = Path(__file__).parents[2].parent / "shared" / "spapi" / "models"
_FORMATS = jsonschema.FormatChecker(formats=())


@_FORMATS.checks("date-time", raises=ValueError)
def _is_instant(text: object) -> bool:
    return not isinstance(text, str) or datetime.fromisoformat(text).tzinfo is not None


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(part) for name, part in schema.items()}
    if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema:
        closed["additionalProperties"] = False
    return closed


def operations(model: str) -> dict[str, dict[str, Any]]:
    """The operations of a model file by operationId, each with its path and method."""
    document = json.loads((MODELS / model).read_text("utf-8"))
    return {
        declared["operationId"]: {**declared, "path": path, "method": method.upper()}
        for path, methods in document["paths"].items()
        for method, declared in methods.items()
        if isinstance(declared, dict) and "operationId" in declared
    }


def answer_checker(model: str, operation_id: str, status: int) -> jsonschema.Draft4Validator:
    """A validator for the body of one operation's answer with this status."""
    document = json.loads((MODELS / model).read_text("utf-8"))
    schema = operations(model)[operation_id]["responses"][str(status)]["schema"]
    root = {**_closed(schema), "definitions": _closed(document["definitions"])}
    if "$ref" in schema:  # siblings of $ref are ignored, so wrap it
        root = {"allOf": [schema], "definitions": _closed(document["definitions"])}
    return jsonschema.Draft4Validator(root, format_checker=_FORMATS)
