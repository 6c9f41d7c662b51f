"""Periods that lie before all that Amazon keeps: asked for without a period, or an error; never no call and no row."""

from datetime import timedelta

import pytest

from catalog.table import Table
from flight_server.errors import QueryError
from tests.planner.asking.test_echoes import CATALOG, made, needed_conditions
from tests.planner.asking.test_windows import planned, things
from tests.planner.test_plan import NOW

KEPT_FOR_DAYS = [
    table
    for table in CATALOG.tables
    if table.kind != "child" and table.window is not None and table.window.lookback_days
]


def _with_end(table: Table, condition: str) -> str:
    left_out = table.window.column if table.window is not None and not table.window.until else ""
    conditions = [*needed_conditions(table, left_out), condition]
    return f"SELECT * FROM {table.qualified_name} WHERE {' AND '.join(conditions)}"


@pytest.mark.parametrize("table", KEPT_FOR_DAYS, ids=lambda table: table.qualified_name)
def test_an_end_alone_before_all_that_is_kept_makes_a_call_or_is_an_error(table: Table) -> None:
    window = table.window
    assert window is not None and window.lookback_days is not None
    end = (NOW - timedelta(days=window.lookback_days + 100)).date()
    (key,) = (key for key in table.key_columns if key.column == window.column)
    if (window.column,) in table.requires_one_of or key.required:
        with pytest.raises(QueryError, match=f"nothing older than {window.lookback_days} days"):
            made(_with_end(table, f"{window.column} < '{end}'"))
    elif window.until:
        with pytest.raises(QueryError, match=f"nothing older than {window.lookback_days} days"):
            made(_with_end(table, f"{window.until} < '{end}'"))
    else:
        (call,) = made(_with_end(table, f"{window.column} < '{end}'"))
        assert not {key.ge, key.gt, key.le, key.lt} & call.url_parameters.keys()


def test_a_period_with_both_ends_is_left_to_amazon_however_old_it_is() -> None:
    (call,) = made(
        "SELECT * FROM reports.reports WHERE report_type = 'X' AND created_time >= '2025-01-01' "
        "AND created_time < '2025-02-01'"
    )
    assert call.url_parameters["createdSince"] == "2025-01-01T00:00:00Z"
    assert call.url_parameters["createdUntil"] == "2025-02-01T00:00:00Z"


def test_a_period_that_must_be_said_cannot_be_left_out() -> None:
    kept = things({"column": "at", "max_days": 7, "lookback_days": 14}, required=True)
    with pytest.raises(QueryError, match=r"nothing older than 14 days, and the period of at ends before that"):
        planned(kept, "SELECT * FROM getThings WHERE at < '2026-01-01'")
