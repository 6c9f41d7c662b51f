"""Amazon's published models read a second time, for tests: what stands in each answer, walked without our compiler."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from catalog.apis import read_apis

SPAPI = Path(__file__).parents[3] / "shared" / "spapi"
FOLDERS = (SPAPI / "models", SPAPI / "models-newer")

needs_models = pytest.mark.skipif(
    not all(folder.is_dir() for folder in FOLDERS), reason="Amazon's published models are not beside this checkout"
)

Schema = dict[str, Any]


@dataclass(frozen=True)
class Leaf:
    """A member without members of its own: its path from the root, its schema, and what stands beside it."""

    path: str
    schema: Schema
    beside: dict[str, Schema]
    inside: str = ""  # the name of the definition around it


@cache
def answers() -> dict[tuple[str, str, str], tuple[Leaf, ...]]:
    """(api, version, operationId) → the leaves of its first successful answer."""
    found = {}
    for api in read_apis():
        for version, source in api.sources.items():
            (path,) = [folder / source for folder in FOLDERS if (folder / source).is_file()]
            model = json.loads(path.read_bytes())
            for item in model["paths"].values():
                for operation in item.values():
                    if isinstance(operation, dict) and "operationId" in operation:
                        leaves = tuple(_leaves(model, _answer(model, operation), "", {}, "", ()))
                        found[api.name, version, operation["operationId"]] = leaves
    return found


def _answer(model: Schema, operation: Schema) -> Schema:
    for status in sorted(operation["responses"]):
        schema: Schema = _resolved(model, operation["responses"][status]).get("schema", {})
        if status.startswith("2") and schema:
            return schema
    return {}


def _leaves(
    model: Schema, schema: Schema, path: str, beside: dict[str, Schema], inside: str, seen: tuple[str, ...]
) -> Iterator[Leaf]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name in seen:
            yield Leaf(path or "$", {"type": "object"}, beside, inside)
            return
        yield from _leaves(model, model["definitions"][name], path, beside, name, (*seen, name))
    elif schema.get("type") == "array" or "items" in schema:
        yield from _leaves(model, schema["items"], f"{path or '$'}[]", {}, inside, seen)
    elif members := _members(model, schema):
        for name, member in members.items():
            yield from _leaves(model, member, f"{path}.{name}".lstrip("."), members, inside, seen)
    elif schema:
        yield Leaf(path or "$", schema, beside, inside)


def _members(model: Schema, schema: Schema) -> dict[str, Schema]:
    schema = _resolved(model, schema)
    found = dict(schema.get("properties", {}))
    for part in schema.get("allOf", ()):
        found |= _members(model, part)
    return found


def resolved_type(model: Schema, schema: Schema) -> str:
    """Swagger's type of a schema, behind its `$ref`s."""
    return str(_resolved(model, schema).get("type", ""))


def _resolved(model: Schema, part: Schema) -> Schema:
    while "$ref" in part:
        found: Any = model
        for key in part["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        part = found
    return part
