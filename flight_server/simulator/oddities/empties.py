"""Objects that are not there, told as an empty text or an empty list: `"OrderTotal": ""` of a pending order.

Goes from an answer and its schema to one in which every absent object is told so; an object that is there stays. Knows
the models and no operation.
"""

from collections.abc import Iterator, Mapping

from flight_server.simulator.generic.identities import number, plain
from flight_server.simulator.generic.models import Model, Schema, find_route, load_model
from flight_server.simulator.operations import OperationCall

_UNTOUCHED = frozenset({"error", "errors"})


def with_empties(call: OperationCall, body: object) -> object:
    """The answer with an empty text or list for each object that it might have and has not."""
    route = find_route(call.operation.method, call.operation.path)
    if route is None:
        return body
    model = load_model(route[0])
    return _filled(model, model.operations[route[1]].answer, body, (call.story.seed,))


def _filled(model: Model, schema: Schema, value: object, key: tuple[object, ...]) -> object:
    resolved = model.resolve(schema)
    if isinstance(value, list) and "items" in resolved:
        return [_filled(model, resolved["items"], one, (*key, place)) for place, one in enumerate(value)]
    members: Mapping[str, Schema] = resolved.get("properties", {})
    if not isinstance(value, dict) or not members:
        return value
    told = {
        name: _filled(model, members[name], inner, (*key, name)) if name in members else inner
        for name, inner in value.items()
    }
    return {**told, **dict(_absent(model, members, told, key))}


def _absent(
    model: Model, members: Mapping[str, Schema], told: Mapping[str, object], key: tuple[object, ...]
) -> Iterator[tuple[str, object]]:
    """The objects that are not there, each with what stands in its place."""
    for name, part in members.items():
        if name not in told and "properties" in model.resolve(part) and plain(name) not in _UNTOUCHED:
            yield name, "" if number(*key, name) % 2 else []
