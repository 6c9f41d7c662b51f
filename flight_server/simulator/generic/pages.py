"""Pages of a list: which parameters are in force, where a page begins and ends, and where its token goes.

Goes from a call to a position and a size, and from rows to a Page; knows no rows' contents. Tokens remember the
parameters and the body that they were given for.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from flight_server.simulator.answers import invalid, invalid_token
from flight_server.simulator.generic.asked import TOKENS, Asked
from flight_server.simulator.generic.identities import plain
from flight_server.simulator.generic.models import ModelOperation, Schema
from flight_server.simulator.operations import OperationCall
from flight_server.simulator.paging import check_same
from flight_server.simulator.parameters import Parameters, read

SIZES = frozenset({"pagesize", "maxresults", "maxresultsperpage", "limit"})
_PAGE_SIZE = 20
_LISTS_REMEMBERED = 12
_UNPAGED = 10_000
_TOKEN_MEMBERS = ("nextToken", "NextToken", "nextPageToken", "nextTokenForLineItems")
T = TypeVar("T")

# A written row: the list it belongs to (empty if there is but one) and itself.
Row = tuple[str, object]


@dataclass(frozen=True)
class Page:
    """Some rows of a list, how many there are of all, and where the rest begins."""

    rows: list[Row]
    total: int
    rest: int | None


def as_begun(call: OperationCall, operation: ModelOperation) -> OperationCall:
    """The call with the story of its list's first page: places in a list are those of one moment."""
    body = call.body if isinstance(call.body, Mapping) else {}
    told = {**body, **call.parameters.sent}
    text = next((str(told[name]) for name in told if plain(str(name)) in TOKENS), "")
    return call.begun(call.page_tokens.read(text, _token_name(operation), "nextToken").as_of) if text else call


def asked_parameters(call: OperationCall, operation: ModelOperation) -> tuple[Parameters, int]:
    """The parameters in force and where to go on: those of the page token, if there is one."""
    sent = call.parameters.sent
    name = next((one for one in sent if plain(one) in TOKENS), None)
    _check_query_type(sent, name)
    if name is None:
        return call.parameters, _position_in_body(call, operation)
    if operation.operation_id in operation.model.odd("alone", ()) and len(sent) > 1:
        raise invalid(f"{name} must be the only parameter.")
    token = call.page_tokens.read(sent[name], _token_name(operation), name)
    then = {key: value for key, value in token.sent.items() if key != "body"}
    if token.sent.get("body", "") != body_key(call):
        raise invalid_token(f"Invalid {name}: it was issued for another body.")
    size = next((one for one in sent if plain(one) in SIZES), "")
    now = {key: value for key, value in sent.items() if key != "QueryType"}
    check_same(replace(token, sent={**then, name: ""}), now, name, may_omit=True, free=size)
    merged = {**then, **({size: sent[size]} if size else {})}
    return read(call.operation.parameters, merged), token.position


def _position_in_body(call: OperationCall, operation: ModelOperation) -> int:
    """Where to go on, where a body has the page token among its members."""
    body = call.body if isinstance(call.body, Mapping) else {}
    name = next((str(one) for one in body if plain(str(one)) in TOKENS), None)
    if name is None:
        return 0
    token = call.page_tokens.read(str(body[name]), _token_name(operation), name)
    if token.sent.get("body", "") != body_key(call):
        raise invalid(f"Invalid {name}: it was issued for another body.")
    return token.position


def _check_query_type(sent: Mapping[str, str], token: str | None) -> None:
    kind = sent.get("QueryType")
    if kind is None:
        return
    if (kind == "NEXT_TOKEN") != (token is not None):
        raise invalid("QueryType NEXT_TOKEN and NextToken belong together.")
    if kind == "DATE_RANGE" and not {"LastUpdatedAfter", "LastUpdatedBefore"} <= sent.keys():
        raise invalid("QueryType DATE_RANGE needs LastUpdatedAfter and LastUpdatedBefore.")
    if kind == "SHIPMENT" and not {"ShipmentStatusList", "ShipmentIdList"} & sent.keys():
        raise invalid("QueryType SHIPMENT needs ShipmentStatusList or ShipmentIdList.")


def _token_name(operation: ModelOperation) -> str:
    return f"{operation.model.name} {operation.operation_id}"


def body_key(call: OperationCall) -> str:
    """What a body is told apart by, on whatever page of its list."""
    if isinstance(call.body, Mapping):
        return repr({name: value for name, value in call.body.items() if plain(str(name)) not in TOKENS | SIZES})
    return repr(call.body) if call.body is not None else ""


def issue(call: OperationCall, operation: ModelOperation, parameters: Parameters, rest: int) -> str:
    """A token for the rest of a list."""
    sent = {name: text for name, text in parameters.sent.items() if plain(name) not in TOKENS}
    if call.body is not None:
        sent["body"] = body_key(call)
    # The same page has the same token, whenever it is asked for.
    return call.page_tokens.issue(_token_name(operation), sent, rest, 0.0, call.as_of)


def cut(rows: list[Row], position: int, size: int) -> Page:
    """One page of written rows."""
    end = position + size
    return Page(rows[position:end], len(rows), end if end < len(rows) else None)


def page_size(call: OperationCall, operation: ModelOperation, asked: Asked, position: int) -> tuple[int, int]:
    """How many rows a page has, and where this one begins."""
    body = call.body if isinstance(call.body, Mapping) else {}
    paged = body.get("pagination")
    if isinstance(paged, Mapping):
        return int(paged.get("limit", _PAGE_SIZE)), int(paged.get("offset", 0))
    sizes = [value for name, value in body.items() if plain(str(name)) in SIZES]
    if sizes:
        return int(sizes[0]), position
    members = operation.model.resolve(operation.body or {}).get("properties", {})
    takes_token = any(plain(name) in TOKENS for name in (*members, *(one["name"] for one in operation.parameters)))
    for one in operation.parameters:
        if plain(one["name"]) in SIZES:
            sent = asked.values.get(one["name"])
            usual = operation.odd("page", min(_PAGE_SIZE, one.get("maximum", _PAGE_SIZE)))
            return int(sent[0] if sent else one.get("default", usual)), position
    return (operation.odd("page", _PAGE_SIZE) if takes_token else _UNPAGED), position


def remembered(call: OperationCall, asked: Asked, write: Callable[[], list[Row]]) -> list[Row]:
    """All rows of a list, written once for all its pages."""
    filters = sorted((name, value) for name, value in asked.values.items() if plain(name) not in SIZES)
    key = f"{call.operation.method} {call.operation.path} {filters} {body_key(call)} {call.origin}"
    return kept(call, "lists", key, write)


def kept(call: OperationCall, shelf: str, key: str, write: Callable[[], list[T]]) -> list[T]:
    """What was written for this key before, else what `write` writes now; the oldest makes room."""
    known = call.memory.setdefault(shelf, {})
    key = f"{call.as_of} {key}"
    assert isinstance(known, dict)
    rows: list[T] | None = known.get(key)
    if rows is None:
        rows = write()
        # A dictionary keeps the order of insertion.
        for old in list(known)[: max(0, len(known) - _LISTS_REMEMBERED + 1)]:
            known.pop(old, None)
        known[key] = rows
    return rows


def put_token(operation: ModelOperation, body: object, token: str) -> None:
    """Write the token where the model has a place for it; lists that go by offset have none."""
    places = list(_token_places(operation, operation.answer, ()))
    if not places:
        return
    names = {plain(str(one["name"])) for one in operation.parameters}
    path = max(places, key=lambda place: plain(place[-1]) in names)
    inner = body
    for part in path[:-1]:
        assert isinstance(inner, dict)
        inner = inner.setdefault(part, {})
    assert isinstance(inner, dict)
    inner[path[-1]] = token


def _token_places(operation: ModelOperation, schema: Schema, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    members = operation.model.resolve(schema).get("properties", {})
    for name, part in members.items():
        if name in _TOKEN_MEMBERS:
            yield (*path, name)
        elif len(path) < 3 and operation.model.resolve(part).get("type") != "array":
            yield from _token_places(operation, part, (*path, name))
