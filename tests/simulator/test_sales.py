from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from flight_server.simulator import Simulator
from tests.simulator.caller import DE, US, Caller, refusal

METRICS = "/sales/v1/orderMetrics"
QUARTER = "2025-12-15T06:00:00Z--2026-03-15T18:00:00Z"


def metrics(caller: Caller, **asked: str) -> list[dict[str, Any]]:
    answer = caller.get(METRICS, **{"marketplaceIds": US, "granularityTimeZone": "UTC", **asked})
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["payload"]
    return rows


def sold(simulator: Simulator, marketplace_id: str, start: datetime, end: datetime) -> tuple[int, int, Decimal]:
    """Orders, units and sales straight from the orders."""
    orders, units, total = 0, 0, Decimal(0)
    for order in simulator.story.orders():
        placed = datetime.fromisoformat(str(order["PurchaseDate"]))
        if order["MarketplaceId"] != marketplace_id or not start <= placed < end:
            continue
        if order["OrderStatus"] in {"Pending", "PendingAvailability", "Canceled"}:
            continue
        orders += 1
        for item in simulator.story.order_items(str(order["AmazonOrderId"])):
            units += int(str(item["QuantityOrdered"]))
            price = item["ItemPrice"]
            assert isinstance(price, dict)
            total += Decimal(price["Amount"])
    return orders, units, total


def test_totals_agree_with_the_orders(simulator: Simulator, caller: Caller) -> None:
    [row] = metrics(caller, interval=QUARTER, granularity="Total")
    start, end = (datetime.fromisoformat(text) for text in QUARTER.split("--"))
    orders, units, total = sold(simulator, US, start, end)
    assert (row["orderCount"], row["unitCount"], Decimal(row["totalSales"]["amount"])) == (orders, units, total)
    assert orders > 20
    assert row["interval"] == "2025-12-15T06:00Z--2026-03-15T18:00Z"
    assert Decimal(row["averageUnitPrice"]["amount"]) == round(total / units, 2)


@pytest.mark.parametrize("granularity", ["Day", "Week", "Month", "Year"])
def test_buckets_join_without_gap_and_sum_up(caller: Caller, granularity: str) -> None:
    rows = metrics(caller, interval=QUARTER, granularity=granularity)
    [whole] = metrics(caller, interval=QUARTER, granularity="Total")
    bounds = [row["interval"].split("--") for row in rows]
    assert "--".join((bounds[0][0], bounds[-1][1])) == whole["interval"]
    assert all(earlier[1] == later[0] for earlier, later in pairwise(bounds))
    assert sum(row["orderCount"] for row in rows) == whole["orderCount"]
    assert sum(Decimal(row["totalSales"]["amount"]) for row in rows) == Decimal(whole["totalSales"]["amount"])


def test_empty_buckets_are_told_as_zeros(caller: Caller) -> None:
    rows = metrics(caller, interval="2026-03-01T00:00:00Z--2026-03-11T00:00:00Z", granularity="Day", sku="none")
    assert len(rows) == 10
    assert {row["totalSales"]["amount"] for row in rows} == {"0"}


def test_local_days_have_23_hours_when_clocks_go_forward(simulator: Simulator, caller: Caller) -> None:
    interval = "2026-03-07T00:00:00-08:00--2026-03-10T00:00:00-07:00"
    rows = metrics(caller, interval=interval, granularity="Day", granularityTimeZone="US/Pacific")
    assert [row["interval"] for row in rows] == [
        "2026-03-07T00:00-08:00--2026-03-08T00:00-08:00",
        "2026-03-08T00:00-08:00--2026-03-09T00:00-07:00",
        "2026-03-09T00:00-07:00--2026-03-10T00:00-07:00",
    ]
    zone = ZoneInfo("US/Pacific")
    start = datetime(2026, 3, 8, tzinfo=zone).astimezone(UTC)
    assert rows[1]["orderCount"] == sold(simulator, US, start, start + timedelta(hours=23))[0]
    hours = metrics(caller, interval=interval, granularity="Hour", granularityTimeZone="US/Pacific")
    assert len(hours) == 71


def test_weeks_start_on_the_day_asked_for(caller: Caller) -> None:
    asked = {"interval": "2026-02-04T00:00:00Z--2026-02-20T00:00:00Z", "granularity": "Week"}
    assert [row["interval"][:10] for row in metrics(caller, **asked)] == ["2026-02-04", "2026-02-09", "2026-02-16"]
    sundays = metrics(caller, **asked, firstDayOfWeek="Sunday")
    assert [row["interval"][:10] for row in sundays] == ["2026-02-04", "2026-02-08", "2026-02-15"]


@pytest.mark.parametrize(
    ("parameter", "values"), [("buyerType", ("B2B", "B2C")), ("fulfillmentNetwork", ("AFN", "MFN"))]
)
def test_filters_split_the_whole(caller: Caller, parameter: str, values: tuple[str, str]) -> None:
    asked = {"interval": QUARTER, "granularity": "Total", "marketplaceIds": DE}
    parts = [metrics(caller, **asked, **{parameter: value})[0] for value in values]
    [whole] = metrics(caller, **asked)
    assert sum(part["orderCount"] for part in parts) == whole["orderCount"]
    assert all(part["orderCount"] for part in parts)


def test_an_asin_and_its_only_sku_sell_the_same(simulator: Simulator, caller: Caller) -> None:
    listing = next(
        one for one in simulator.story.listings if one.popularity > 0.9 and US in one.product.marketplace_ids
    )
    asked = {"interval": QUARTER, "granularity": "Total"}
    [by_asin] = metrics(caller, **asked, asin=listing.product.asin)
    [by_sku] = metrics(caller, **asked, sku=listing.sku)
    assert by_asin == by_sku
    assert metrics(caller, **asked, amazonProgram="AmazonHaul")[0]["orderCount"] == 0


@pytest.mark.parametrize(
    "change",
    [
        {"granularityTimeZone": ""},
        {"granularityTimeZone": "Mars/Olympus"},
        {"granularityTimeZone": "US/Pacific"},
        {"granularityTimeZone": "Europe/London"},
        {"granularity": "day"},
        {"interval": "2026-01-01--2026-02-01"},
        {"interval": "2026-01-01T00:00:00Z"},
        {"interval": "2026-02-01T00:00:00Z--2026-01-01T00:00:00Z"},
        {"interval": "2023-02-01T00:00:00Z--2026-01-01T00:00:00Z"},
        {"interval": "2026-01-01T00:00:00Z--2026-01-02T00:00:00Z", "granularity": "Hour"},
        {"interval": "2026-13-01T00:00:00Z--2026-01-02T00:00:00Z"},
        {"asin": "B000000000", "sku": "x"},
        {"marketplaceIds": f"{US},{DE}"},
        {"fulfillmentNetwork": "FBA"},
    ],
    ids=str,
)
def test_broken_rules_are_refused(caller: Caller, change: dict[str, str]) -> None:
    asked = {"marketplaceIds": US, "interval": QUARTER, "granularity": "Day", "granularityTimeZone": "UTC", **change}
    assert refusal(caller.get(METRICS, **asked)) == (400, "InvalidInput")


def test_a_zone_is_needed_for_days(caller: Caller) -> None:
    asked = {"marketplaceIds": US, "interval": QUARTER}
    assert refusal(caller.get(METRICS, **asked, granularity="Day")) == (400, "InvalidInput")
    recent = {"marketplaceIds": US, "interval": "2026-03-15T00:00:00+05:30--2026-03-15T02:10:30+05:30"}
    rows = caller.get(METRICS, **recent, granularity="Hour").json()["payload"]
    assert [row["interval"] for row in rows][-1] == "2026-03-15T02:00+05:30--2026-03-15T02:10:30+05:30"
