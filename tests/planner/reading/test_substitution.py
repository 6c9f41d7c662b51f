"""Bound values become constants of the type that the query compares them with."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

import catalog
from flight_server import planner
from flight_server.errors import QueryError
from flight_server.planner.reading.substitution import substitute


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "NULL"),
        (True, "TRUE"),
        (3, "CAST('3' AS BIGINT)"),
        (2**80, f"CAST('{2**80}' AS INT128)"),
        (1.5, "CAST('1.5' AS DOUBLE)"),
        (Decimal("1.50"), "CAST('1.50' AS DECIMAL(38, 2))"),
        ("it's", "'it''s'"),
        (date(2026, 1, 2), "CAST('2026-01-02' AS DATE)"),
        (time(1, 2, 3), "CAST('01:02:03' AS TIME)"),
        (datetime.fromisoformat("2026-01-02T03:00"), "CAST('2026-01-02 03:00:00' AS TIMESTAMP)"),
        (datetime(2026, 1, 2, tzinfo=UTC), "CAST('2026-01-02 00:00:00+00:00' AS TIMESTAMPTZ)"),
        (b"\x01\xff", "FROM_HEX('01ff')"),
    ],
)
def test_a_value_becomes_a_literal(value: Any, expected: str) -> None:
    statement = planner.read("SELECT ?", catalog.load())
    assert substitute(statement.tree, [value], {}).sql("duckdb") == f"SELECT {expected}"


def test_types_are_inferred_from_columns_and_limits() -> None:
    conditions = "purchase_date >= ? AND ? = order_status AND order_total_amount IN (?)"
    statement = planner.read(f"SELECT * FROM orders.orders WHERE {conditions} LIMIT ?", catalog.load())
    assert dict(statement.parameter_types) == {1: "timestamp", 2: "string", 3: "double", 4: "int64"}


def test_too_few_values_are_told() -> None:
    statement = planner.read("SELECT ?, ?", catalog.load())
    with pytest.raises(QueryError, match="parameter 2"):
        substitute(statement.tree, [1], {})


def test_named_parameters_are_refused_with_a_hint() -> None:
    with pytest.raises(QueryError, match=r"write \? or \$1"):
        planner.read("SELECT $name", catalog.load())
