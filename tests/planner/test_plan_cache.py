"""A repeated query is planned once, as long as its plan would come out the same."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

import catalog
from flight_server import planner
from flight_server.connection.settings import Settings
from flight_server.errors import QueryError
from flight_server.plan import Plan
from flight_server.planner.plan_cache import PLANS_KEPT, PlanCache
from tests.planner.test_plan import NOW, fold

CATALOG = catalog.load().for_versions({})


def cache(sql: str) -> PlanCache:
    return PlanCache(planner.read(sql, CATALOG))


def planned(plans: PlanCache, now: datetime = NOW, *parameters: Any, settings: Settings | None = None) -> Plan:
    return plans.plan(settings or Settings(), fold, now, parameters)


def test_the_same_question_has_the_same_plan() -> None:
    plans = cache("SELECT count(*) FROM orders.orders WHERE purchase_date < '2026-01-01'")
    assert planned(plans) is planned(plans, NOW + timedelta(days=30))


def test_parameters_make_plans_of_their_own() -> None:
    plans = cache("SELECT title FROM orders.order_items WHERE amazon_order_id = ?")
    first, second = "902-1845936-5435065", "902-1845936-5435066"
    assert planned(plans, NOW, first) is planned(plans, NOW, first)
    (one,), (other,) = (planned(plans, NOW, key).scans for key in (first, second))
    assert one.bindings != other.bindings


def test_what_may_be_seen_makes_plans_of_its_own() -> None:
    plans = cache("SELECT buyer_info_buyer_name FROM orders.orders")
    seen, hidden = (planned(plans, settings=Settings(restricted_data=choice)) for choice in ("Auto", "Never"))
    assert seen.scans[0].needs_restricted_token
    assert not hidden.scans[0].needs_restricted_token


def test_accounts_of_different_types_have_plans_of_their_own() -> None:
    plans = cache("SELECT * FROM catalog_items.search WHERE asin = 'B000000001'")
    auto, seller = (planned(plans, settings=Settings(account_type=choice)) for choice in ("Auto", "Seller"))
    assert ["vendorDetails" in plan.scans[0].switches["includedData"] for plan in (auto, seller)] == [True, False]


@pytest.mark.parametrize("now_word", ["now()", "current_timestamp", "localtimestamp"])
def test_a_query_that_names_the_time_is_planned_each_time(now_word: str) -> None:
    plans = cache(f"SELECT count(*) FROM orders.orders WHERE purchase_date > {now_word} - INTERVAL 7 DAY")
    (first,), (later,) = (planned(plans, NOW + timedelta(seconds=seconds)).scans for seconds in (0, 1))
    assert first.bindings != later.bindings


def test_one_that_names_the_day_is_planned_once_a_day() -> None:
    plans = cache("SELECT count(*) FROM orders.orders WHERE purchase_date >= current_date - 7")
    assert planned(plans) is planned(plans, NOW + timedelta(hours=1))
    assert planned(plans) is not planned(plans, NOW + timedelta(days=1))


def test_a_bound_that_amazon_refuses_because_it_is_too_near_is_dropped_for_a_minute_only() -> None:
    near = NOW - timedelta(seconds=30)
    plans = cache(f"SELECT count(*) FROM orders.orders WHERE purchase_date < '{near:%Y-%m-%d %H:%M:%S}'")
    made = [planned(plans, NOW + timedelta(minutes=minutes)).scans[0] for minutes in (0, 0, 5, 5)]
    upper = [binding.upper for scan in made for binding in scan.bindings if binding.key_column.le]
    assert upper == ["", "", "2026-06-15T11:59:30Z", "2026-06-15T11:59:30Z"]


def test_what_amazon_keeps_moves_with_the_time() -> None:
    plans = cache("SELECT report_id FROM reports.reports WHERE report_type = 'GET_X'")
    (first,), (later,) = (planned(plans, NOW + timedelta(days=days)).scans for days in (0, 10))
    assert first is not later


def test_old_plans_make_room() -> None:
    plans = cache("SELECT title FROM orders.order_items WHERE amazon_order_id = ?")
    ids = [f"902-1845936-{number:07}" for number in range(PLANS_KEPT + 1)]
    first = planned(plans, NOW, ids[0])
    for each in ids:
        planned(plans, NOW, each)
    assert planned(plans, NOW, ids[0]) is not first


def test_a_sandbox_has_plans_of_its_own() -> None:
    plans = cache("SELECT title FROM orders.order_items WHERE amazon_order_id = 'TEST_CASE_200'")
    assert planned(plans, settings=Settings(sandbox=True)).scans
    with pytest.raises(QueryError, match="amazon_order_id cannot be 'TEST_CASE_200'"):
        planned(plans)


def test_a_day_and_a_text_are_different_values() -> None:
    plans = cache("SELECT count(*) FROM orders.orders WHERE purchase_date >= ?")
    assert planned(plans, NOW, date(2026, 1, 1)) is not planned(plans, NOW, "2026-01-01")
