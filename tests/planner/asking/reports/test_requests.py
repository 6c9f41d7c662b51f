"""Queries on report tables → the reports that are asked for."""

from datetime import UTC, date, datetime

import pytest

import catalog
from flight_server import planner
from flight_server.connection.settings import Settings
from flight_server.errors import MissingKeyColumn, QueryError
from flight_server.plan import Call, Output, ReportRequest, Scan
from flight_server.planner.asking.calls import calls
from flight_server.planner.asking.key_tuples import Sources
from flight_server.planner.asking.parameters import bind
from flight_server.planner.asking.reports.requests import report_request
from flight_server.planner.conditions.ranges import Range
from flight_server.planner.explain import Surroundings, explain
from tests.planner.test_plan import fold

CATALOG = catalog.load()
NOW = datetime(2026, 11, 27, 15, 30, tzinfo=UTC)
US, CA, MX = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2", "A1AM78C64UM0Y8"
RETURNS = "report.fba_fulfillment_customer_returns_data"
ORDERS = "report.flat_file_all_orders_data_by_order_date_general"
TERMS = "report.brand_analytics_search_terms_report"


def made(sql: str, *, allows_partial: bool = False) -> list[Call]:
    plan = planner.plan(planner.read(sql, CATALOG), Settings(), fold, NOW)
    sources = Sources(NOW, {"Marketplaces": (US, CA, MX)}, allows_partial=allows_partial)
    return [call for scan in plan.scans for call in calls(scan, sources)]


def asked(sql: str) -> list[ReportRequest]:
    plan = planner.plan(planner.read(sql, CATALOG), Settings(), fold, NOW)
    report = plan.scans[0].table.report
    assert report is not None
    return [report_request(call, report) for call in made(sql)]


def spans(sql: str) -> list[tuple[str, str]]:
    return [
        (str(request.start)[:16] if request.start else "", str(request.end)[:16] if request.end else "")
        for request in asked(sql)
    ]


@pytest.mark.parametrize(
    ("conditions", "span"),
    [
        ("data_start_time >= '2026-10-01' AND data_end_time <= '2026-10-20'", ("2026-10-01 00:00", "2026-10-20 00:00")),
        ("data_start_time = '2026-10-01' AND data_end_time = '2026-10-20'", ("2026-10-01 00:00", "2026-10-20 00:00")),
        (
            "data_start_time >= '2026-10-01' AND data_start_time < '2026-10-20'",
            ("2026-10-01 00:00", "2026-10-20 00:00"),
        ),
        ("data_start_time BETWEEN '2026-10-01' AND '2026-10-20'", ("2026-10-01 00:00", "2026-10-20 00:00")),
        ("data_start_time >= '2026-10-01' AND data_end_time < '2026-10-20'", ("2026-10-01 00:00", "2026-10-19 23:59")),
        ("data_start_time >= '2026-10-01'", ("2026-10-01 00:00", "")),
        ("data_start_time = '2026-10-01'", ("2026-10-01 00:00", "")),
        ("return_date >= '2026-10-01' AND return_date < '2026-10-20'", ("2026-10-01 00:00", "2026-10-20 00:00")),
        ("return_date >= '2026-10-01 08:20'", ("2026-10-01 08:00", "")),
        ("return_date = '2026-10-01 08:20'", ("2026-10-01 08:00", "2026-10-01 09:00")),
        (
            "data_start_time >= '2026-09-01' AND return_date >= '2026-10-01' AND return_date <= '2026-10-20'",
            ("2026-10-01 00:00", "2026-10-20 01:00"),
        ),
    ],
)
def test_conditions_become_one_period(conditions: str, span: tuple[str, str]) -> None:
    assert spans(f"SELECT * FROM {RETURNS} WHERE {conditions}") == [span]


def test_rows_tell_the_beginning_and_the_end_that_were_asked_for() -> None:
    (call,) = made(f"SELECT * FROM {RETURNS} WHERE data_start_time = '2026-10-01' AND data_end_time = '2026-10-20'")
    assert (call.asked["data_start_time"], call.asked["data_end_time"]) == (
        "2026-10-01T00:00:00Z",
        "2026-10-20T00:00:00Z",
    )


def test_a_beginning_that_is_left_out_is_not_told() -> None:
    (call,) = made(f"SELECT * FROM {RETURNS} WHERE data_start_time > '2026-10-01'")
    assert call.asked["data_start_time"] == "2026-10-01T00:00:00.001000Z"


def test_several_beginnings_are_a_report_each() -> None:
    sql = f"SELECT * FROM {TERMS} WHERE report_period = 'WEEK' AND marketplace_id = '{US}' AND data_start_time IN "
    assert spans(sql + "('2026-10-04', '2026-10-18')") == [
        ("2026-10-04 00:00", "2026-10-10 00:00"),
        ("2026-10-18 00:00", "2026-10-24 00:00"),
    ]


def test_a_year_of_orders_is_thirteen_reports_that_adjoin_and_each_row_is_told_once() -> None:
    found = made(f"SELECT * FROM {ORDERS} WHERE purchase_date >= '2025-10-01' AND purchase_date < '2026-10-01'")
    assert len(found) == 13
    seams = [call.within.before for call in found if call.within is not None]
    assert len(seams) == 12


def test_the_type_and_the_options_go_along() -> None:
    conditions = f"report_period = 'MONTH' AND data_start_time = '2026-09-01' AND marketplace_id = '{US}'"
    (call,) = made(f"SELECT * FROM {TERMS} WHERE {conditions}")
    assert call.body == {
        "reportType": "GET_BRAND_ANALYTICS_SEARCH_TERMS_REPORT",
        "marketplaceIds": [US],
        "dataStartTime": "2026-09-01T00:00:00Z",
        "dataEndTime": "2026-09-30T00:00:00Z",
        "reportOptions": {"reportPeriod": "MONTH"},
    }
    assert call.asked["report_period"] == "MONTH"


def test_each_value_of_an_option_is_a_report_of_its_own() -> None:
    conditions = "report_period = 'MONTH' AND selling_program = 'RETAIL' AND data_start_time = '2026-09-01'"
    sql = f"SELECT * FROM report.vendor_sales_report_by_asin WHERE {conditions} AND marketplace_id = '{US}'"
    sql += " AND distributor_view IN ('SOURCING', 'MANUFACTURING')"
    views = [dict(request.options)["distributorView"] for request in asked(sql)]
    assert views == ["MANUFACTURING", "SOURCING"]


def test_an_option_that_amazon_requires_is_asked_for() -> None:
    with pytest.raises(MissingKeyColumn, match=r"needs report_period: .*report_period = 'DAY'"):
        made(f"SELECT * FROM {TERMS} WHERE data_start_time >= '2026-09-01'")


def test_a_value_that_an_option_cannot_have_is_refused() -> None:
    with pytest.raises(QueryError, match="report_period cannot be FORTNIGHT; Amazon knows DAY, WEEK, MONTH, QUARTER"):
        made(f"SELECT * FROM {TERMS} WHERE data_start_time >= '2026-09-01' AND report_period = 'FORTNIGHT'")


def test_a_period_that_is_required_is_asked_for_with_an_example() -> None:
    with pytest.raises(MissingKeyColumn, match=rf"{RETURNS} needs data_start_time or return_date: .*SELECT"):
        made(f"SELECT * FROM {RETURNS}")
    with pytest.raises(MissingKeyColumn, match=rf"{RETURNS} needs data_start_time"):
        made(f"SELECT * FROM {RETURNS} WHERE data_start_time < '2026-09-01'")


def test_all_marketplaces_are_asked_together_unless_the_query_tells_them_apart() -> None:
    period = "data_start_time >= '2026-10-01'"
    assert [request.marketplace_ids for request in asked(f"SELECT * FROM {RETURNS} WHERE {period}")] == [(US, CA, MX)]
    apart = [(US,), (CA,), (MX,)]
    by_marketplace = f"SELECT marketplace_id, count(*) FROM {RETURNS} WHERE {period} GROUP BY 1"
    assert [request.marketplace_ids for request in asked(by_marketplace)] == apart
    named = f"SELECT * FROM {RETURNS} WHERE {period} AND marketplace_id"
    assert [request.marketplace_ids for request in asked(f"{named} IN ('{US}', '{CA}')")] == [(CA,), (US,)]
    assert [request.marketplace_ids for request in asked(f"{named} <> '{CA}'")] == apart
    assert [call.asked["marketplace_id"] for call in made(f"{named} = '{US}'")] == [US]


def test_types_of_one_marketplace_are_asked_for_each() -> None:
    found = asked("SELECT * FROM report.merchant_listings_all_data")
    assert [request.marketplace_ids for request in found] == [(US,), (CA,), (MX,)]


def test_a_report_that_amazon_makes_by_itself_is_asked_for_without_a_period() -> None:
    (request,) = asked("SELECT * FROM report.v2_settlement_report_data_flat_file_v2")
    assert not request.report.is_requestable
    assert request.start is None and request.end is None


def test_a_state_of_today_that_wants_a_period_has_one_by_default() -> None:
    assert spans("SELECT * FROM report.fba_estimated_fba_fees_txt_data") == [("2026-11-23 00:00", "")]


def test_a_column_of_days_is_asked_for_with_a_day_on_either_side() -> None:
    table = CATALOG.resolve("ledger_detail_view_data")
    domains = {"date": Range(date(2026, 10, 2), date(2026, 10, 20), upper_inclusive=False)}
    scan = Scan((Output("r", table, table.columns),), bind(table, domains, (), NOW))
    (call,) = calls(scan, Sources(NOW, {"Marketplaces": (US,)}))
    assert isinstance(call.body, dict)
    assert (call.body["dataStartTime"], call.body["dataEndTime"]) == ("2026-10-01T00:00:00Z", "2026-10-21T00:00:00Z")


def test_beginnings_may_come_from_another_table() -> None:
    sql = f"SELECT r.sku FROM {RETURNS} r JOIN (VALUES (TIMESTAMPTZ '2026-10-01')) v(t) ON r.data_start_time = v.t"
    plan = planner.plan(planner.read(sql, CATALOG), Settings(), fold, NOW)
    (scan,) = plan.scans
    keys = {
        supply.keys: [(datetime(2026, 10, 1, tzinfo=UTC),), (datetime(2026, 10, 8, tzinfo=UTC),)]
        for supply in scan.supplies
    }
    found = list(calls(scan, Sources(NOW, {"Marketplaces": (US,)}, keys=keys)))
    assert [call.asked["data_start_time"] for call in found][:1] == ["2026-10-01T00:00:00Z"]


def test_explain_tells_the_first_request_and_how_many_there_are() -> None:
    sql = f"SELECT * FROM {ORDERS} WHERE purchase_date >= '2025-10-01' AND purchase_date < '2026-10-01'"
    plan = planner.plan(planner.read(sql, CATALOG), Settings(marketplaces=(US,)), fold, NOW)
    (row,) = explain(plan, Surroundings(Settings(marketplaces=(US,)), NOW)).to_pylist()
    assert (row["operation_id"], row["method"], row["path"]) == ("createReport", "POST", "/reports/2021-06-30/reports")
    assert (row["calls_min"], row["calls_max"]) == (13, None)
    assert '"dataStartTime": "2025-10-01T00:00:00Z"' in row["parameters"]
    assert '"reportType": "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"' in row["parameters"]


@pytest.mark.parametrize(
    "condition",
    [
        "(data_start_time >= '2026-01-01' AND data_start_time < '2026-02-01') OR data_start_time >= '2026-10-10'",
        "data_start_time >= '2026-01-01' AND (data_end_time < '2026-02-01' OR order_status = 'Shipped')",
    ],
)
def test_a_choice_of_periods_is_refused(condition: str) -> None:
    with pytest.raises(QueryError, match=r"with OR on data_.* UNION ALL"):
        made(f"SELECT * FROM {ORDERS} WHERE {condition}")


def test_a_choice_of_beginnings_is_a_report_each() -> None:
    found = spans(f"SELECT * FROM {TERMS} WHERE report_period = 'WEEK' AND {CHOICE}")
    assert set(found) == {("2026-10-04 00:00", "2026-10-10 00:00"), ("2026-10-18 00:00", "2026-10-24 00:00")}


CHOICE = "(data_start_time = '2026-10-04' OR data_start_time = '2026-10-18')"
