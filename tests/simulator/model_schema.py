"""Amazon's Swagger models as JSON Schemas that also refuse members the model does not declare."""

import json
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema

SPAPI = Path(__file__).parents[2].parent / "shared" / "spapi"
MODELS, NEWER = SPAPI / "models", SPAPI / "models-newer"
PLANS = SPAPI / "facts" / "usage_plans.json"
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


def _merged(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """A schema whose allOf parts are one object, so that it can be closed."""
    if "$ref" in schema:
        return _merged(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    members, required = dict(schema.get("properties", {})), list(schema.get("required", []))
    for part in (_merged(part, definitions) for part in schema.get("allOf", [])):
        members |= part.get("properties", {})
        required += part.get("required", [])
    told = {name: value for name, value in schema.items() if name not in {"allOf", "required"}}
    if members:
        told["properties"] = members
    return {**told, "required": required} if required else told


def _without_all_of(part: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(part, list):
        return [_without_all_of(one, definitions) for one in part]
    if not isinstance(part, dict):
        return part
    flat = _merged(part, definitions) if isinstance(part.get("allOf"), list) else part
    return {name: _without_all_of(one, definitions) for name, one in flat.items()}


def _document(model: str) -> dict[str, Any]:
    """A model file; the newer ones without the lists of values that all their texts share."""
    if (MODELS / model).is_file():
        found: dict[str, Any] = json.loads((MODELS / model).read_text("utf-8"))
        return found
    found = json.loads((NEWER / model).read_text("utf-8"))
    for schema in found["definitions"].values():
        for member in schema.get("properties", {}).values():
            member.pop("enum", None)
            member.get("items", {}).pop("enum", None)
    return found


def operations(model: str) -> dict[str, dict[str, Any]]:
    """The operations of a model file by operationId, each with its path and method."""
    document = _document(model)
    return {
        declared["operationId"]: {**declared, "path": path, "method": method.upper()}
        for path, methods in document["paths"].items()
        for method, declared in methods.items()
        if isinstance(declared, dict) and "operationId" in declared
    }


@lru_cache(maxsize=16)
def answer_checker(model: str, operation_id: str, status: int) -> jsonschema.Draft4Validator:
    """A validator for the body of one operation's answer with this status."""
    document = _document(model)
    definitions = document["definitions"]
    schema = _without_all_of(operations(model)[operation_id]["responses"][str(status)]["schema"], definitions)
    closed = _closed(_without_all_of(definitions, definitions))
    root = {**_closed(schema), "definitions": closed}
    if "$ref" in schema:  # siblings of $ref are ignored, so wrap it
        root = {"allOf": [schema], "definitions": closed}
    return jsonschema.Draft4Validator(root, format_checker=_FORMATS)
