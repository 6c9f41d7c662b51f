"""Rows that two adjoining calls bring belong to one of them, whatever columns the query wants."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from catalog.catalog import Catalog
from catalog.table import Operation
from flight_server.activity import QueryActivity
from flight_server.connection.settings import OnBadValue, Settings
from flight_server.errors import UnexpectedAnswer
from flight_server.plan import Call, Page
from flight_server.scan.context import ScanContext
from flight_server.scan.operation import open_operation
from tests.planner.asking.test_windows import planned, things
from tests.planner.test_plan import NOW

ROWS: list[dict[str, Any]] = [
    {"id": "first", "at": "2026-01-01T00:00:00Z", "parts": [{"name": "a"}]},
    {"id": "shared", "at": "2026-01-08T00:00:00Z", "parts": [{"name": "b"}, {"name": "c"}]},
    {"id": "last", "at": "2026-01-15T00:00:00Z", "parts": []},
]


class Amazon:
    """Answers with every row within the bounds, both of them included."""

    def pace(self, operation: Operation, settings: object) -> str:
        return operation.operation_id

    def pages(self, call: Call, settings: object, query: object) -> Iterator[Page]:
        lower, upper = call.url_parameters["from"], call.url_parameters["until"]
        rows = [row for row in ROWS if str(lower) <= str(row["at"]) <= str(upper)]
        yield Page(call, 0, json.dumps({"rows": rows}).encode())


class Sloppy(Amazon):
    """Answers with every row, whatever the bounds."""

    def pages(self, call: Call, settings: object, query: object) -> Iterator[Page]:
        yield Page(call, 0, json.dumps({"rows": ROWS}).encode())


class Unreadable(Amazon):
    """Answers each call with a row whose time cannot be read."""

    def pages(self, call: Call, settings: object, query: object) -> Iterator[Page]:
        yield Page(call, 0, json.dumps({"rows": [{"id": call.url_parameters["from"], "at": "2024-02-30"}]}).encode())


def read(catalog: Catalog, sql: str, amazon: Amazon, on_bad_value: OnBadValue = "Error") -> list[dict[str, Any]]:
    (scan,) = planned(catalog, sql).scans
    query = QueryActivity("sql", "session")
    settings = Settings(on_bad_value=on_bad_value)
    context: Any = SimpleNamespace(client=amazon, settings=settings, query=query, now=NOW)
    found = [record_batch for (record_batch,) in open_operation(scan, {}, cast(ScanContext, context))]
    names = [column.name for column in scan.outputs[0].columns]
    assert all(record_batch.schema.names == names for record_batch in found)
    return [row for record_batch in found for row in record_batch.to_pylist()]


@pytest.mark.parametrize("amazon", [Amazon(), Sloppy()])
def test_each_row_comes_once(amazon: Amazon) -> None:
    catalog = things({"column": "at", "max_days": 7})
    period = "at >= '2026-01-01' AND at <= '2026-01-15'"
    rows = read(catalog, f"SELECT id FROM things.getThings WHERE {period}", amazon)
    assert [row["id"] for row in rows] == ["first", "shared", "last"]
    parts = read(catalog, f"SELECT name FROM things.getThings__parts WHERE {period}", amazon)
    assert [row["name"] for row in parts] == ["a", "b", "c"]


def test_rows_are_told_apart_by_a_column_that_the_query_does_not_want() -> None:
    catalog = things({"column": "at", "max_days": 7, "lookback_days": 200}, required=True)
    assert read(catalog, "SELECT id FROM things.getThings", Sloppy()) == [
        {"id": "first"},
        {"id": "shared"},
        {"id": "last"},
    ]


def test_a_row_whose_time_cannot_be_read_is_kept_by_the_call_that_brought_it() -> None:
    catalog = things({"column": "at", "max_days": 7})
    sql = "SELECT id FROM things.getThings WHERE at >= '2026-01-01' AND at <= '2026-01-15'"
    with pytest.raises(UnexpectedAnswer, match=r"column at .*OnBadValue=Null"):
        read(catalog, sql, Unreadable())
    rows = read(catalog, sql, Unreadable(), on_bad_value="Null")
    assert [row["id"] for row in rows] == ["2026-01-01T00:00:00Z", "2026-01-08T00:00:00Z"]
