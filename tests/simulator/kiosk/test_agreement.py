"""Queries agree with the APIs and the reports that tell the same, and with one another."""

import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from flight_server.simulator import Simulator
from tests.simulator.caller import DE, US, Caller
from tests.simulator.kiosk.asking import ECONOMICS, TRAFFIC, VENDORS, by_date, lines, period, text
from tests.simulator.reports.asking import asked
from tests.simulator.reports.asking import text as report_text

GB = "A1F83G8C2ARO7P"
ZONES = {US: ("US/Pacific", "-08:00"), DE: ("Europe/Berlin", "+01:00"), GB: ("Europe/London", "+00:00")}
START, END = "2026-02-01", "2026-02-28"


def metrics(caller: Caller, place: str, granularity: str) -> list[tuple[str, int, int, Decimal]]:
    zone, offset = ZONES[place]
    told = caller.get(
        "/sales/v1/orderMetrics",
        marketplaceIds=place,
        interval=f"2026-02-01T00:00:00{offset}--2026-03-01T00:00:00{offset}",
        granularity=granularity.title(),
        granularityTimeZone=zone,
        firstDayOfWeek="Sunday",
    ).json()["payload"]
    return [
        (one["interval"][:10], one["unitCount"], one["orderItemCount"], Decimal(one["totalSales"]["amount"]))
        for one in told
    ]


@pytest.mark.parametrize("place", [US, DE, GB])
@pytest.mark.parametrize("granularity", ["DAY", "WEEK", "MONTH"])
def test_sales_by_date_are_the_order_metrics(asker: Caller, place: str, granularity: str) -> None:
    selection = "startDate sales{unitsOrdered totalOrderItems orderedProductSales{amount}}"
    found = lines(asker, by_date(START, END, place, by=granularity, select=selection))
    expected = metrics(asker, place, granularity)
    assert any(one[1] for one in expected)
    assert expected == [
        (
            line["startDate"],
            line["sales"]["unitsOrdered"],
            line["sales"]["totalOrderItems"],
            line["sales"]["orderedProductSales"]["amount"],
        )
        for line in found
    ]


def test_sales_and_traffic_are_those_of_the_report(asker: Caller) -> None:
    report = json.loads(
        report_text(
            asker, asked("GET_SALES_AND_TRAFFIC_REPORT", START, END, dateGranularity="DAY", asinGranularity="SKU")
        ),
        parse_float=Decimal,
    )
    money = "{amount currencyCode}"
    sales = f"orderedProductSales{money}orderedProductSalesB2B{money}unitsOrdered unitsOrderedB2B totalOrderItems "
    views = ("sessions", "pageViews", "buyBoxPercentage", "unitSessionPercentage", "browserSessions")
    traffic = " ".join(f"{name}{suffix}" for suffix in ("", "B2B") for name in views)
    dated = f"{sales}unitsRefunded refundRate unitsShipped ordersShipped shippedProductSales{money}claimsGranted"
    by_day = lines(asker, by_date(START, END, select=f"startDate sales{{{dated}}}traffic{{{traffic}}}"))
    assert [line["startDate"] for line in by_day] == [one["date"] for one in report["salesAndTrafficByDate"]]
    for line, one in zip(by_day, report["salesAndTrafficByDate"], strict=True):
        for mine, theirs in (("sales", "salesByDate"), ("traffic", "trafficByDate")):
            assert line[mine] == {name: one[theirs][name] for name in line[mine]}
    selection = f"parentAsin childAsin sku sales{{{sales}totalOrderItemsB2B}}traffic{{{traffic}}}"
    arguments = f"aggregateBy:SKU {period(START, END)}"
    by_sku = lines(asker, text(TRAFFIC, "salesAndTrafficByAsin", arguments, selection))
    assert len(by_sku) == len(report["salesAndTrafficByAsin"]) > 3
    for line, one in zip(by_sku, report["salesAndTrafficByAsin"], strict=True):
        assert (line["parentAsin"], line["childAsin"], line["sku"]) == (one["parentAsin"], one["childAsin"], one["sku"])
        assert line["sales"] == {name: one["salesByAsin"][name] for name in line["sales"]}
        assert line["traffic"] == {name: one["trafficByAsin"][name] for name in line["traffic"]}


@pytest.mark.parametrize("aggregate", ["PARENT", "CHILD", "SKU"])
def test_products_come_to_the_sum_of_the_days(asker: Caller, aggregate: str) -> None:
    selection = "parentAsin childAsin sku sales{unitsOrdered orderedProductSales{amount}}"
    found = lines(
        asker, text(TRAFFIC, "salesAndTrafficByAsin", f"aggregateBy:{aggregate} {period(START, END, DE)}", selection)
    )
    expected = metrics(asker, DE, "DAY")
    assert sum(line["sales"]["unitsOrdered"] for line in found) == sum(one[1] for one in expected)
    amounts = sum(line["sales"]["orderedProductSales"]["amount"] for line in found)
    assert amounts == sum(one[3] for one in expected)
    assert {line["childAsin"] is None for line in found} == {aggregate == "PARENT"}
    assert {line["sku"] is None for line in found} == {aggregate != "SKU"}


def test_trends_are_the_products_day_by_day(quick: Simulator, asker: Caller) -> None:
    selection = "childAsin sales{unitsOrdered}"
    arguments = f"aggregateBy:CHILD {period(START, END)}"
    whole = {
        line["childAsin"]: line["sales"]["unitsOrdered"]
        for line in lines(asker, text(TRAFFIC, "salesAndTrafficByAsin", arguments, selection))
    }
    asins = json.dumps([*whole, "B000000000"][-30:])
    for granularity in ("DAY", "WEEK", "MONTH"):
        arguments = (
            f'asinAggregation:CHILD dateAggregation:{granularity} startDate:"{START}" endDate:"{END}" '
            f'filters:[{{marketplaceId:"{US}" asins:{asins}}}]'
        )
        found = Counter[str]()
        selection = "asinAggregation childAsin startDate sales{unitsOrdered}"
        for line in lines(asker, text(TRAFFIC, "salesAndTrafficTrends", arguments, selection)):
            assert line["asinAggregation"] == "CHILD"
            found[line["childAsin"]] += line["sales"]["unitsOrdered"]
        assert found == {asin: units for asin, units in whole.items() if asin in asins}


SUMS = (
    "startDate endDate sales{unitsOrdered unitsRefunded netUnitsSold orderedProductSales{amount}"
    "netProductSales{amount}refundedProductSales{amount}}"
    "fees{charges{aggregatedDetail{totalAmount{amount}}}}ads{charge{totalAmount{amount}}}netProceeds{total{amount}}"
)


def economics(caller: Caller, date: str, product: str, place: str = US) -> list[dict[str, Any]]:
    arguments = f"aggregateBy:{{date:{date} productId:{product}}} {period(START, END, place)}"
    return lines(caller, text(ECONOMICS, "economics", arguments, SUMS))


def totals(found: list[dict[str, Any]]) -> dict[str, Decimal]:
    return {
        "units": sum((line["sales"]["unitsOrdered"] for line in found), Decimal(0)),
        "ordered": sum((line["sales"]["orderedProductSales"]["amount"] for line in found), Decimal(0)),
        "net": sum((line["sales"]["netProductSales"]["amount"] for line in found), Decimal(0)),
        "proceeds": sum((line["netProceeds"]["total"]["amount"] for line in found), Decimal(0)),
    }


@pytest.mark.parametrize("place", [US, DE])
def test_economics_are_of_the_same_sales_however_they_are_aggregated(asker: Caller, place: str) -> None:
    whole = totals(economics(asker, "RANGE", "PARENT_ASIN", place))
    expected = metrics(asker, place, "DAY")
    assert whole["units"] == sum(one[1] for one in expected)
    assert whole["ordered"] == sum(one[3] for one in expected)
    for date in ("DAY", "WEEK", "MONTH"):
        for product in ("PARENT_ASIN", "CHILD_ASIN", "MSKU"):
            assert totals(economics(asker, date, product, place)) == whole


def test_net_proceeds_are_sales_less_refunds_fees_and_advertising(asker: Caller) -> None:
    found = economics(asker, "RANGE", "MSKU")
    assert {(line["startDate"], line["endDate"]) for line in found} == {(START, END)}
    for line in found:
        sales = line["sales"]
        assert sales["netUnitsSold"] == sales["unitsOrdered"] - sales["unitsRefunded"]
        net = sales["orderedProductSales"]["amount"] - sales["refundedProductSales"]["amount"]
        assert sales["netProductSales"]["amount"] == net
        fees = [charge["aggregatedDetail"] for fee in line["fees"] or () for charge in fee["charges"]]
        charged = [*fees, *(one["charge"] for one in line["ads"])]
        total = net + sum(one["totalAmount"]["amount"] for one in charged)
        assert line["netProceeds"]["total"]["amount"] == total


def test_economics_are_by_sku_and_day_unless_asked_for_otherwise(asker: Caller) -> None:
    found = lines(asker, text(ECONOMICS, "economics", period(START, END), "startDate endDate msku"))
    assert found
    assert all(line["startDate"] == line["endDate"] and line["msku"] for line in found)


def test_vendors_are_told_the_sales_of_the_united_states(asker: Caller) -> None:
    arguments = f'aggregateBy:DAY startDate:"{START}" endDate:"{END}"'
    units = "shippedOrders{shippedUnitsWithRevenue{units value{amount}}}"
    selection = f"startDate marketplaceId metrics{{groupByKey{{asin}}metrics{{{units}}}}}totals{{{units}}}"
    found = lines(asker, text(VENDORS, "manufacturingView", arguments, selection))
    told = {line["startDate"]: line["totals"]["shippedOrders"]["shippedUnitsWithRevenue"] for line in found}
    expected = {day: (units, amount) for day, units, _, amount in metrics(asker, US, "DAY") if units}
    assert {day: (one["units"], one["value"]["amount"]) for day, one in told.items()} == expected
