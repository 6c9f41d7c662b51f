"""What a comparison of a cast or a truncation says of the column within."""

import duckdb
import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from flight_server.planner.comparisons import comparisons

_SQL_OF = {"EQ": "=", "GT": ">", "GTE": ">=", "LT": "<", "LTE": "<="}

INSTANTS = (
    "2023-12-31 23:59:59.999999",
    "2024-01-01 00:00:00",
    "2024-02-29 12:00:00",
    "2024-03-01 00:00:00",
    "2024-03-31 23:30:00",
    "2024-04-01 00:00:00",
    "2024-12-30 00:00:00",
    "2025-01-01 00:00:00",
)

SIDES = ["CAST(x AS DATE)", "CAST(x AS TIMESTAMP)", "date(x)", "year(x)", "EXTRACT(YEAR FROM x)"] + [
    f"date_trunc('{unit}', x)" for unit in ("second", "minute", "hour", "day", "week", "month", "quarter", "year")
]


def _implied(condition: str) -> list[str]:
    node = sqlglot.parse_one(condition, read="duckdb")
    return [
        f"x {_SQL_OF[found.operator.__name__]} {constants[0]}"
        if len(constants) == 1
        else f"x IN ({', '.join(constants)})"
        for found in comparisons(node)
        if (constants := found.constants())
    ]


@given(
    side=st.sampled_from(SIDES),
    operator=st.sampled_from(["=", "<", "<=", ">", ">=", "BETWEEN", "IN"]),
    first=st.sampled_from(INSTANTS),
    second=st.sampled_from(INSTANTS),
)
def test_no_row_that_meets_the_condition_is_left_out(side: str, operator: str, first: str, second: str) -> None:
    ends = [
        text[:4] if "year(" in side.lower() or "YEAR" in side else f"TIMESTAMP '{text}'" for text in (first, second)
    ]
    bound = {"BETWEEN": f"{ends[0]} AND {ends[1]}", "IN": f"({ends[0]}, {ends[1]})"}.get(operator, ends[0])
    condition = f"{side} {operator} {bound}"
    implied = _implied(condition)
    assert implied, condition
    rows = ", ".join(f"(TIMESTAMPTZ '{text}+00')" for text in INSTANTS)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        lost = connection.execute(
            f"SELECT x FROM (VALUES {rows}) AS t(x) WHERE {condition} AND NOT ({' AND '.join(implied)})"
        ).fetchall()
    assert not lost, (condition, implied)


def test_a_condition_that_begins_with_its_period_is_bound_exactly() -> None:
    (implied,) = _implied("CAST(x AS DATE) < '2024-03-01'")
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found = connection.execute(f"SELECT ({implied.split('<', 1)[1]})::VARCHAR").fetchall()
    assert found == [("2024-03-01 00:00:00+00",)]


@pytest.mark.parametrize(
    "condition", ["upper(x) = 'A'", "x + 1 > 3", "year(x) = 2024.5", "date_trunc('decade', x) = '2020-01-01'", "x = y"]
)
def test_other_expressions_say_nothing(condition: str) -> None:
    assert not _implied(condition)


def test_a_cast_is_looked_through_for_columns_of_its_own_type_only() -> None:
    (found,) = comparisons(sqlglot.parse_one("CAST(x AS VARCHAR) = 'a'", read="duckdb"))
    assert found.column_type == "string"
    assert {each.column_type for each in comparisons(sqlglot.parse_one("x::date = '2024-01-01'", read="duckdb"))} == {
        "timestamp"
    }


ROW_CONDITIONS = [
    "(x, y) IN (('a', 'b'), ('c', NULL))",
    "(x, y) IN (VALUES ('a', 'b'), ('c', NULL))",
    "(x, y) = ('a', 'b')",
    "row(x, y) IN (row('a', 'b'), row('c', 'd'))",
    "x = ANY(['a', 'c'])",
    "x = ANY(['a', NULL])",
    "list_contains(['a', NULL], x)",
    "list_contains(['a', 'c'], x)",
    "x IN (VALUES ('a'), (NULL))",
]


@pytest.mark.parametrize("condition", ROW_CONDITIONS)
def test_rows_and_lists_say_what_each_column_may_be(condition: str) -> None:
    """NULL stands for itself in some of them, which is why one among the values must not be dropped."""
    found = list(comparisons(sqlglot.parse_one(condition, read="duckdb")))
    assert {comparison.column.name for comparison in found} <= {"x", "y"}
    assert found
    cells = ("'a'", "'b'", "'c'", "'d'", "NULL")
    rows = ", ".join(f"({x}, {y})" for x in cells for y in cells)
    implied = " AND ".join(
        f"({comparison.column.name} IN ({', '.join(value.sql('duckdb') for value in comparison.values)})"
        f" OR {any(isinstance(value, exp.Null) for value in comparison.values) and comparison.operator is not exp.In})"
        for comparison in found
    )
    with duckdb.connect() as connection:
        lost = connection.execute(
            f"SELECT * FROM (VALUES {rows}) AS t(x, y) WHERE {condition} AND ({implied}) IS NOT TRUE"
        ).fetchall()
    assert not lost
