"""Amazon's published sandbox examples: request parameters and the body that answers them, read from the models."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MODELS = Path(__file__).parents[3] / "shared" / "spapi" / "models"

_KEYS = ("x-amzn-api-sandbox", "x-amazon-spds-sandbox-behaviors")


@dataclass(frozen=True)
class Example:
    """One static case of an operation; `parameters` are flat, a body's members by their path."""

    model: str
    operation_id: str
    method: str
    status: int
    number: int
    parameters: dict[str, Any]
    body: Any

    @property
    def name(self) -> str:
        """What a test shows."""
        return f"{self.model}-{self.operation_id}-{self.status}-{self.number}"


def read_examples() -> Iterator[Example]:
    """Every static case of every model; nothing where the models are not beside the checkout."""
    for path in sorted(MODELS.glob("*.json")):
        swagger = json.loads(path.read_bytes())
        for item in swagger["paths"].values():
            for method, operation in item.items():
                if isinstance(operation, dict) and "operationId" in operation:
                    yield from _of_operation(path.stem, method, operation)


def _of_operation(model: str, method: str, operation: dict[str, Any]) -> Iterator[Example]:
    for status, response in sorted(operation.get("responses", {}).items()):
        found: Any = next((response[key] for key in _KEYS if key in response), {})
        cases = found.get("static", ()) if isinstance(found, dict) else found
        for number, case in enumerate(cases):
            given = case.get("request", {}).get("parameters", {})
            parameters = {name: each.get("value") for name, each in given.items() if isinstance(each, dict)}
            yield Example(
                model, operation["operationId"], method.upper(), int(status), number, parameters, case.get("response")
            )
