"""Data Kiosk as tables, before the simulator: shortest queries, the same figures as elsewhere, each asked once."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from flight_server.simulator import SimulatorOptions
from tests.planner.asking.kiosk.test_queries import leaves
from tests.server_fixtures import NOW, Stack, running_stack

BY_DATE, BY_ASIN = "data_kiosk.sales_and_traffic_by_date", "data_kiosk.sales_and_traffic_by_asin"
CREATE, DOCUMENT = "createQuery", "getDocument"
MAY = "start_date >= '2026-05-01' AND start_date < '2026-06-01'"

OPTIONS = SimulatorOptions(port=0, orders=300, limits=False, now=NOW, report_seconds=0)


@pytest.fixture
def fresh() -> Iterator[Stack]:
    """A simulator and a server that no test has asked anything."""
    with running_stack(OPTIONS) as running:
        yield running


def sent(stack: Stack) -> list[str]:
    return [call["body"]["query"] for call in stack.calls(CREATE)]


def test_a_query_of_two_columns_asks_for_two_fields_and_for_one_document(fresh: Stack) -> None:
    rows = fresh.query(
        f"SELECT date, ordered_product_sales_amount FROM {BY_DATE} "
        "WHERE date >= '2026-05-01' AND date < '2026-06-01' ORDER BY date",
        Marketplaces="US",
    )
    assert len(rows) == 31
    assert list(rows[0]) == ["date", "ordered_product_sales_amount"]
    assert [leaves(text) for text in sent(fresh)] == [{"startDate", "sales.orderedProductSales.amount"}]
    assert len(fresh.calls(DOCUMENT)) == 1


def test_sums_agree_with_order_metrics_and_with_the_report_of_the_same_days(fresh: Stack) -> None:
    ((kiosk),) = fresh.query(
        f"SELECT sum(ordered_product_sales_amount) AS sales, sum(units_ordered) AS units FROM {BY_DATE} WHERE {MAY}",
        Marketplaces="US",
    )
    (metrics,) = fresh.query(
        "SELECT sum(total_sales_amount) AS sales, sum(unit_count) AS units FROM sales.order_metrics WHERE "
        "granularity = 'Day' AND interval_start >= '2026-05-01' AND interval_start < '2026-06-01'",
        Marketplaces="US",
    )
    (report,) = fresh.query(
        "SELECT sum(sales_by_date_ordered_product_sales_amount) AS sales, sum(sales_by_date_units_ordered) AS units "
        "FROM report.sales_and_traffic_report_by_date WHERE data_start_time = '2026-05-01' "
        "AND data_end_time = '2026-05-31' AND date_granularity = 'DAY' AND asin_granularity = 'PARENT'",
        Marketplaces="US",
    )
    assert kiosk["units"] > 0
    assert kiosk == metrics == report


def test_products_sum_up_to_the_days(fresh: Stack) -> None:
    by_date = f"SELECT sum(units_ordered) AS units FROM {BY_DATE} WHERE {MAY}"
    by_asin = (
        f"SELECT sum(units_ordered) AS units FROM {BY_ASIN} WHERE start_date = '2026-05-01' AND end_date = '2026-05-31'"
    )
    economics = f"SELECT sum(sales_units_ordered) AS units FROM data_kiosk.economics WHERE {MAY}"
    found = [fresh.query(sql, Marketplaces="US") for sql in (by_date, by_asin, economics)]
    assert found[0] == found[1] == found[2]


def test_the_same_question_is_one_job_and_a_minute_later_no_call(fresh: Stack) -> None:
    sql = f"SELECT count(*) AS n FROM {BY_DATE} WHERE {MAY}"
    first = fresh.query(sql, Marketplaces="US,CA")
    assert len(sent(fresh)) == 1
    fresh.simulator.clear_calls()
    assert fresh.query(sql, Marketplaces="US,CA") == first
    assert fresh.calls() == []
    (job,) = fresh.query("SELECT report_type, status, query FROM system.reports")
    assert job["report_type"] == "analytics_salesAndTraffic_2024_04_24.salesAndTrafficByDate"
    assert job["status"] == "done" and job["query"].startswith("{analytics_salesAndTraffic_2024_04_24{")


def test_a_result_of_several_pages_is_read_whole(fresh: Stack) -> None:
    whole = fresh.query(
        f"SELECT * EXCLUDE (query_id, query_created_at) FROM {BY_DATE} WHERE {MAY} ORDER BY start_date",
        Marketplaces="US",
    )
    with running_stack(
        SimulatorOptions(port=0, orders=300, limits=False, now=NOW, report_seconds=0, query_lines=10)
    ) as paged:
        rows = paged.query(
            f"SELECT * EXCLUDE (query_id, query_created_at) FROM {BY_DATE} WHERE {MAY} ORDER BY start_date",
            Marketplaces="US",
        )
        assert rows == whole
        assert [bool(call["body"].get("paginationToken")) for call in paged.calls(CREATE)] == [False, True, True, True]
        paged.simulator.clear_calls()
        assert len(paged.query(f"SELECT start_date FROM {BY_DATE} WHERE {MAY} LIMIT 5", Marketplaces="US")) == 5
        assert len(paged.calls(CREATE)) == 1, "a further page is asked for when its rows are wanted"


def test_weeks_are_whole_and_the_rest_is_left_out(fresh: Stack) -> None:
    sql = f"SELECT start_date, end_date, units_ordered FROM {BY_DATE} WHERE aggregate_by = 'WEEK' AND {MAY} ORDER BY 1"
    weeks = fresh.query(sql, Marketplaces="US")
    assert [str(row["start_date"]) for row in weeks] == [f"2026-05-{day:02}" for day in (3, 10, 17, 24, 31)]
    days = fresh.query(
        f"SELECT sum(units_ordered) AS units FROM {BY_DATE} WHERE date >= '2026-05-03' AND date <= '2026-06-06'",
        Marketplaces="US",
    )
    assert sum(row["units_ordered"] for row in weeks) == days[0]["units"]


def test_lists_within_lines_are_tables_that_join_in_one_query(fresh: Stack) -> None:
    rows = fresh.query(
        "SELECT e.msku, f.fee_type_name, c.aggregated_detail_total_amount_amount AS amount "
        "FROM data_kiosk.economics e JOIN data_kiosk.economics__fees f USING (start_date, marketplace_id, msku) "
        "JOIN data_kiosk.economics__fees__charges c ON c.parent_start_date = e.start_date AND c.msku = e.msku "
        "AND c.fee_type_name = f.fee_type_name AND c.marketplace_id = e.marketplace_id "
        "WHERE e.start_date >= '2026-05-01' AND e.start_date < '2026-05-08' AND f.start_date >= '2026-05-01' "
        "AND f.start_date < '2026-05-08' AND c.parent_start_date >= '2026-05-01' "
        "AND c.parent_start_date < '2026-05-08'",
        Marketplaces="US",
    )
    assert rows and all(row["amount"] is None or isinstance(row["amount"], Decimal) for row in rows)
    assert len(sent(fresh)) == 1


def test_explain_shows_the_text_and_what_is_known_of_it(fresh: Stack) -> None:
    sql = f"SELECT date, units_ordered FROM {BY_DATE} WHERE {MAY}"
    (step,) = fresh.query(f"EXPLAIN {sql}", Marketplaces="US")
    told = json.loads(step["parameters"])
    assert told["body"]["query"].startswith("{analytics_salesAndTraffic_2024_04_24{salesAndTrafficByDate(")
    assert (step["operation_id"], step["calls_min"]) == ("createQuery", 1)
    fresh.query(sql, Marketplaces="US")
    (step,) = fresh.query(f"EXPLAIN {sql}", Marketplaces="US")
    assert step["calls_min"] == 0
    assert "is there" in step["parameters"]


def test_a_window_without_rows_is_no_row_and_no_error(fresh: Stack) -> None:
    sql = f"SELECT child_asin FROM {BY_ASIN} WHERE start_date = '2024-07-01' AND end_date = '2024-07-02'"
    assert fresh.query(sql, Marketplaces="MX") == []


@pytest.mark.parametrize(
    "table", ["manufacturing_view", "manufacturing_view_totals", "sourcing_view", "sourcing_view_totals"]
)
def test_vendor_analytics_has_rows_by_product_and_totals(table: str, stack: Stack) -> None:
    rows: list[dict[str, Any]] = stack.query(
        f"SELECT * FROM data_kiosk.{table} WHERE aggregate_by = 'WEEK' AND start_date >= '2026-05-10' "
        "AND end_date <= '2026-05-23'"
    )
    assert {str(row["start_date"]) for row in rows} <= {"2026-05-10", "2026-05-17"}
    assert len(rows) > 1
    key = "start_date" if table.endswith("totals") else "group_by_key_asin"
    assert all(row[key] for row in rows)
