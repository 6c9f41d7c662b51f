"""Any columns and conditions over the tables of Data Kiosk, compared with the same SQL over all columns and rows.

`SPAPI_FLIGHT_TEST_QUERIES` says how many queries a table gets.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from graphql import parse, strip_ignored_characters, validate

import catalog
from catalog.kiosk.schemas import schema_of
from catalog.table import Table
from flight_server.planner.asking.parameters import is_optional_echo
from tests.end_to_end.test_kiosk import OPTIONS
from tests.server_fixtures import Stack, running_stack

COUNT = int(os.environ.get("SPAPI_FLIGHT_TEST_QUERIES", "3"))
BESIDE = {"query_id", "query_created_at"}
DIVIDING = {"group_by_key_ship_to_city", "group_by_key_ship_to_country_code", "group_by_key_ship_to_state_or_province"}
DIVIDING |= {"group_by_key_ship_to_zip_code", "group_by_key_vendor_code"}
"""Columns that divide the rows of vendors where they are read."""

TABLES = [table for table in catalog.load().tables if table.dataset is not None]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack(replace(OPTIONS, orders=120)) as running:
        yield running


def names(table: Table) -> list[str]:
    """The columns that mean the same whichever others are read: some tell only what a query names."""
    if_named = {key.column for key in table.key_columns if key.is_told_if_named or is_optional_echo(table, key.column)}
    return [column.name for column in table.columns if column.name not in BESIDE | DIVIDING | if_named]


def window(table: Table, stack: Stack) -> str:
    """Conditions that all queries on a table share: what must be said, and a time."""
    days = {key.eq: key.column for key in table.key_columns if key.eq in ("startDate", "endDate")}
    start, end = days["startDate"], days["endDate"]
    assert table.dataset is not None
    if table.dataset.ahead_days is not None:
        said = [f"{start} = '2026-06-16'", f"{end} = '2026-07-15'"]
    elif not table.dataset.grain:
        said = [f"{start} = '2026-05-01'", f"{end} = '2026-05-31'"]
    else:
        said = [f"{start} >= '2026-05-03'", f"{start} < '2026-05-31'"]
    keys = {key.column for key in table.key_columns}
    if table.report is not None and table.report.audience == "vendor":
        said.append("aggregate_by = 'WEEK'")
    if "action_type" in keys:
        skus = stack.query(
            "SELECT DISTINCT msku FROM data_kiosk.economics WHERE start_date >= '2026-05-03' "
            "AND start_date < '2026-05-31' LIMIT 3",
            Marketplaces="US",
        )
        said += ["action_type = 'AWD'", f"msku IN ({', '.join(repr(row['msku']) for row in skus)})"]
    if any(key.column == "child_asin" and key.required for key in table.key_columns):
        asins = stack.query(
            "SELECT DISTINCT child_asin FROM data_kiosk.sales_and_traffic_by_asin WHERE start_date = '2026-05-01' "
            "AND end_date = '2026-05-31' LIMIT 40",
            Marketplaces="US",
        )
        said.append(f"child_asin IN ({', '.join(repr(row['child_asin']) for row in asins)})")
    return " AND ".join(said)


def condition(chance: random.Random, table: Table, rows: list[dict[str, Any]]) -> str:
    """A condition on any column, with a value that it has."""
    column = chance.choice(
        [each for each in table.columns if each.name in names(table) and each.declared_type != "json"]
    )
    value = chance.choice(rows)[column.name] if rows else None
    if value is None:
        return f"{column.name} IS {chance.choice(['', 'NOT '])}NULL"
    literal = f"'{value}'" if column.declared_type in ("string", "date", "timestamp") else str(value)
    return f"{column.name} {chance.choice(['=', '<>', '>=', '<', '<='])} {literal}"


def query(chance: random.Random, table: Table, rows: list[dict[str, Any]], said: str) -> str:
    chosen = chance.sample(names(table), k=chance.randint(1, min(5, len(names(table)))))
    conditions = [condition(chance, table, rows) for _ in range(chance.randint(0, 2))]
    where = f" WHERE {said}" + "".join(f" AND {each}" for each in conditions)
    if chance.random() < 0.3:
        return f"SELECT {chosen[0]}, count(*) AS n FROM {table.qualified_name}{where} GROUP BY ALL"
    if chance.random() < 0.1:
        return f"SELECT count(*) AS n FROM {table.qualified_name}{where}"
    return f"SELECT {', '.join(chosen)} FROM {table.qualified_name}{where}"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_any_query_gives_what_the_same_gives_over_the_full_data(table: Table, stack: Stack) -> None:
    said = window(table, stack)
    sql = f"SELECT {', '.join(names(table))} FROM {table.qualified_name} WHERE {said}"
    with stack.connected(Marketplaces="US,CA") as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        everything: pa.Table = cursor.fetch_arrow_table()
    reference = duckdb.connect(":memory:")
    reference.execute(f"CREATE SCHEMA {table.db_schema}")
    reference.execute(f"CREATE TABLE {table.qualified_name} AS SELECT * FROM everything")
    rows, chance = everything.to_pylist(), random.Random(table.name)
    for _ in range(COUNT):
        sql = query(chance, table, rows, said)
        stack.simulator.clear_calls()
        found = stack.query(sql, Marketplaces="US,CA")
        expected = reference.sql(sql).to_arrow_table().to_pylist()
        assert Counter(map(str, found)) == Counter(map(str, expected)), sql
        for call in stack.calls("createQuery"):
            text = call["body"]["query"]
            assert table.dataset is not None
            assert not validate(schema_of(table.dataset.name), parse(text))
            assert text == strip_ignored_characters(text)
