"""Operations that no module tells by hand, as the service knows operations: found by method and path.

Goes from a ModelOperation to an Operation whose function answers from the model; knows no HTTP. Models are read at the
first call of one of their operations.
"""

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from urllib.parse import unquote

from flight_server.simulator.generic.answers import answer_generic
from flight_server.simulator.generic.identities import Identities, plain
from flight_server.simulator.generic.models import ModelOperation, Schema, find_route, load_model, routes
from flight_server.simulator.generic.pages import as_begun
from flight_server.simulator.operations import Operation, OperationCall, path_pattern
from flight_server.simulator.parameters import Kind, Parameter

_KINDS: dict[str, Kind] = {"array": "texts", "integer": "integer", "boolean": "flag"}


def find_generic(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """The operation behind a method and a path as sent, with its path parameters decoded."""
    found = find_route(method, path)
    if found is None:
        return None
    operation = generic_operation(*found)
    match = operation.pattern.fullmatch(path)
    assert match is not None, path
    told = load_model(found[0]).operations[found[1]]
    # Placeholders are groups by place, since their names need not be those of groups.
    return operation, {name: unquote(text) for name, text in zip(told.placeholders, match.groups(), strict=True)}


def generic_by_template(method: str, path: str) -> Operation | None:
    """The operation whose path, placeholders and all, is this one."""
    for route_method, template, name, operation_id in routes():
        if (route_method, template) == (method, path):
            return generic_operation(name, operation_id)
    return None


@cache
def generic_operation(model: str, operation_id: str) -> Operation:
    """One operation of a model."""
    told = load_model(model).operations[operation_id]
    return Operation(
        method=told.method,
        path=told.path,
        operation_id=told.operation_id,
        rate=Decimal(told.rate),
        burst=told.burst,
        answer=_answer(told),
        parameters=tuple(_parameter(told, one) for one in told.parameters if one["in"] != "header"),
        role=told.odd("scope", "selling"),
        is_restricted=operation_id in told.model.odd("restricted", ()),
        data_elements=(),
        has_body=told.body is not None,
        pattern=path_pattern(told.path),
        status=told.status,
        needs_body=False,
    )


def _answer(told: ModelOperation) -> Callable[[OperationCall], object]:
    def answer(call: OperationCall) -> object:
        of_moment = as_begun(call, told)
        return answer_generic(of_moment, told, _identities(told.model.name, of_moment))

    return answer


def _identities(model: str, call: OperationCall) -> Identities:
    # What one call has found out about the ids of an API stays true for the next.
    if model not in call.memory:
        call.memory[model] = Identities(load_model(model), call.story.seed, call.story)
    identities = call.memory[model]
    assert isinstance(identities, Identities)
    return identities.of(call.story) if call.story.lives else identities


def _parameter(told: ModelOperation, one: Schema) -> Parameter:
    name, items = one["name"], one.get("items", {})
    is_time = one.get("format") in {"date-time", "date"}
    kind: Kind = "instant" if is_time else _KINDS.get(one.get("type", "string"), "text")
    allowed = tuple(map(str, one.get("enum") or items.get("enum") or ()))
    is_number = one.get("type") == "number"
    return Parameter(
        name=name,
        kind=kind,
        required=bool(one.get("required")),
        allowed=allowed,
        pattern=r"-?\d+(\.\d+)?" if is_number else "",
        at_most=one.get("maxItems", 0),
        minimum=one.get("minimum"),
        maximum=one.get("maximum"),
        is_marketplace=plain(name) in {"marketplaceid", "marketplaceids"},
        is_repeated=one.get("collectionFormat") == "multi",
    )
