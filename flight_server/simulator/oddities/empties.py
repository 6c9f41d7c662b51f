"""Objects that are not there, told as an empty text or an empty list: `"OrderTotal": ""` of a pending order.

Goes from an answer and the schema of its rows to rows in which every absent object is told so; an object that is
there stays. Knows the models and no operation.
"""

from collections.abc import Iterator

from flight_server.simulator.generic.identities import number, plain
from flight_server.simulator.generic.models import Model, ModelOperation, Schema, find_route, load_model
from flight_server.simulator.operations import OperationCall

_UNTOUCHED = frozenset({"error", "errors", "pagination"})


def with_empties(call: OperationCall, body: object) -> object:
    """The answer with an empty text or list for each object that its rows might have and have not."""
    route = find_route(call.operation.method, call.operation.path)
    if route is None:
        return body
    model = load_model(route[0])
    operation = model.operations[route[1]]
    return _at_rows(operation, operation.answer, body, _steps(operation), call.story.seed)


def _steps(operation: ModelOperation) -> list[str]:
    return [step for step in operation.rows.removesuffix("[*]").removesuffix("[]").split(".") if step not in ("", "$")]


def _at_rows(operation: ModelOperation, schema: Schema, value: object, steps: list[str], seed: int) -> object:
    """The value with its rows changed; `steps` lead to them."""
    if steps and isinstance(value, dict) and steps[0] in value:
        inner = operation.model.resolve(schema)["properties"][steps[0]]
        return {**value, steps[0]: _at_rows(operation, inner, value[steps[0]], steps[1:], seed)}
    if steps:
        return value
    if operation.rows.endswith("[*]"):
        lists = operation.model.resolve(schema)["properties"]
        assert isinstance(value, dict)
        return {name: _filled(operation.model, lists[name], told, (seed, name)) for name, told in value.items()}
    return _filled(operation.model, schema, value, (seed,))


def _filled(model: Model, schema: Schema, value: object, key: tuple[object, ...]) -> object:
    resolved = model.resolve(schema)
    if isinstance(value, list) and "items" in resolved:
        return [_filled(model, resolved["items"], one, (*key, place)) for place, one in enumerate(value)]
    members = resolved.get("properties", {})
    if not isinstance(value, dict) or not members:
        return value
    told = {
        name: _filled(model, members[name], inner, (*key, name)) if name in members else inner
        for name, inner in value.items()
    }
    return {**told, **dict(_absent(model, members, value, key))}


def _absent(
    model: Model, members: dict[str, Schema], value: dict[str, object], key: tuple[object, ...]
) -> Iterator[tuple[str, object]]:
    """The objects that are not there, each with what stands in its place."""
    for name, part in members.items():
        is_object = "properties" in model.resolve(part)
        if name not in value and is_object and plain(name) not in _UNTOUCHED:
            yield name, "" if number(*key, name) % 2 else []
