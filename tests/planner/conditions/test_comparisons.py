"""What a comparison of a cast or a truncation says of the column within."""

import duckdb
import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from flight_server.planner.conditions.comparisons import comparisons

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

UNITS = ("second", "minute", "hour", "day", "week", "month", "quarter", "year")

ZONES = ("America/New_York", "Asia/Tokyo", "Pacific/Apia", "Australia/Lord_Howe", "UTC")

WITHIN = [
    "x",
    "x::TIMESTAMP",
    *(f"x AT TIME ZONE '{zone}'" for zone in ZONES),
    "timezone('Europe/Berlin', x)",
    "x AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York'",
    "(x::TIMESTAMP) AT TIME ZONE 'Asia/Kolkata'",
    "x - INTERVAL 36 HOUR",
    "x::TIMESTAMP + INTERVAL 1 MONTH",
    "INTERVAL 2 DAY + x",
    "date_trunc('hour', x AT TIME ZONE 'Asia/Kathmandu')",
]

SIDES = [
    *WITHIN[1:],
    *(f"CAST({within} AS DATE)" for within in WITHIN),
    *(f"date_trunc('{unit}', {within})" for unit in UNITS for within in WITHIN),
    "date(x)",
    "date_trunc('month', CAST(x AS DATE))",
    "CAST(date_trunc('day', x AT TIME ZONE 'America/New_York') AT TIME ZONE 'America/New_York' AS TIMESTAMP)",
]

OPERATORS = ("=", "<", "<=", ">", ">=", "BETWEEN", "IN")

NUMBERS = {
    **{f"year({within})": ("2023", "2024", "2025") for within in WITHIN},
    "EXTRACT(YEAR FROM x)": ("2023", "2024"),
    "date_part('year', x)": ("2023", "2024"),
    **{f"year({within}) * 100 + month({within})": ("202312", "202403", "202501") for within in WITHIN},
    "date_part('month', x) + 100 * EXTRACT(YEAR FROM x)": ("202402", "202404"),
    "year(x) * 10000 + month(x) * 100 + day(x)": ("20240229", "20240401"),
    "epoch(x)": ("1704067200", "1709208000"),
    **{
        f"{function}('{unit}', {ends})": ("0", "1", "7", "-3")
        for function in ("date_diff", "date_sub")
        for unit in UNITS
        for ends in ("x, TIMESTAMPTZ '2024-03-01 12:00:00+00'", "TIMESTAMPTZ '2024-03-01 12:00:00+00', x")
    },
    **{
        f"date_diff('day', {ends})": ("0", "1", "30")
        for ends in ("x::DATE, DATE '2024-03-31'", "x AT TIME ZONE 'Asia/Tokyo', TIMESTAMP '2024-03-31'")
    },
    "DATE '2024-03-31' - x::DATE": ("0", "1", "30", "-1"),
    "x::DATE - DATE '2024-03-31'": ("0", "1", "-30"),
}

INTERVALS = {
    "TIMESTAMPTZ '2024-04-01 00:00:00+00' - x": ("INTERVAL 1 DAY", "INTERVAL '30 days'", "INTERVAL 30 MINUTE"),
    "x - TIMESTAMPTZ '2024-03-01 00:00:00+00'": ("INTERVAL 1 DAY", "to_days(30)"),
    "TIMESTAMP '2024-04-01' - (x AT TIME ZONE 'America/New_York')": ("INTERVAL 1 DAY", "INTERVAL 2 WEEK"),
}

FORMATS = ("%Y", "%Y-%m", "%Y%m", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "month %Y/%m")
UNORDERED_FORMATS = ("%m/%d/%Y", "%b %Y", "%d.%m.%Y", "%-m-%Y")


def _implied(condition: str) -> list[str]:
    node = sqlglot.parse_one(condition, read="duckdb")
    return [
        f"x {_SQL_OF[found.operator.__name__]} {constants[0]}"
        if len(constants) == 1
        else f"x IN ({', '.join(constants)})"
        for found in comparisons(node)
        if (constants := found.constants())
    ]


def _condition(side: str, operator: str, first: str, second: str) -> str:
    bound = {"BETWEEN": f"{first} AND {second}", "IN": f"({first}, {second})"}.get(operator, first)
    return f"{side} {operator} {bound}"


def _assert_nothing_lost(condition: str) -> None:
    implied = _implied(condition)
    assert implied, condition
    rows = ", ".join(f"(TIMESTAMPTZ '{text}+00')" for text in INSTANTS)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        lost = connection.execute(
            f"SELECT x::VARCHAR FROM (VALUES {rows}) AS t(x) WHERE {condition} AND NOT ({' AND '.join(implied)})"
        ).fetchall()
    assert not lost, (condition, implied)


@given(
    side=st.sampled_from(SIDES),
    operator=st.sampled_from(OPERATORS),
    first=st.sampled_from(INSTANTS),
    second=st.sampled_from(INSTANTS),
    kind=st.sampled_from(["TIMESTAMP ", "TIMESTAMPTZ ", ""]),
)
def test_no_row_that_meets_the_condition_is_left_out(
    side: str, operator: str, first: str, second: str, kind: str
) -> None:
    _assert_nothing_lost(_condition(side, operator, f"{kind}'{first}'", f"{kind}'{second}'"))


@given(
    case=st.sampled_from([(side, value) for side, values in {**NUMBERS, **INTERVALS}.items() for value in values]),
    operator=st.sampled_from(OPERATORS),
)
def test_no_row_is_left_out_by_numbers_and_intervals_made_of_instants(case: tuple[str, str], operator: str) -> None:
    side, value = case
    values = {**NUMBERS, **INTERVALS}[side]
    _assert_nothing_lost(_condition(side, operator, value, values[-1]))


@given(
    layout=st.sampled_from(FORMATS + UNORDERED_FORMATS),
    within=st.sampled_from(WITHIN),
    operator=st.sampled_from(OPERATORS),
    first=st.sampled_from(INSTANTS),
    second=st.sampled_from(INSTANTS),
)
def test_no_row_is_left_out_by_texts_made_of_instants(
    layout: str, within: str, operator: str, first: str, second: str
) -> None:
    operator = operator if layout in FORMATS or operator == "IN" else "="
    texts = [f"strftime(TIMESTAMP '{text}', '{layout}')" for text in (first, second)]
    _assert_nothing_lost(_condition(f"strftime({within}, '{layout}')", operator, *texts))


@given(
    within=st.sampled_from([*WITHIN, "x::DATE", "date_trunc('month', x)"]),
    text=st.sampled_from(INSTANTS),
    length=st.integers(4, 13),
    form=st.sampled_from(["{} LIKE '{}%'", "{} LIKE '{}_%:%'", "starts_with({}, '{}')", "{} ^@ '{}'"]),
)
def test_no_row_is_left_out_by_how_a_text_of_an_instant_begins(within: str, text: str, length: int, form: str) -> None:
    _assert_nothing_lost(form.format(f"({within})::VARCHAR", text[:length]))


@pytest.mark.parametrize("text", ["2026-1", "soon", "2026-13", ""])
def test_a_text_of_another_form_is_compared_by_the_engine_alone(text: str) -> None:
    for implied in _implied(f"strftime(x, '%Y-%m') < '{text}'"):
        with duckdb.connect() as connection, pytest.raises(duckdb.Error):
            connection.execute(f"SELECT {implied.split('<', 1)[1]}")


@pytest.mark.parametrize(
    ("condition", "begin", "end"),
    [
        ("x AT TIME ZONE 'America/New_York' BETWEEN '2026-06-10' AND '2026-06-11'", "06-10 04", "06-11 04"),
        ("CAST(x AT TIME ZONE 'Asia/Tokyo' AS DATE) = '2026-06-10'", "06-09 15", "06-10 15"),
        ("date_trunc('month', timezone('Europe/Berlin', x)) = '2026-06-01'", "05-31 22", "06-30 22"),
        ("strftime(x, '%Y-%m') = '2026-11'", "11-01 00", "12-01 00"),
        ("x::VARCHAR LIKE '2026-11%'", "11-01 00", "12-01 00"),
        ("year(x) * 100 + month(x) = 202611", "11-01 00", "12-01 00"),
        ("date_diff('day', x, TIMESTAMPTZ '2026-06-10 12:00:00+00') BETWEEN 0 AND 7", "06-03 00", "06-11 00"),
        ("TIMESTAMPTZ '2026-06-10 12:00:00+00' - x BETWEEN INTERVAL 0 DAY AND INTERVAL 7 DAY", "06-03 12", "06-10 12"),
    ],
)
def test_a_period_is_bound_exactly_however_it_is_disguised(condition: str, begin: str, end: str) -> None:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        ends = [each.split(" ", 2)[2] for each in _implied(condition)]
        (found,) = connection.execute(
            f"SELECT least({ends[0]}, {ends[1]})::VARCHAR, greatest({', '.join(ends)})::VARCHAR"
        ).fetchall()
    assert found == (f"2026-{begin}:00:00+00", f"2026-{end}:00:00+00")


def test_a_condition_that_begins_with_its_period_is_bound_exactly() -> None:
    (implied,) = _implied("CAST(x AS DATE) < '2024-03-01'")
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found = connection.execute(f"SELECT ({implied.split('<', 1)[1]})::VARCHAR").fetchall()
    assert found == [("2024-03-01 00:00:00+00",)]


@pytest.mark.parametrize(
    "condition",
    [
        *("upper(x) = 'A'", "x + 1 > 3", "year(x) = 2024.5", "date_trunc('decade', x) = '2020-01-01'", "x = y"),
        *("x::VARCHAR LIKE '%-06'", "x::VARCHAR LIKE '2026-13%'", "x::VARCHAR LIKE '20260%'", "x::VARCHAR ILIKE '2%'"),
        *("year(x) * 100 + month(y) = 202606", "year(x) + month(x) = 2032", "year(x) * 100 + month(x) < 202613"),
    ],
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
