"""Conditions on a column of days, as tools write them: what they leave possible is never less than what they mean."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial

import duckdb
import pytest

import catalog
from flight_server import engine, planner
from flight_server.connection.settings import Settings
from flight_server.planner.asking.kiosk.queries import is_of_window

CATALOG = catalog.load()
FOLD = partial(engine.fold, engine.Engine())
NOW = datetime(2026, 11, 27, 15, 30, tzinfo=UTC)
DATABASE = duckdb.connect(":memory:")
TABLE = "data_kiosk.sales_and_traffic_by_date"
DAYS = [date(2026, 8, 1) + timedelta(days=number) for number in range(180)]

OPERATORS = ("=", "<", "<=", ">", ">=")
CONSTANTS = (
    "DATE '2026-10-05'",
    "'2026-10-05'",
    "TIMESTAMP '2026-10-05 00:00:00'",
    "TIMESTAMP '2026-10-05 12:30:00'",
    "TIMESTAMPTZ '2026-10-05 00:00:00+00'",
    "CAST('2026-10-05 23:59:59' AS TIMESTAMP)",
    "(DATE '2026-10-05' + INTERVAL 6 HOUR)",
)
SIDES = (
    "start_date",
    "CAST(start_date AS TIMESTAMP)",
    "CAST(start_date AS DATE)",
    "date_trunc('day', start_date)",
    "date_trunc('week', start_date)",
    "date_trunc('month', start_date)",
    "(start_date + INTERVAL 3 DAY)",
)
OTHERS = (
    "year(start_date) = 2026",
    "year(start_date) = 2026 AND month(start_date) = 10",
    "year(start_date) * 100 + month(start_date) = 202610",
    "strftime(start_date, '%Y-%m') = '2026-10'",
    "date_diff('day', start_date, DATE '2026-11-27') <= 7",
    "DATE '2026-11-27' - start_date <= 7",
    "start_date BETWEEN TIMESTAMP '2026-10-01 10:00:00' AND TIMESTAMP '2026-10-05 10:00:00'",
    "start_date IN (TIMESTAMP '2026-10-01', DATE '2026-10-05')",
    "start_date::VARCHAR LIKE '2026-10%'",
)


def bounds(condition: str) -> tuple[date, date] | None:
    """The first and the last day that are possible; None: none is."""
    sql = f"SELECT start_date FROM {TABLE} WHERE {condition}"
    (scan,) = planner.plan(planner.read(sql, CATALOG), Settings(), FOLD, NOW).scans
    if scan.impossible:
        return None
    (binding,) = (each for each in scan.bindings if is_of_window(each, scan))
    if binding.values is not None:
        days = sorted(map(date.fromisoformat, binding.values))
        return days[0], days[-1]
    upper = date.fromisoformat(binding.upper) - timedelta(days=1) if binding.upper else date.max
    return date.fromisoformat(binding.lower) if binding.lower else date.min, upper


@pytest.fixture(scope="module", autouse=True)
def days() -> Iterator[None]:
    DATABASE.execute("SET timezone = 'UTC'")
    DATABASE.execute("CREATE OR REPLACE TABLE days AS SELECT CAST(unnest(?) AS DATE) AS start_date", [DAYS])
    yield


def meant(condition: str) -> list[date]:
    return [day for (day,) in DATABASE.execute(f"SELECT start_date FROM days WHERE {condition} ORDER BY 1").fetchall()]


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("constant", CONSTANTS)
def test_no_day_that_is_meant_is_left_out(side: str, constant: str) -> None:
    for operator in OPERATORS:
        condition = f"{side} {operator} {constant}"
        check(condition)
        if side == "start_date" and operator != "=" and (days := meant(condition)):
            found = bounds(condition)
            assert found is not None
            exact = found[0] if operator in (">", ">=") else found[1]
            assert exact == (days[0] if operator in (">", ">=") else days[-1]), condition


@pytest.mark.parametrize("condition", OTHERS)
def test_periods_that_are_written_otherwise_are_periods(condition: str) -> None:
    check(condition)
    found = bounds(condition)
    assert found is not None and found[0] > date(2024, 12, 1), "it is asked for less than all"


def check(condition: str) -> None:
    days, found = meant(condition), bounds(condition)
    if days:
        assert found is not None, condition
        assert found[0] <= days[0] and days[-1] <= found[1], condition
