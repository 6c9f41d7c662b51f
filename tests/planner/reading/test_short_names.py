"""Columns of Data Kiosk by the ends of their names."""

import pytest

import catalog
from catalog.table import Table
from flight_server import planner

CATALOG = catalog.load()
BY_DATE = "data_kiosk.sales_and_traffic_by_date"
TABLES = [table for table in CATALOG.tables if table.short_names]


def read(sql: str) -> str:
    return planner.read(sql, CATALOG).tree.sql("duckdb")


def test_a_column_keeps_the_name_that_was_written() -> None:
    found = read(f"SELECT date, t.units_ordered FROM {BY_DATE} t WHERE date >= '2026-11-01' ORDER BY date")
    assert found == (
        'SELECT start_date AS "date", t.sales_units_ordered AS "units_ordered" FROM r0 AS t '
        "WHERE start_date >= '2026-11-01' ORDER BY start_date"
    )


def test_inside_an_expression_it_has_its_whole_name() -> None:
    assert read(f"SELECT sum(units_ordered) AS units FROM {BY_DATE}").startswith(
        "SELECT SUM(sales_units_ordered) AS units"
    )


def test_a_name_that_the_query_itself_gives_is_left_alone() -> None:
    sql = f"SELECT sum(sales_sessions) AS sessions FROM {BY_DATE} GROUP BY sales_sessions ORDER BY sessions"
    assert "ORDER BY sessions" in read(sql)
    assert "x.units_ordered" in read(f"SELECT x.units_ordered FROM (SELECT 1 AS units_ordered) AS x, {BY_DATE}")


def test_a_name_of_another_table_wins() -> None:
    sql = f"SELECT index FROM {BY_DATE}, data_kiosk.economics__ads"
    assert read(sql).startswith("SELECT index FROM")


def test_tables_of_operations_have_no_short_names() -> None:
    assert not any(table.short_names for table in CATALOG.tables if table.dataset is None)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_no_end_is_the_name_of_a_column_and_each_means_one(table: Table) -> None:
    assert not table.short_names.keys() & table.columns_by_name.keys()
    assert set(table.short_names.values()) <= table.columns_by_name.keys()
