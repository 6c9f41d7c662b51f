"""Queries on tables of Data Kiosk → the texts that are sent: only what is used, whole grains, no longer than may be."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from graphql import FieldNode, OperationDefinitionNode, parse, strip_ignored_characters, validate
from hypothesis import given, settings
from hypothesis import strategies as st

import catalog
from catalog.kiosk.schemas import schema_of
from catalog.table import Table
from flight_server import engine, planner
from flight_server.connection.settings import Settings
from flight_server.errors import MissingKeyColumn, QueryError
from flight_server.plan import Call
from flight_server.planner.asking.calls import calls
from flight_server.planner.asking.key_tuples import Sources
from flight_server.planner.asking.reports.requests import report_request

CATALOG = catalog.load()
FOLD = partial(engine.fold, engine.Engine())
NOW = datetime(2026, 11, 27, 15, 30, tzinfo=UTC)  # a Friday
US, CA = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"
BY_DATE, BY_ASIN = "data_kiosk.sales_and_traffic_by_date", "data_kiosk.sales_and_traffic_by_asin"
TABLES = [table for table in CATALOG.tables if table.dataset is not None]


def made(sql: str, marketplaces: tuple[str, ...] = (US, CA)) -> list[Call]:
    plan = planner.plan(planner.read(sql, CATALOG), Settings(), FOLD, NOW)
    return [call for scan in plan.scans for call in calls(scan, Sources(NOW, {"Marketplaces": marketplaces}))]


def texts(sql: str, marketplaces: tuple[str, ...] = (US, CA)) -> list[str]:
    return [text_of(call) for call in made(sql, marketplaces)]


def text_of(call: Call) -> str:
    assert isinstance(call.body, Mapping)
    return str(call.body["query"])


def windows(sql: str) -> list[tuple[str, str]]:
    return [(window(text, "startDate"), window(text, "endDate")) for text in texts(sql)]


def window(text: str, argument: str) -> str:
    found = re.search(rf'{argument}:"([^"]+)"', text)
    assert found is not None
    return found[1]


def leaves(text: str) -> set[str]:
    """The scalar fields of a text, by their paths from a line."""
    (operation,) = parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    (root,) = operation.selection_set.selections
    assert isinstance(root, FieldNode) and root.selection_set is not None
    (field,) = root.selection_set.selections
    assert isinstance(field, FieldNode)
    return set(below(field, ""))


def below(field: FieldNode, path: str) -> list[str]:
    if field.selection_set is None:
        return [path]
    inner = (each for each in field.selection_set.selections if isinstance(each, FieldNode))
    return [leaf for each in inner for leaf in below(each, f"{path}.{each.name.value}".lstrip("."))]


def test_a_query_asks_for_the_fields_that_are_used_and_for_no_other() -> None:
    (text,) = texts(
        f"SELECT start_date, sales_ordered_product_sales_amount FROM {BY_DATE} WHERE start_date >= '2026-11-01'"
    )
    assert text == (
        "{analytics_salesAndTraffic_2024_04_24{salesAndTrafficByDate(aggregateBy:DAY "
        f'endDate:"2026-11-27" marketplaceIds:["{US}" "{CA}"]startDate:"2026-11-01")'
        "{sales{orderedProductSales{amount}}startDate}}}"
    )


def test_the_marketplace_that_is_asked_for_is_known_without_being_told() -> None:
    sql = f"SELECT start_date, marketplace_id FROM {BY_DATE} WHERE start_date >= '2026-11-01'"
    (call,) = made(f"{sql} AND marketplace_id = '{US}'")
    assert leaves(text_of(call)) == {"startDate"}
    assert call.asked["marketplace_id"] == US
    assert leaves(texts(sql)[0]) == {"startDate", "marketplaceId"}


def test_a_count_asks_for_the_shortest_field_there_is() -> None:
    assert [leaves(text) for text in texts(f"SELECT count(*) FROM {BY_DATE} WHERE start_date >= '2026-11-01'")] == [
        {"startDate"}
    ]


def test_a_joined_list_is_asked_for_with_its_lines_in_one_query() -> None:
    (text,) = texts(
        "SELECT e.msku, f.fee_type_name FROM data_kiosk.economics e JOIN data_kiosk.economics__fees f "
        "ON e.msku = f.msku AND e.start_date = f.start_date WHERE e.start_date = '2026-11-01'"
    )
    assert leaves(text) == {"fees.feeTypeName", "msku", "startDate"}


def test_components_of_fees_are_asked_for_where_they_are_read() -> None:
    without = texts("SELECT fee_type_name FROM data_kiosk.economics__fees WHERE start_date = '2026-11-01'")
    assert "includeComponents" not in without[0]
    (text,) = texts(
        "SELECT name FROM data_kiosk.economics__fees__charges__components WHERE parent_start_date = '2026-11-01'"
    )
    assert "includeComponentsForFeeTypes:[FBA_FULFILLMENT_FEE FBA_STORAGE_FEE]" in text


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ("start_date >= '2026-11-03' AND start_date < '2026-11-06'", [("2026-11-03", "2026-11-05")]),
        ("start_date > '2026-11-03' AND start_date <= '2026-11-06'", [("2026-11-04", "2026-11-06")]),
        ("start_date = '2026-11-03'", [("2026-11-03", "2026-11-03")]),
        ("start_date IN ('2026-11-03', '2026-11-10')", [("2026-11-03", "2026-11-10")]),
        ("start_date >= '2026-11-03' AND end_date <= '2026-11-05'", [("2026-11-03", "2026-11-05")]),
        ("start_date >= '2026-11-20' AND start_date < '2027-01-01'", [("2026-11-20", "2026-11-27")]),
        ("start_date >= '2026-11-28'", []),
        ("start_date >= '2026-11-06' AND start_date < '2026-11-03'", []),
        ("end_date >= '2026-11-20'", [("2026-11-20", "2026-11-27")]),
        ("start_date < '2024-12-10'", [("2024-11-27", "2024-12-09")]),
        # weeks from Sunday to Saturday: the first that begins within, the last that is over
        ("aggregate_by = 'WEEK' AND start_date >= '2026-11-02'", [("2026-11-08", "2026-11-21")]),
        ("aggregate_by = 'WEEK' AND start_date >= '2026-11-01'", [("2026-11-01", "2026-11-21")]),
        ("aggregate_by = 'WEEK' AND start_date = '2026-11-02'", []),
        (
            "aggregate_by = 'WEEK' AND start_date >= '2026-11-01' AND end_date < '2026-11-14'",
            [("2026-11-01", "2026-11-07")],
        ),
        (
            "aggregate_by = 'WEEK' AND end_date >= '2026-11-10' AND start_date < '2026-11-12'",
            [("2026-11-08", "2026-11-14")],
        ),
        ("aggregate_by = 'MONTH' AND start_date BETWEEN '2026-08-02' AND '2026-10-31'", [("2026-09-01", "2026-10-31")]),
        ("aggregate_by = 'MONTH' AND start_date >= '2026-11-01'", []),
        (
            "aggregate_by IN ('DAY', 'MONTH') AND start_date >= '2026-10-01' AND start_date < '2026-11-01'",
            [("2026-10-01", "2026-10-31")] * 2,
        ),
    ],
)
def test_a_window_holds_the_whole_grains_that_may_be_wanted(conditions: str, expected: list[tuple[str, str]]) -> None:
    assert windows(f"SELECT start_date FROM {BY_DATE} WHERE {conditions}") == expected


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ("start_date = '2026-11-01' AND end_date = '2026-11-10'", [("2026-11-01", "2026-11-10")]),
        ("start_date >= '2026-11-01' AND end_date <= '2026-11-10'", [("2026-11-01", "2026-11-10")]),
        ("start_date >= '2026-11-01' AND start_date < '2026-11-10'", [("2026-11-01", "2026-11-09")]),
        ("start_date = '2026-11-01'", [("2026-11-01", "2026-11-26")]),
        (
            "start_date IN ('2026-11-01', '2026-11-05') AND end_date = '2026-11-10'",
            [("2026-11-01", "2026-11-10"), ("2026-11-05", "2026-11-10")],
        ),
    ],
)
def test_where_rows_tell_of_the_whole_window_conditions_choose_it(
    conditions: str, expected: list[tuple[str, str]]
) -> None:
    assert windows(f"SELECT child_asin FROM {BY_ASIN} WHERE {conditions}") == expected


def test_a_choice_of_windows_is_refused_where_rows_tell_of_the_window() -> None:
    first, second = (
        f"(start_date >= '{start}' AND end_date <= '{end}')"
        for start, end in (("2026-11-01", "2026-11-05"), ("2026-11-10", "2026-11-15"))
    )
    choice = f"{first} OR {second}"
    with pytest.raises(QueryError, match="UNION ALL"):
        made(f"SELECT child_asin FROM {BY_ASIN} WHERE {choice}")
    with pytest.raises(QueryError, match="UNION ALL"):
        made(f"SELECT msku FROM data_kiosk.economics WHERE aggregate_by_date = 'RANGE' AND ({choice})")
    assert windows(f"SELECT start_date FROM {BY_DATE} WHERE {choice}") == [("2026-11-01", "2026-11-15")]


def test_a_window_must_be_said_where_rows_tell_of_it() -> None:
    with pytest.raises(MissingKeyColumn, match="needs start_date"):
        made(f"SELECT child_asin FROM {BY_ASIN}")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        (f"SELECT child_asin FROM {BY_ASIN} WHERE start_date = '2020-01-01'", "last 730 days"),
        (f"SELECT start_date FROM {BY_DATE} WHERE start_date = '2020-01-01'", "last 730 days"),
        ("SELECT msku FROM data_kiosk.economics_preview WHERE start_date = '2026-11-01'", "looks ahead"),
        (
            "SELECT msku FROM data_kiosk.economics_preview WHERE start_date = '2026-12-01' AND end_date = '2027-12-01'",
            "end by 2027-03-27",
        ),
        (f"SELECT start_date FROM {BY_DATE} WHERE aggregate_by = 'YEAR'", "aggregate_by cannot be YEAR"),
    ],
)
def test_what_amazon_would_refuse_is_refused_before_it_costs_quota(sql: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        made(sql)


def test_daily_inventory_of_vendors_takes_one_day_a_query() -> None:
    sql = "SELECT start_date, metrics_product_availability_sell_through_rate FROM data_kiosk.manufacturing_view"
    found = windows(f"{sql} WHERE start_date >= '2026-11-24' AND start_date < '2026-11-27'")
    assert found == [(day, day) for day in ("2026-11-24", "2026-11-25", "2026-11-26")]
    weekly = windows(f"{sql} WHERE aggregate_by = 'WEEK' AND start_date >= '2026-11-01'")
    assert weekly == [("2026-11-01", "2026-11-21")]


def test_a_row_of_vendors_is_a_product_whatever_is_read_of_it() -> None:
    (text,) = texts("SELECT count(*) FROM data_kiosk.manufacturing_view WHERE start_date = '2026-11-24'")
    assert "groupByKey{asin}" in text


def test_products_of_several_marketplaces_go_in_one_query_thirty_a_filter() -> None:
    asins = ", ".join(f"'B{number:09}'" for number in range(45))
    found = texts(
        "SELECT start_date, sales_units_ordered FROM data_kiosk.sales_and_traffic_trends "
        f"WHERE child_asin IN ({asins}) AND start_date >= '2026-11-20'"
    )
    assert len(found) == 2  # a marketplace has one filter a query
    assert all(text.count("marketplaceId:") == 2 for text in found)
    assert [len(re.findall('"B0', text)) for text in found] == [60, 30]


def test_a_text_that_would_be_too_long_is_divided() -> None:
    skus = ", ".join(f"'A-STOCK-KEEPING-UNIT-OF-SOME-LENGTH-{number:04}'" for number in range(130))
    found = texts(
        "SELECT * FROM data_kiosk.economics_simulation WHERE action_type = 'SIPP' "
        f"AND msku IN ({skus}) AND start_date = '2026-12-01' AND end_date = '2026-12-31'",
        (US,),
    )
    assert all(len(text) <= 8000 for text in found)
    assert sum(text.count("identifier:{") for text in found) == 130
    assert len(found) < 8


def test_the_request_is_the_text_and_tells_its_window() -> None:
    (call,) = made(f"SELECT start_date FROM {BY_DATE} WHERE start_date = '2026-11-03'")
    table = CATALOG.resolve("sales_and_traffic_by_date", "data_kiosk")
    assert table.report is not None
    request = report_request(call, table.report)
    assert request.query == text_of(call)
    assert (request.start, request.end) == (datetime(2026, 11, 3, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC))


@st.composite
def queries(draw: st.DrawFn) -> tuple[Table, list[str], str]:
    table = draw(st.sampled_from(TABLES))
    names = [column.name for column in table.columns]
    chosen = draw(st.lists(st.sampled_from(names), unique=True, max_size=6))
    (start,) = (key.column for key in table.key_columns if key.eq == "startDate")
    (end,) = (key.column for key in table.key_columns if key.eq == "endDate")
    assert table.dataset is not None
    first = NOW.date() + timedelta(days=1 if table.dataset.ahead_days else -draw(st.integers(1, 600)))
    last = first + timedelta(days=draw(st.integers(0, 60)))
    conditions = [f"{start} >= '{first}'", f"{end} <= '{last}'"]
    for key in table.key_columns:
        parameter = next((each for each in parameters(table) if each.name == (key.eq or key.in_)), None)
        if parameter is not None and parameter.enum and (key.required or draw(st.booleans())):
            conditions.append(f"{key.column} = '{draw(st.sampled_from(parameter.enum))}'")
    if any("child_asin" in columns for columns in table.requires_one_of) or needs_asin(table):
        conditions.append("child_asin IN ('B000000001', 'B000000002')")
    return table, chosen, " AND ".join(conditions)


def parameters(table: Table) -> tuple[Any, ...]:
    assert table.operation is not None
    return table.operation.parameters


def needs_asin(table: Table) -> bool:
    return any(key.column == "child_asin" and key.required for key in table.key_columns)


@settings(max_examples=400, deadline=None)
@given(queries())
def test_any_query_is_valid_short_and_asks_for_exactly_what_it_reads(query: tuple[Table, list[str], str]) -> None:
    table, chosen, conditions = query
    sql = f"SELECT {', '.join(chosen) or 'count(*)'} FROM {table.qualified_name} WHERE {conditions}"
    assert table.dataset is not None
    for call in made(sql):
        text = text_of(call)
        assert not validate(schema_of(table.dataset.name), parse(text))
        assert text == strip_ignored_characters(text)
        assert "__" not in text and len(text) <= 8000
        start, end = (date.fromisoformat(window(text, name)) for name in ("startDate", "endDate"))
        assert start <= end
        assert_aligned(text, start, end)
        read = {name for name in table.columns_by_name if re.search(rf"\b{name}\b", sql)}
        told = {name for name, value in call.asked.items() if value is not None}
        wanted = {table.columns_by_name[name].member for name in read - told} - {""}
        asked = leaves(text)
        for member in wanted:
            plain = member.removeprefix("$[].").replace("[]", "")
            assert any(leaf == plain or leaf.startswith(f"{plain}.") for leaf in asked), plain
        plain_wanted = {member.removeprefix("$[].").replace("[]", "") for member in wanted}
        surplus = {
            leaf for leaf in asked if not any(leaf == each or leaf.startswith(f"{each}.") for each in plain_wanted)
        }
        always = {member.removeprefix("$[].").replace("[]", "") for member in table.dataset.always}
        assert len(surplus - always) <= 1, "no more than what says that there is a row"


def assert_aligned(text: str, start: date, end: date) -> None:
    if ":WEEK" in text:
        assert (start.weekday(), end.weekday()) == (6, 5)
    if ":MONTH" in text:
        assert start.day == 1 and (end + timedelta(days=1)).day == 1
