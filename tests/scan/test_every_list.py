"""Every list of the catalog whose rows have a proven key tells what comes again once; every other tells all of it."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

import catalog
from catalog.table import Column, DeclaredType, Operation, Table
from flight_server.activity import QueryActivity
from flight_server.connection.settings import Settings
from flight_server.decode.json_rows import ARRAY, path_of
from flight_server.plan import Call, Output, Page, Scan
from flight_server.scan.context import ScanContext
from flight_server.scan.operation import open_operation
from tests.planner.test_plan import NOW

LISTS = [
    table
    for table in catalog.load().tables
    if table.paging is not None and table.operation is not None and table.request_batch is None
]
OPERATIONS = [table for table in LISTS if table.kind == "operation"]
VALUES: dict[DeclaredType, object] = {
    "timestamp": "2026-06-01T00:00:00Z",
    "date": "2026-06-01",
    "int64": 1,
    "decimal": "1.5",
    "double": 1.5,
    "bool": True,
}


def answer(table: Table) -> bytes:
    """An answer with one row, which has a value for each column of its table's key."""
    root: Any = None
    for column in [table.columns_by_name[name] for name in table.primary_key if table.columns_by_name[name].member]:
        root = with_value(root, path_of(column.member), VALUES.get(column.declared_type, "a"))
    return msgspec.json.encode(with_value(root, path_of(table.row_path), {}))


def with_value(holder: Any, path: tuple[str, ...], value: object) -> Any:
    """The object with a value at a path, where it has none yet."""
    if not path:
        return value if holder is None else holder
    name, *rest = path
    if name == ARRAY:
        return [with_value(holder[0] if holder else None, tuple(rest), value)]
    return {**(holder or {}), name: with_value((holder or {}).get(name), tuple(rest), value)}


class Amazon:
    """Tells the same row on each of two pages."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def pace(self, operation: Operation, settings: object) -> str:
        return operation.operation_id

    def pages(self, call: Call, settings: object, query: object) -> Iterator[Page]:
        yield from (Page(call, number, self._body) for number in range(2))


def rows_of(table: Table, held_rows: int | None, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("flight_server.scan.operation.calls", lambda *_: iter([Call(cast(Any, table.operation))]))
    columns: tuple[Column, ...] = table.columns[:1]
    scan = Scan((Output("t", table, columns),), held_rows=held_rows)
    settings, query = Settings(), QueryActivity("sql", "session")
    context: Any = SimpleNamespace(client=Amazon(answer(table)), settings=settings, query=query, now=NOW)
    return sum(record_batch.num_rows for (record_batch,) in open_operation(scan, {}, cast(ScanContext, context)))


@pytest.mark.parametrize("held_rows", [0, None], ids=["at once", "held"])
@pytest.mark.parametrize("table", OPERATIONS, ids=lambda table: table.qualified_name)
def test_a_row_on_two_pages(table: Table, held_rows: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    is_proven = bool(table.primary_key) and not table.key_repeats
    assert rows_of(table, held_rows, monkeypatch) == (1 if is_proven else 2)
