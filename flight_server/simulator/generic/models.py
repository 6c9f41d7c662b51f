"""Amazon's models as the simulator holds them: one file an API, loaded at the first call of one of its operations.

Goes from method and path to a ModelOperation with its model's definitions; knows no answers. The files are written by
`flight_server.simulator.reading`.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

# A schema as JSON holds it: a dictionary of JSON values, whatever its keywords.
Schema = dict[str, Any]

_MODELS = Path(__file__).parents[1] / "models"
_DECLARED = Path(__file__).parent


@dataclass(frozen=True)
class ModelOperation:
    """One operation with what its model says."""

    operation_id: str
    method: str
    path: str
    rate: str
    burst: int
    parameters: tuple[Schema, ...]
    body: Schema | None
    body_required: bool
    status: int
    answer: Schema
    model: "Model" = field(repr=False)

    @cached_property
    def placeholders(self) -> tuple[str, ...]:
        """Names of the path parameters, in the path's order."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))

    @cached_property
    def rows(self) -> str:
        """Where the rows of the answer stand, as `rows.toml` writes it."""
        return str(declared("rows")[self.model.name][self.operation_id])

    def odd(self, oddity: str, default: Any = None) -> Any:
        """What `oddities.toml` declares of this operation."""
        return self.model.odd(oddity, {}).get(self.operation_id, default)


@dataclass(frozen=True)
class Model:
    """One API in one version: its read operations and the schemas that they name."""

    name: str
    definitions: Mapping[str, Schema]
    operations: dict[str, ModelOperation] = field(default_factory=dict, repr=False)
    resolved: dict[str, Schema] = field(default_factory=dict, repr=False)

    def odd(self, oddity: str, default: Any = None) -> Any:
        """What `oddities.toml` declares of this API."""
        return declared("oddities").get(self.name, {}).get(oddity, default)

    def resolve(self, schema: Schema) -> Schema:
        """The schema without $ref and allOf at its top; members keep theirs."""
        reference = schema.get("$ref")
        if reference is None:
            return self._merged(schema) if "allOf" in schema else schema
        if reference not in self.resolved:
            self.resolved[reference] = self.resolve(self.definitions[reference])
        return self.resolved[reference]

    def _merged(self, schema: Schema) -> Schema:
        merged: Schema = {"type": "object", "properties": {}, "required": []}
        for part in [*(self.resolve(one) for one in schema["allOf"]), schema]:
            merged["properties"] |= part.get("properties", {})
            merged["required"] = [*merged["required"], *part.get("required", ())]
        return merged


@cache
def declared(name: str) -> dict[str, dict[str, Any]]:
    """A declaration file beside this module, by model."""
    return tomllib.loads((_DECLARED / f"{name}.toml").read_text("utf-8"))


@cache
def routes() -> tuple[tuple[str, str, str, str], ...]:
    """Method, path, model and operationId of every operation that reads."""
    index: list[list[str]] = json.loads((_MODELS / "index.json").read_text("utf-8"))
    return tuple((method, path, name, operation_id) for method, path, name, operation_id in index)


@cache
def load_model(name: str) -> Model:
    """One API's model, read once."""
    told = json.loads((_MODELS / f"{name}.json").read_text("utf-8"))
    model = Model(name, told["definitions"])
    for one in told["operations"]:
        model.operations[one["id"]] = ModelOperation(
            operation_id=one["id"],
            method=one["method"],
            path=one["path"],
            rate=one["rate"],
            burst=one["burst"],
            parameters=tuple(one["parameters"]),
            body=one.get("body"),
            body_required=one.get("body_required", False),
            status=one["status"],
            answer=one["answer"],
            model=model,
        )
    return model


def find_route(method: str, path: str) -> tuple[str, str] | None:
    """Model and operationId behind a method and a path as sent; a literal segment beats a placeholder."""
    sent = path.split("/")
    found: list[tuple[int, str, str]] = []
    for route_method, template, name, operation_id in routes():
        parts = template.split("/")
        if route_method != method or len(parts) != len(sent):
            continue
        if all(part == text or (part.startswith("{") and text) for part, text in zip(parts, sent, strict=True)):
            found.append((template.count("{"), name, operation_id))
    if not found:
        return None
    _, name, operation_id = min(found)
    return name, operation_id
