"""A request body's schema → parameters: one for every member, named by its path from the root of the body.

An array of objects is a parameter twice over: whole, as JSON (`items`), and by the members of its elements
(`items[].sellerSku`), for operations that take a request batch. A body that is itself an array has the path `$[]`.
Which members an object must have is told beside them, since most objects may be left out as a whole.
Knows no operation and no file.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from catalog.compile.members import is_currency, object_members, required_members
from catalog.model import ParameterModel

Swagger = Mapping[str, Any]


def body_parameters(swagger: Swagger, schema: Swagger, required: bool) -> Iterator[ParameterModel]:
    """Every member of a body; one is required where all that it stands in is required, too."""
    yield from _walk(swagger, schema, "", required, frozenset())


def body_objects(
    swagger: Swagger, schema: Swagger, path: str = "", seen: frozenset[str] = frozenset()
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(path, members that it must have) of every object in a body that must have some; the root's path is empty."""
    schema, names = _resolved(swagger, schema)
    if names & seen:
        return
    seen |= names
    if schema.get("type") == "array":
        yield from body_objects(swagger, schema.get("items", {}), f"{path or '$'}[]", seen)
        return
    if needed := required_members(swagger, schema):
        yield path, needed
    for name, member in object_members(swagger, schema).items():
        yield from body_objects(swagger, member, f"{path}.{name}" if path else name, seen)


def _walk(
    swagger: Swagger, schema: Swagger, path: str, required: bool, seen: frozenset[str]
) -> Iterator[ParameterModel]:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        if name in seen:
            yield ParameterModel(path, "body", "json", required=required)
        else:
            for found in _walk(swagger, swagger["definitions"][name], path, required, seen | {name}):
                yield replace(found, format="currency") if _is_currency(name, path, found) else found
    elif schema.get("type") == "array":
        yield from _walk_array(swagger, schema, path, required, seen)
    elif members := object_members(swagger, schema):
        needed = required_members(swagger, schema)
        for name, member in members.items():
            below = f"{path}.{name}" if path else name
            yield from _walk(swagger, member, below, required and name in needed, seen)
    elif schema.get("type") == "object" or "additionalProperties" in schema:
        yield ParameterModel(path, "body", "json", required=required)
    else:
        yield _leaf(schema, path, required)


def _is_currency(definition: str, path: str, found: ParameterModel) -> bool:
    return (found.type, found.format) == ("string", "") and is_currency(definition, path, found.name)


def _walk_array(
    swagger: Swagger, schema: Swagger, path: str, required: bool, seen: frozenset[str]
) -> Iterator[ParameterModel]:
    items, names = _resolved(swagger, schema.get("items", {}))
    if object_members(swagger, items) or items.get("type") in ("object", "array"):
        if path:
            yield ParameterModel(path, "body", "json", required=required, max_items=schema.get("maxItems"))
        if not names & seen:
            yield from _walk(swagger, items, f"{path or '$'}[]", required, seen | names)
    else:
        yield _leaf(items, path, required, is_list=True, max_items=schema.get("maxItems"))


def _resolved(swagger: Swagger, schema: Swagger) -> tuple[Swagger, frozenset[str]]:
    """The schema behind `$ref`s, and the names on the way to it."""
    names: set[str] = set()
    while "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        names.add(name)
        schema = swagger["definitions"][name]
    return schema, frozenset(names)


def _leaf(
    schema: Swagger, path: str, required: bool, is_list: bool = False, max_items: int | None = None
) -> ParameterModel:
    return ParameterModel(
        name=path,
        location="body",
        type=str(schema.get("type", "string")),
        format=str(schema.get("format", "")),
        required=required,
        is_list=is_list,
        max_items=max_items,
        enum=tuple(str(value) for value in schema.get("enum", ())),
    )
