"""One call of an operation that no module tells by hand: what it names, its rows, its page, the frame around them.

Goes from an OperationCall to the body of its answer; knows no HTTP. The shape is the model's, the rows are those of
`listing`, the words those of `documents`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from flight_server.simulator.generic.asked import Asked, read_asked
from flight_server.simulator.generic.batches import BATCHES, answer_batch
from flight_server.simulator.generic.bodies import check_body
from flight_server.simulator.generic.documents import Writer
from flight_server.simulator.generic.happenings import Happening, happenings, happens, is_settled
from flight_server.simulator.generic.identities import MARKETPLACE, STORY_KINDS, Identities, plain
from flight_server.simulator.generic.listing import is_filtered, matches, row_kind, row_scopes, single_kind
from flight_server.simulator.generic.models import ModelOperation, Schema
from flight_server.simulator.generic.pages import (
    Page,
    Row,
    asked_parameters,
    body_key,
    cut,
    issue,
    kept,
    page_size,
    put_token,
    remembered,
)
from flight_server.simulator.generic.rules import tells_nothing
from flight_server.simulator.generic.scope import Scope
from flight_server.simulator.generic.standing import root_scope
from flight_server.simulator.operations import OperationCall

_TOTALS = ("numberofresults", "totalresultsize", "numofrecords", "totalresults")


def answer_generic(call: OperationCall, operation: ModelOperation, identities: Identities) -> object:
    """The body of the answer."""
    if operation.body is not None:
        check_body(operation, call.body, strict=call.strict)
    if operation.operation_id in BATCHES:
        return answer_batch(call, operation, identities)
    parameters, position = asked_parameters(call, operation)
    asked = read_asked(operation, identities, parameters, call.body, call.origin, call.now)
    writer = Writer(operation, identities, call.story)
    root = root_scope(operation, identities, asked.marketplaces, asked.bound, asked.known)
    root = root.below(body_key(call)) if call.body is not None else root
    if not operation.rows.endswith("]"):
        return _single(writer, root, asked)
    silent = tells_nothing(operation, asked.values, call.now)
    page = Page([], 0, None) if silent else _page(call, writer, root, asked, position)
    bound = {**root.bound, **dict.fromkeys(_TOTALS, page.total)}
    body = _framed(writer, replace(root, bound=bound), asked, _row_value(writer, page))
    if page.rest is not None:
        put_token(operation, body, issue(call, operation, parameters, page.rest))
    return body


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
    size, position = page_size(call, writer.operation, asked, position)
    if happens(writer):
        return _happened(call, writer, root, asked, position, size)
    if writer.operation.rows.endswith("[*]"):
        return cut(remembered(call, asked, lambda: _several(call, writer, root, asked)), position, size)
    items = writer.model.resolve(_schema_at(writer, writer.operation.rows[:-2]))["items"]
    name = writer.operation.rows[:-2].rpartition(".")[2]
    if not _has_members(writer, items):
        values = writer.write(_schema_at(writer, writer.operation.rows[:-2]), root, name=name)
        assert isinstance(values, list)
        return cut([("", value) for value in values], position, size)
    # A row with an id says the same whoever asks; one without is made for the question.
    inner = replace(root, bound={"origin": call.origin}) if row_kind(writer) else root
    if is_filtered(writer, asked):
        return cut(remembered(call, asked, lambda: _filtered(writer, asked, items, inner)), position, size)
    scopes = row_scopes(writer, asked, inner)
    shown = [_row(writer, items, one) for one in scopes[position : position + size]]
    written: list[Row] = [("", _without_unasked(writer, asked, row)) for row in shown]
    return Page(written, len(scopes), position + size if position + size < len(scopes) else None)


def _happened(call: OperationCall, writer: Writer, root: Scope, asked: Asked, position: int, size: int) -> Page:
    """A page of events; only where something of them decides whether they were asked for, all of them are written."""

    def write(told: Iterable[Happening]) -> list[Row]:
        return [(name, writer.write(_event_schema(writer, name), scope)) for name, scope in told]

    def chosen() -> list[Row]:
        found = happenings(writer, asked, root)
        pairs = zip(write(found), found, strict=True)
        return [row for row, (_, scope) in pairs if matches(writer, asked, row[1], scope)]

    if not is_settled(writer, asked):
        return cut(remembered(call, asked, chosen), position, size)
    found = happenings(writer, asked, root)
    end = position + size
    return Page(write(found[position:end]), len(found), end if end < len(found) else None)


def _event_schema(writer: Writer, name: str) -> Schema:
    path = re.sub(r"\[\*?\]$", "", writer.operation.rows)
    items: Schema = writer.model.resolve(_schema_at(writer, f"{path}.{name}"))["items"]
    return items


def _filtered(writer: Writer, asked: Asked, items: Schema, root: Scope) -> list[Row]:
    scopes = row_scopes(writer, asked, root)
    written = ((_row(writer, items, one), one) for one in scopes)
    return [("", _without_unasked(writer, asked, row)) for row, one in written if matches(writer, asked, row, one)]


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


def _several(call: OperationCall, writer: Writer, root: Scope, asked: Asked) -> list[Row]:
    """The rows of every list of an object that the request asks for. They are the same whatever period it names."""
    marketplaces = [marketplace.marketplace_id for marketplace in root.asked]
    bound = sorted(root.bound.items(), key=str)
    key = f"{writer.operation.operation_id} {root.key} {bound} {marketplaces}"
    rows = kept(call, "rows of several lists", key, lambda: list(_rows_of_several(writer, root, asked)))
    return [(name, row) for name, row, scope in rows if matches(writer, asked, row, scope)]


def _rows_of_several(writer: Writer, root: Scope, asked: Asked) -> Iterator[tuple[str, object, Scope]]:
    lists = writer.model.resolve(_schema_at(writer, writer.operation.rows[:-3]))["properties"]
    counts = writer.operation.odd("counts", {})
    for name, schema in lists.items():
        items = writer.model.resolve(schema)["items"]
        count = counts.get(name, 1 + root.chance(name) % 3)
        for scope in row_scopes(writer, asked, root.below(name), count):
            yield name, writer.write(items, scope), scope


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
