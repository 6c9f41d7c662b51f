"""A query that states every key, asked through the ADBC driver, beside what the simulated Amazon answered.

The answers' rows are read by the paths that the catalog publishes and by no code of the product.
"""

import gzip
import json
import re
from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from catalog.arrow_types import arrow_schema, arrow_type
from catalog.table import Table
from flight_server.simulator import SimulatorOptions
from flight_server.simulator.service import Delivery, Request, Service
from tests.end_to_end.keyed_queries import CATALOG, Seller, known_values, stated
from tests.examples import expected
from tests.server_fixtures import NOW, running_stack

_REFUSED = "aplus_content.content_validation_warnings"  # what is wrong with a made-up document is told as an error
TABLES = [
    table
    for table in CATALOG.tables
    if table.kind in ("operation", "child") and table.report is None and not table.qualified_name.startswith(_REFUSED)
]

_BODIES: dict[str, bytes] = {}
"""Request id → the answer that the simulator gave."""

_ENGINE = duckdb.connect()
_ENGINE.execute("SET TimeZone = 'UTC'")


def running_seller() -> Iterator[Seller]:
    """A seller whose answers are remembered."""
    options = SimulatorOptions(port=0, orders=60, limits=False, now=NOW)
    respond = Service.respond

    def remember(self: Service, request: Request, request_id: str) -> Delivery:
        delivery = respond(self, request, request_id)
        is_packed = delivery.answer.headers.get("Content-Encoding") == "gzip"
        _BODIES[request_id] = gzip.decompress(delivery.answer.body) if is_packed else delivery.answer.body
        return delivery

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Service, "respond", remember)
        with running_stack(options) as stack, stack.connected() as connection:
            yield Seller(stack, connection, known_values(stack))


def ask_and_compare(table: Table, seller: Seller) -> int:
    """Hold the rows, their types and the calls to what was answered; how many rows there were."""
    where = " AND ".join(stated(table, seller))
    sql = f"SELECT * FROM {table.qualified_name}" + (f" WHERE {where}" if where else "")
    _BODIES.clear()
    seller.stack.simulator.clear_calls()
    with seller.connection.cursor() as cursor:
        cursor.execute(sql)
        found = cursor.fetch_arrow_table()
    assert found.schema.equals(arrow_schema(table.columns))
    told = _told_rows(table, _answers_of_one_call(table, seller), where)
    assert _comparable(found, table) == _comparable(told, table), sql
    rows: int = found.num_rows
    return rows


def _answers_of_one_call(table: Table, seller: Seller) -> list[Any]:
    """What was answered: to one call and its further pages, to no other operation, to each page once."""
    assert table.operation is not None
    calls = seller.stack.calls() or seller.stack.calls(table.operation.operation_id)
    assert {call["operation"] for call in calls} == {table.operation.operation_id}
    bodies = [json.loads(_BODIES[call["request_id"]] or "null") for call in calls]
    further = [_token(body, table) for body in bodies[:-1]]
    assert all(further), "a call more than there are pages"
    assert not _token(bodies[-1], table), "the last page was not read"
    if table.paging is not None and not table.paging.offset:
        sent = [_sent_token(call, table.paging.token) for call in calls]
        assert sent == [None, *further]
    return bodies


def _token(body: Any, table: Table) -> str | None:
    if table.paging is None:
        return None
    if table.paging.offset:
        rows = expected.rows(body, table.paging.rows, [])
        return "more" if table.paging.size_max and len(rows) == table.paging.size_max else None
    value = body
    for step in table.paging.next.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value or None


def _sent_token(call: dict[str, Any], name: str) -> Any:
    value: Any = {**call["query"], **(call.get("body") or {})}
    for step in name.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _told_rows(table: Table, bodies: list[Any], where: str) -> pa.Table:
    """The answers' rows, read by the paths that the catalog publishes alone; the query's own condition checked."""
    columns = [
        {"column_name": column.name, "member": column.member, "arrow_type": str(arrow_type(column))}
        for column in table.columns
        if not column.split
    ]
    rows = [row for body in bodies for row in expected.rows(body, table.row_path, columns)]
    schema = arrow_schema(table.columns)
    held = pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema=schema)
    own = {column.name for column in table.columns if column.member and not column.split}
    kept = " AND ".join(part for part in where.split(" AND ") if part.split(" ")[0] in own)
    if not kept:
        return held
    _ENGINE.register("held", held)
    return _ENGINE.sql(f"SELECT * FROM held WHERE {kept}").to_arrow_table()


def without_moment(text: str) -> str:
    """A text without what makes each link to a document another."""
    return re.sub(r"X-Amz-(Date|Credential|Signature)=[^&\"]*", "", text)


def _comparable(rows: pa.Table, table: Table) -> list[str]:
    """Rows in no order, columns of the answer only; JSON texts by what they say."""
    names = [column.name for column in table.columns if column.member and not column.split]
    objects = {column.name for column in table.columns if column.declared_type == "json"}

    def value(row: dict[str, Any], name: str) -> Any:
        text = row[name]
        return json.loads(text, parse_float=str, parse_int=str) if name in objects and text is not None else text

    return sorted(json.dumps([value(row, name) for name in names], default=str) for row in rows.to_pylist())
