"""A schema of Amazon's → its members, flattened: path from the root of the answer → type.

Walks `$ref`, `allOf`, objects and arrays; stops with `json` at free objects, at maps, and where a schema contains
itself. A text in a definition that is named as a currency, and which does not say so itself (`unit`, `code`), has the
type `string:currency`. Knows no operation and no file.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Swagger = Mapping[str, Any]


def members(swagger: Swagger, schema: Swagger | None) -> Iterator[tuple[str, str]]:
    """(path, type) of every leaf below `schema`; nothing where an operation answers without a body."""
    if schema is not None:
        yield from _walk(swagger, schema, "", frozenset())


def _walk(swagger: Swagger, schema: Swagger, path: str, seen: frozenset[str]) -> Iterator[tuple[str, str]]:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        if name in seen:
            yield path or "$", "json"
        else:
            for member, kind in _walk(swagger, swagger["definitions"][name], path, seen | {name}):
                yield member, "string:currency" if kind == "string" and is_currency(name, path, member) else kind
        return
    properties = object_members(swagger, schema)
    if schema.get("type") == "array":
        yield from _walk(swagger, schema.get("items", {}), f"{path or '$'}[]", seen)
    elif properties:
        for name, member in properties.items():
            yield from _walk(swagger, member, f"{path}.{name}" if path else name, seen)
    elif schema.get("type") == "object" or "additionalProperties" in schema:
        yield path or "$", "json"
    else:
        yield path or "$", _leaf_type(schema)


def object_members(swagger: Swagger, schema: Swagger) -> dict[str, Any]:
    """An object's own members and those of all that it is made of."""
    properties = dict(schema.get("properties", {}))
    for part in schema.get("allOf", ()):
        inner = swagger["definitions"][part["$ref"].rsplit("/", 1)[-1]] if "$ref" in part else part
        properties |= object_members(swagger, inner)
    return properties


def required_members(swagger: Swagger, schema: Swagger) -> tuple[str, ...]:
    """The members that an object must have, its own and those of all that it is made of, as far as they exist."""
    names = list(schema.get("required", ()))
    for part in schema.get("allOf", ()):
        inner = swagger["definitions"][part["$ref"].rsplit("/", 1)[-1]] if "$ref" in part else part
        names += required_members(swagger, inner)
    members_ = object_members(swagger, schema)
    return tuple(dict.fromkeys(name for name in names if name in members_))


def is_currency(definition: str, path: str, member: str) -> bool:
    """Whether a text is the currency of the definition, found at `path`, that it stands in.

    >>> is_currency("Currency", "fee", "fee.unit"), is_currency("Weight", "weight", "weight.unit")
    (True, False)
    """
    name = member.removeprefix(f"{path}.")
    return "currency" in definition.lower() and "currency" not in name.lower() and "." not in name


def _leaf_type(schema: Swagger) -> str:
    name = str(schema.get("type", "string"))
    return f"{name}:{schema['format']}" if schema.get("format") else name
