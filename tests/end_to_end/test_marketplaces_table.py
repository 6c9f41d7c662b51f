"""Marketplaces as a table: times of day where they are bought, by a join."""

from datetime import datetime
from zoneinfo import ZoneInfo

from catalog.marketplaces import read_marketplaces
from tests.server_fixtures import Stack


def test_every_marketplace_is_a_row_with_its_currency_and_its_time_zone(stack: Stack) -> None:
    rows = stack.query("SELECT * FROM system.marketplaces ORDER BY country")
    assert [row["marketplace_id"] for row in rows] == [
        each.id for each in sorted(read_marketplaces(), key=lambda each: each.country)
    ]
    (germany,) = (row for row in rows if row["country"] == "DE")
    assert (germany["currency"], germany["region"]) == ("EUR", "EU")
    assert ZoneInfo(germany["time_zone"])


def test_an_order_is_told_in_the_time_of_its_marketplace_and_no_other_is_asked_for(stack: Stack) -> None:
    sql = (
        "SELECT o.purchase_date AS at, o.purchase_date AT TIME ZONE m.time_zone AS there, m.time_zone, m.currency "
        "FROM orders.orders o JOIN system.marketplaces m USING (marketplace_id) "
        "WHERE o.purchase_date >= '2026-06-01' AND m.country = 'US'"
    )
    rows = stack.query(sql, Marketplaces="US,CA")
    assert rows
    for row in rows:
        at: datetime = row["at"]
        assert row["there"] == at.astimezone(ZoneInfo(row["time_zone"])).replace(tzinfo=None)
        assert row["currency"] == "USD"
