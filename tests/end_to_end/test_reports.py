"""Reports as tables, before the simulator: the same figures as the API, each row once, each report asked for once."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from flight_server.simulator import SimulatorOptions
from tests.server_fixtures import NOW, Stack, running_stack

ORDERS = "report.flat_file_all_orders_data_by_order_date_general"
UPDATES = "report.flat_file_all_orders_data_by_last_update_general"
LISTINGS = "report.merchant_listings_all_data"

CREATE, DOCUMENT = "createReport", "getReportDocument"

OPTIONS = SimulatorOptions(port=0, orders=300, limits=False, now=NOW, report_seconds=0)


@pytest.fixture
def fresh() -> Iterator[Stack]:
    """A simulator and a server that no test has asked anything."""
    with running_stack(OPTIONS) as running:
        yield running


def created(stack: Stack) -> int:
    return len(stack.calls(CREATE))


def by_day(stack: Stack, sql: str, **parameters: str) -> dict[Any, tuple[Any, ...]]:
    return {row["day"]: tuple(row.values()) for row in stack.query(sql, Marketplaces="US", **parameters)}


def test_a_year_of_orders_is_the_same_in_reports_and_in_the_api(fresh: Stack) -> None:
    """Thirteen windows of thirty days, over both changes of the clocks."""
    period = "purchase_date >= '2025-05-21' AND purchase_date < '2026-06-15'"
    reported = by_day(
        fresh,
        "SELECT purchase_date::DATE AS day, sum(quantity) AS quantity, sum(item_price) AS price, count(*) AS n, "
        f"count(DISTINCT amazon_order_id || '/' || sku) AS items FROM {ORDERS} WHERE {period} GROUP BY ALL",
    )
    assert created(fresh) == 13
    told = by_day(
        fresh,
        "SELECT purchase_date::DATE AS day, sum(quantity_ordered) AS quantity, sum(item_price_amount) AS price, "
        "count(*) AS n, count(DISTINCT amazon_order_id || '/' || seller_sku) AS items FROM orders.orders "
        f"JOIN orders.order_items USING (amazon_order_id) WHERE {period} GROUP BY ALL",
    )
    assert len(told) > 50
    assert reported == told


def test_windows_cut_at_any_instant_tell_each_row_once(stack: Stack) -> None:
    whole = f"SELECT count(*) AS n, count(DISTINCT amazon_order_id || sku) AS items FROM {ORDERS}"
    (expected,) = stack.query(f"{whole} WHERE data_start_time >= '2026-01-01' AND data_end_time <= '2026-06-14'")
    at = stack.query(
        f"SELECT purchase_date FROM {ORDERS} WHERE purchase_date >= '2026-03-01' ORDER BY 1 LIMIT 1 OFFSET 7"
    )
    start = at[0]["purchase_date"].strftime("%Y-%m-%d %H:%M:%S")
    (before,) = stack.query(f"{whole} WHERE purchase_date >= '2026-01-01' AND purchase_date < '{start}'")
    (after,) = stack.query(f"{whole} WHERE purchase_date >= '{start}' AND purchase_date < '2026-06-14'")
    assert {name: before[name] + after[name] for name in expected} == expected


def test_ten_clients_are_one_report_and_the_same_again_is_no_call(fresh: Stack) -> None:
    sql = f"SELECT count(*) AS n FROM {ORDERS} WHERE data_start_time >= '2026-05-01' AND data_end_time <= '2026-05-20'"
    answers: list[Any] = []
    clients = [threading.Thread(target=lambda: answers.append(fresh.query(sql, Marketplaces="US"))) for _ in range(10)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert len(answers) == 10
    assert all(answer == answers[0] for answer in answers)
    assert (created(fresh), len(fresh.calls(DOCUMENT))) == (1, 1)
    fresh.simulator.clear_calls()
    assert fresh.query(sql, Marketplaces="US") == answers[0]
    assert fresh.calls() == []
    assert fresh.query(sql, Marketplaces="CA") != answers[0]
    assert created(fresh) == 1


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT * FROM {ORDERS} WHERE data_start_time >= '2026-02-01' AND data_end_time <= '2026-06-01' ORDER BY ALL",
        f"SELECT * FROM {UPDATES} WHERE data_start_time >= '2026-05-01' AND data_end_time <= '2026-06-01' ORDER BY ALL",
        f"SELECT * FROM {LISTINGS} ORDER BY ALL",
        "SELECT * FROM report.v2_settlement_report_data_flat_file_v2 ORDER BY ALL",
        "SELECT * FROM report.sales_and_traffic_report_by_date "
        "WHERE data_start_time >= '2026-05-01' AND data_end_time <= '2026-05-31' ORDER BY ALL",
    ],
)
def test_a_bad_day_changes_no_row(stack: Stack, sql: str) -> None:
    """A fifth of the calls fail, a tenth break off, documents are cut anywhere."""
    sql = sql.replace("SELECT * FROM", "SELECT * EXCLUDE (report_id, report_created_at) FROM")
    expected = stack.query(sql, Marketplaces="US")
    trouble = replace(OPTIONS, fail_rate=0.2, drop_rate=0.1, fail_statuses=(500, 503))
    with running_stack(trouble) as bad:
        patience = {"RetryMode": "RetryAny", "RetryCountMax": "12", "RetryWaitTimeMs": "5"}
        assert bad.query(sql, Marketplaces="US", **patience) == expected
    assert expected


def test_sales_and_traffic_agree_with_the_metrics_of_the_sales_api(stack: Stack) -> None:
    reported = by_day(
        stack,
        "SELECT date AS day, sales_by_date_units_ordered AS units, "
        "sales_by_date_ordered_product_sales_amount AS amount FROM report.sales_and_traffic_report_by_date "
        "WHERE data_start_time >= '2026-05-01' AND data_end_time <= '2026-05-31'",
    )
    told = by_day(
        stack,
        "SELECT left(interval, 10)::DATE AS day, unit_count AS units, total_sales_amount AS amount "
        "FROM sales.order_metrics WHERE granularity = 'Day' AND granularity_time_zone = 'America/Los_Angeles' "
        "AND interval_start >= '2026-05-01 07:00:00' AND interval_end <= '2026-06-01 07:00:00'",
    )
    assert reported == told


def test_explain_tells_which_reports_are_there(fresh: Stack) -> None:
    sql = f"SELECT sku FROM {ORDERS} WHERE data_start_time >= '2026-04-01' AND data_end_time <= '2026-05-31'"
    (row,) = fresh.query(f"EXPLAIN {sql}", Marketplaces="US")
    told = json.loads(row["parameters"])["reports"]
    assert [each["state"] for each in told] == ["to be asked for", "to be asked for"]
    assert (row["calls_min"], row["operation_id"]) == (2, CREATE)
    assert row["est_seconds"] > 0
    assert fresh.calls() == []
    fresh.query(sql, Marketplaces="US")
    (row,) = fresh.query(f"EXPLAIN {sql}", Marketplaces="US")
    assert all("its document is there" in each["state"] for each in json.loads(row["parameters"])["reports"])
    assert (row["calls_min"], row["est_seconds"]) == (0, 0)


def test_a_period_is_asked_for_where_there_must_be_one(stack: Stack) -> None:
    with pytest.raises(Exception, match=r"needs data_start_time or purchase_date: .* for example SELECT"):
        stack.query(f"SELECT * FROM {ORDERS}")


def test_system_reports_tells_what_was_asked_for(fresh: Stack) -> None:
    fresh.query(f"SELECT count(*) AS n FROM {LISTINGS}", Marketplaces="US")
    (row,) = fresh.query("SELECT * FROM system.reports")
    assert (row["report_type"], row["status"]) == ("GET_MERCHANT_LISTINGS_ALL_DATA", "done")
    assert row["rows"] > 0
    assert row["bytes"] > 0


def test_a_list_is_read_from_the_same_document_as_the_rows_that_hold_it(fresh: Stack) -> None:
    orders = "report.xml_all_orders_data_by_order_date_general"
    period = "data_start_time >= '2026-05-01' AND data_end_time <= '2026-05-20'"
    rows, items = (f"(SELECT count(*) FROM {table} WHERE {period})" for table in (orders, f"{orders}__order_item"))
    (together,) = fresh.query(f"SELECT {rows} AS rows, {items} AS items", Marketplaces="US")
    assert created(fresh) == 1
    assert together["items"] >= together["rows"] > 0
