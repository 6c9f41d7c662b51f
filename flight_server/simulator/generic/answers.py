"""One call of an operation that no module tells by hand: what it names, its rows, its page, the frame around them.

Goes from an OperationCall to the body of its answer; knows no HTTP. The shape is the model's, the rows are those of
`listing`, the words those of `documents`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from flight_server.simulator.answers import invalid
from flight_server.simulator.generic.asked import TOKENS, Asked, read_asked
from flight_server.simulator.generic.batches import BATCHES, answer_batch
from flight_server.simulator.generic.bodies import check_body
from flight_server.simulator.generic.documents import Writer, root_scope
from flight_server.simulator.generic.identities import MARKETPLACE, STORY_KINDS, Identities, plain
from flight_server.simulator.generic.listing import SIZES, is_filtered, matches, row_kind, row_scopes, single_kind
from flight_server.simulator.generic.models import ModelOperation, Schema
from flight_server.simulator.generic.scope import Scope
from flight_server.simulator.operations import OperationCall
from flight_server.simulator.paging import check_same
from flight_server.simulator.parameters import Parameters, read

_PAGE_SIZE = 20
_LISTS_REMEMBERED = 12
_TOTALS = ("numberofresults", "totalresultsize", "numofrecords", "totalresults")
_TOKEN_MEMBERS = ("nextToken", "NextToken", "nextPageToken", "nextTokenForLineItems")
# A written row: the list it belongs to (empty if there is but one) and itself.
Row = tuple[str, object]


@dataclass(frozen=True)
class Page:
    """Some rows of a list, how many there are of all, and where the rest begins."""

    rows: list[Row]
    total: int
    rest: int | None


def answer_generic(call: OperationCall, operation: ModelOperation, identities: Identities) -> object:
    """The body of the answer."""
    if operation.body is not None:
        check_body(operation, call.body)
    if operation.operation_id in BATCHES:
        return answer_batch(call, operation, identities)
    parameters, position = _asked_parameters(call, operation)
    asked = read_asked(operation, identities, parameters, call.body, call.origin)
    writer = Writer(operation, identities, call.story)
    root = root_scope(operation, identities, asked.marketplaces, asked.bound, asked.known)
    root = root.below(_body_key(call)) if call.body is not None else root
    if not operation.rows.endswith("]"):
        return _single(writer, root, asked)
    page = _page(call, writer, root, asked, position)
    bound = {**root.bound, **dict.fromkeys(_TOTALS, page.total)}
    body = _framed(writer, replace(root, bound=bound), asked, _row_value(writer, page))
    if page.rest is not None:
        _put_token(writer, body, _issue(call, operation, parameters, page.rest))
    return body


def _asked_parameters(call: OperationCall, operation: ModelOperation) -> tuple[Parameters, int]:
    """The parameters in force and where to go on: those of the page token, if there is one."""
    sent = call.parameters.sent
    name = next((one for one in sent if plain(one) in TOKENS), None)
    _check_query_type(sent, name)
    if name is None:
        return call.parameters, 0
    if operation.operation_id in operation.model.odd("alone", ()) and len(sent) > 1:
        raise invalid(f"{name} must be the only parameter.")
    token = call.page_tokens.read(sent[name], _token_name(operation), name)
    then = {key: value for key, value in token.sent.items() if key != "body"}
    if token.sent.get("body", "") != _body_key(call):
        raise invalid(f"Invalid {name}: it was issued for another body.")
    size = next((one for one in sent if plain(one) in SIZES), "")
    now = {key: value for key, value in sent.items() if key != "QueryType"}
    check_same(replace(token, sent={**then, name: ""}), now, name, may_omit=True, free=size)
    merged = {**then, **({size: sent[size]} if size else {})}
    return read(call.operation.parameters, merged), token.position


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


def _body_key(call: OperationCall) -> str:
    return repr(call.body) if call.body is not None else ""


def _issue(call: OperationCall, operation: ModelOperation, parameters: Parameters, rest: int) -> str:
    sent = {name: text for name, text in parameters.sent.items() if plain(name) not in TOKENS}
    if call.body is not None:
        sent["body"] = _body_key(call)
    # The same page has the same token, whenever it is asked for.
    return call.page_tokens.issue(_token_name(operation), sent, rest, 0.0)


def _single(writer: Writer, root: Scope, asked: Asked) -> object:
    kind = single_kind(writer) or _named_kind(asked)
    if kind and kind not in asked.known and kind != MARKETPLACE:
        known = {**asked.known, kind: writer.identities.ids(kind, asked.known)[0]}
        row = writer.row_scope(replace(root, known=known), kind, known[kind], 0)
    elif kind:
        ids = writer.identities.ids(kind, asked.known)
        place = ids.index(asked.known[kind]) if asked.known[kind] in ids else 0
        row = writer.row_scope(root, kind, asked.known[kind], place)
    else:
        row = writer.anonymous_scope(root, 0)
    path = writer.operation.rows
    schema = _schema_at(writer, path)
    return _framed(writer, row, asked, _without_unasked(writer, asked, writer.write(schema, row)))


def _named_kind(asked: Asked) -> str | None:
    """The one kind of id that a single row without an id in its path is asked for by."""
    return next(iter(asked.known)) if len(asked.known) == 1 and not set(asked.known) & STORY_KINDS else None


def _page(call: OperationCall, writer: Writer, root: Scope, asked: Asked, position: int) -> Page:
    size, position = _size(call, writer.operation, asked, position)
    if writer.operation.rows.endswith("[*]"):
        return _cut(_remembered(call, asked, lambda: list(_several(writer, root, asked))), position, size)
    items = writer.model.resolve(_schema_at(writer, writer.operation.rows[:-2]))["items"]
    name = writer.operation.rows[:-2].rpartition(".")[2]
    if not _has_members(writer, items):
        values = writer.write(_schema_at(writer, writer.operation.rows[:-2]), root, name=name)
        assert isinstance(values, list)
        return _cut([("", value) for value in values], position, size)
    # A row with an id says the same whoever asks; one without is made for the question.
    inner = replace(root, bound={"origin": call.origin}) if row_kind(writer) else root
    if is_filtered(writer.operation, asked):
        return _cut(_remembered(call, asked, lambda: _filtered(writer, asked, items, inner)), position, size)
    scopes = row_scopes(writer, asked, inner)
    shown = [_row(writer, items, one) for one in scopes[position : position + size]]
    written: list[Row] = [("", _without_unasked(writer, asked, row)) for row in shown]
    return Page(written, len(scopes), position + size if position + size < len(scopes) else None)


def _filtered(writer: Writer, asked: Asked, items: Schema, root: Scope) -> list[Row]:
    scopes = row_scopes(writer, asked, root)
    written = ((_row(writer, items, one), one) for one in scopes)
    return [("", _without_unasked(writer, asked, row)) for row, one in written if matches(writer, asked, row, one)]


def _remembered(call: OperationCall, asked: Asked, write: Callable[[], list[Row]]) -> list[Row]:
    """All rows of a list, written once for all its pages."""
    filters = sorted((name, value) for name, value in asked.values.items() if plain(name) not in SIZES)
    key = f"{call.operation.method} {call.operation.path} {filters} {_body_key(call)} {call.origin}"
    known = call.memory.setdefault("lists", {})
    assert isinstance(known, dict)
    rows: list[Row] | None = known.get(key)
    if rows is None:
        rows = write()
        # The oldest makes room; a dictionary keeps the order of insertion.
        for old in list(known)[: max(0, len(known) - _LISTS_REMEMBERED + 1)]:
            known.pop(old, None)
        known[key] = rows
    return rows


def _row(writer: Writer, items: Schema, scope: Scope) -> object:
    row = writer.write(items, scope, name="", owner="")
    named = writer.operation.odd("named")
    if named and isinstance(row, dict) and scope.identity:
        row[named] = scope.known[scope.identity]
    return row


def _without_unasked(writer: Writer, asked: Asked, row: object) -> object:
    """Leave out the members that a switch names and the request did not ask for."""
    for parameter in writer.operation.parameters:
        if not str(parameter["name"]).startswith("includedData") or not isinstance(row, dict):
            continue
        choices = {plain(str(one)) for one in parameter.get("items", {}).get("enum", ())}
        named = asked.values.get(parameter["name"]) or parameter.get("default") or ()
        wanted = {plain(one) for one in ([named] if isinstance(named, str) else named)}
        row = {name: value for name, value in row.items() if plain(name) not in choices - wanted}
    return row


def _has_members(writer: Writer, items: Schema) -> bool:
    return "properties" in writer.model.resolve(items)


def _several(writer: Writer, root: Scope, asked: Asked) -> Iterator[Row]:
    """The rows of every list of an object."""
    lists = writer.model.resolve(_schema_at(writer, writer.operation.rows[:-3]))["properties"]
    counts = writer.operation.odd("counts", {})
    for name, schema in lists.items():
        items = writer.model.resolve(schema)["items"]
        count = counts.get(name, 1 + root.chance(name) % 3)
        for scope in row_scopes(writer, asked, root.below(name), count):
            row = writer.write(items, scope)
            if matches(writer, asked, row, scope):
                yield name, row


def _cut(rows: list[Row], position: int, size: int) -> Page:
    end = position + size
    return Page(rows[position:end], len(rows), end if end < len(rows) else None)


def _size(call: OperationCall, operation: ModelOperation, asked: Asked, position: int) -> tuple[int, int]:
    body = call.body if isinstance(call.body, Mapping) else {}
    paged = body.get("pagination")
    if isinstance(paged, Mapping):
        return int(paged.get("limit", _PAGE_SIZE)), int(paged.get("offset", 0))
    takes_token = any(plain(one["name"]) in TOKENS for one in operation.parameters)
    for one in operation.parameters:
        if plain(one["name"]) in SIZES:
            sent = asked.values.get(one["name"])
            usual = operation.odd("page", min(_PAGE_SIZE, one.get("maximum", _PAGE_SIZE)))
            return int(sent[0] if sent else one.get("default", usual)), position
    return (operation.odd("page", _PAGE_SIZE) if takes_token else 10_000), position


def _schema_at(writer: Writer, path: str) -> Schema:
    schema = writer.operation.answer
    for part in filter(None, path.split(".")):
        schema = writer.model.resolve(schema)["properties"][part]
    return schema


def _row_value(writer: Writer, page: Page) -> object:
    if not writer.operation.rows.endswith("[*]"):
        return [row for _, row in page.rows]
    told: dict[str, list[object]] = {}
    for name, row in page.rows:
        told.setdefault(name, []).append(row)
    return told


def _framed(writer: Writer, scope: Scope, asked: Asked, rows: object) -> object:
    """The rows where the model has them, with what stands around them."""
    path = re.sub(r"\[\*?\]$", "", writer.operation.rows)
    kind = _named_kind(asked) or next((one for one in asked.known if one not in STORY_KINDS), None)
    if kind and not scope.is_row:
        scope = writer.row_scope(scope, kind, asked.known[kind], 0)
    elif not scope.is_row:
        scope = replace(writer.anonymous_scope(scope, 0), is_row=False)
    return _frame(writer, writer.operation.answer, [part for part in path.split(".") if part], scope, rows)


def _frame(writer: Writer, schema: Schema, path: list[str], scope: Scope, rows: object) -> object:
    if not path:
        return rows
    resolved = writer.model.resolve(schema)
    around = {name: part for name, part in resolved["properties"].items() if name != path[0]}
    told = writer.write({**resolved, "properties": around}, scope)
    assert isinstance(told, dict)
    for name, part in around.items():
        # What repeats the row that all is about has to agree with it.
        inner = writer.model.resolve(part).get("properties", {})
        kinds = {writer.identities.kind_of(one, writer.operation) for one in inner}
        if name in told and scope.identity and scope.identity in kinds:
            told[name] = writer.write(part, scope, name=name)
    return {**told, path[0]: _frame(writer, resolved["properties"][path[0]], path[1:], scope, rows)}


def _put_token(writer: Writer, body: object, token: str) -> None:
    """Write the token where the model has a place for it; lists that go by offset have none."""
    places = list(_token_places(writer, writer.operation.answer, ()))
    if not places:
        return
    names = {plain(str(one["name"])) for one in writer.operation.parameters}
    path = max(places, key=lambda place: plain(place[-1]) in names)
    inner = body
    for part in path[:-1]:
        assert isinstance(inner, dict)
        inner = inner.setdefault(part, {})
    assert isinstance(inner, dict)
    inner[path[-1]] = token


def _token_places(writer: Writer, schema: Schema, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    members = writer.model.resolve(schema).get("properties", {})
    for name, part in members.items():
        if name in _TOKEN_MEMBERS:
            yield (*path, name)
        elif len(path) < 2 and writer.model.resolve(part).get("type") != "array":
            yield from _token_places(writer, part, (*path, name))
