"""Checks of a request's body against its schema: what is required, allowed, and how many.

Goes from an operation and a parsed body to nothing, or to a refusal that names the member; knows no answers.
"""

import re
from collections.abc import Callable

from flight_server.simulator.answers import invalid
from flight_server.simulator.generic.models import Model, ModelOperation, Schema

_TYPES: dict[str, Callable[[object], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def check_body(operation: ModelOperation, body: object, *, strict: bool = False) -> None:
    """Refuse a body that its schema does not allow.

    Members that the schema does not know are passed over, and those that are null are as good as absent; `strict`
    refuses both.
    """
    if body is None:
        if operation.body_required:
            raise invalid("Missing request body.")
        return
    assert operation.body is not None
    _check(operation.model, operation.body, body, "body", strict=strict)
    most = operation.odd("requests")
    requests = body.get("requests") if isinstance(body, dict) else body
    if most and isinstance(requests, list) and len(requests) > most:
        raise invalid(f"At most {most} requests are allowed.")


def _check(model: Model, schema: Schema, value: object, path: str, *, strict: bool) -> None:
    resolved = model.resolve(schema)
    wanted = resolved.get("type", "object" if "properties" in resolved else "")
    if wanted in _TYPES and not _TYPES[wanted](value):
        raise invalid(f"Invalid {path}: it must be of type {wanted}.")
    if isinstance(value, dict):
        _check_members(model, resolved, value, path, strict=strict)
    elif isinstance(value, list):
        _check_count(resolved, value, path)
        for place, one in enumerate(value):
            _check(model, resolved.get("items", {}), one, f"{path}[{place}]", strict=strict)
    else:
        _check_scalar(resolved, value, path)


def _check_members(model: Model, schema: Schema, value: dict[str, object], path: str, *, strict: bool) -> None:
    members = schema.get("properties", {})
    if not strict:
        value = {name: inner for name, inner in value.items() if inner is not None}
    missing = [name for name in schema.get("required", ()) if name not in value]
    if missing:
        raise invalid(f"Missing required member: {path}.{missing[0]}.")
    if strict and members and not schema.get("additionalProperties"):
        unknown = [name for name in value if name not in members]
        if unknown:
            raise invalid(f"Unknown member: {path}.{unknown[0]}.")
    for name, inner in value.items():
        if name in members:
            _check(model, members[name], inner, f"{path}.{name}", strict=strict)


def _check_count(schema: Schema, value: list[object], path: str) -> None:
    least, most = schema.get("minItems", 0), schema.get("maxItems")
    if len(value) < least or (most is not None and len(value) > most):
        raise invalid(f"Invalid {path}: {len(value)} entries, allowed are {least} to {most or 'any number'}.")


def _check_scalar(schema: Schema, value: object, path: str) -> None:
    if schema.get("enum") and value not in schema["enum"]:
        raise invalid(f"Invalid {path}: {value!r}: allowed are {', '.join(map(str, schema['enum']))}.")
    if isinstance(value, str):
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            raise invalid(f"Invalid {path}: wrong length.")
        if schema.get("pattern") and not re.search(schema["pattern"], value):
            raise invalid(f"Invalid {path}: {value!r}: wrong format.")
    elif isinstance(value, int | float) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        raise invalid(f"Invalid {path}: {value}: out of range.")
    elif schema.get("multipleOf") and isinstance(value, int | float) and value % schema["multipleOf"]:
        raise invalid(f"Invalid {path}: {value}: not a multiple of {schema['multipleOf']}.")
