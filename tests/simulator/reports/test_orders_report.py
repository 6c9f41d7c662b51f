"""Reports of orders agree with the Orders API."""

from collections import Counter
from decimal import Decimal

import pytest

from tests.simulator.caller import DE, EVERYWHERE, US, Caller
from tests.simulator.reports.asking import ORDERS, asked, rows, text

UPDATED = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
FROM, TO = "2026-01-15", "2026-02-14"


def sums(
    caller: Caller, member: str, bounds: dict[str, str], *marketplace_ids: str
) -> tuple[Counter[str], Counter[str]]:
    """Quantity and item price by day, of the Orders API."""
    quantities: Counter[str] = Counter()
    prices: Counter[str] = Counter()
    for order in caller.orders(MarketplaceIds=",".join(marketplace_ids), **bounds):
        items = caller.get(f"/orders/v0/orders/{order['AmazonOrderId']}/orderItems").json()["payload"]["OrderItems"]
        for item in items:
            day = order[member][:10]
            quantities[day] += item["QuantityOrdered"]
            prices[day] += int(Decimal(item.get("ItemPrice", {"Amount": "0"})["Amount"]) * 100)
    return quantities, prices


@pytest.mark.parametrize(
    ("report_type", "member", "column", "since", "until"),
    [
        (ORDERS, "PurchaseDate", "purchase-date", "CreatedAfter", "CreatedBefore"),
        (UPDATED, "LastUpdateDate", "last-updated-date", "LastUpdatedAfter", "LastUpdatedBefore"),
    ],
)
def test_sums_by_day_are_those_of_the_orders_api(
    asker: Caller, report_type: str, member: str, column: str, since: str, until: str
) -> None:
    quantities: Counter[str] = Counter()
    prices: Counter[str] = Counter()
    for row in rows(asker, asked(report_type, FROM, TO, US, DE)):
        quantities[row[column][:10]] += int(row["quantity"])
        prices[row[column][:10]] += int(Decimal(row["item-price"] or "0") * 100)
    bounds = {since: f"{FROM}T00:00:00Z", until: f"{TO}T00:00:00Z"}
    assert (quantities, prices) == sums(asker, member, bounds, US, DE)
    assert sum(quantities.values()) > 20


def test_windows_that_touch_tell_every_row_once(asker: Caller) -> None:
    places = EVERYWHERE.split(",")
    whole = rows(asker, asked(ORDERS, "2026-01-01", "2026-03-01", *places))
    parts = [
        rows(asker, asked(ORDERS, *bounds, *places))
        for bounds in (
            ("2026-01-01", "2026-01-31"),
            ("2026-01-31", "2026-02-07T03:00:00Z"),
            ("2026-02-07T03:00:00Z", "2026-03-01"),
        )
    ]
    assert [row["order-item-id"] for part in parts for row in part] == [row["order-item-id"] for row in whole]


def test_nothing_is_quoted(asker: Caller) -> None:
    lines = text(asker, asked(ORDERS, FROM, TO)).split("\r\n")
    assert lines[0].startswith("amazon-order-id\tmerchant-order-id\tpurchase-date")
    assert {line.count("\t") for line in lines if line} == {lines[0].count("\t")}
