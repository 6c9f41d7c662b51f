"""An odd Amazon through the ADBC driver: the same rows as from a plain one, or an error that says what is wrong.

Each oddity alone by queries that meet it, then all of them over every table of the catalog.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import pytest

from catalog.table import Table
from flight_server.simulator import SimulatorOptions
from flight_server.simulator.oddities import ODDITIES
from flight_server.simulator.story.account import SELLER_ID
from tests.end_to_end.keyed_queries import Seller, known_values, stated
from tests.end_to_end.told_rows import TABLES, without_moment
from tests.server_fixtures import NOW, Stack, running_stack

US = "ATVPDKIKX0DER"
JUNE = "purchase_date >= '2026-06-01'"
Ask = Callable[..., list[dict[str, Any]]]


def options(*oddities: str) -> SimulatorOptions:
    return SimulatorOptions(port=0, orders=120, limits=False, now=NOW, odd=bool(oddities), oddities=oddities)


@pytest.fixture(scope="module")
def plain() -> Iterator[Stack]:
    with running_stack(options()) as running:
        yield running


@pytest.fixture(scope="module")
def odd() -> Iterator[Callable[[str], Stack]]:
    """The stack before a simulator with the one oddity of that name, started when it is first asked for."""
    with ExitStack() as running:
        known: dict[str, Stack] = {}

        def before(oddity: str) -> Stack:
            if oddity not in known:
                chosen = ODDITIES if oddity == "all" else (oddity,)
                known[oddity] = running.enter_context(running_stack(options(*chosen)))
            return known[oddity]

        yield before


def comparable(rows: list[dict[str, Any]], stack: Stack) -> list[str]:
    """Rows in no order, JSON by what it says, links without the host, doubles without their tails."""
    return sorted(json.dumps(_value(row, stack), sort_keys=True, default=str) for row in rows)


def _value(value: Any, stack: Stack) -> Any:
    match value:
        case dict():
            # What Amazon has in the place of an absent object says as much as nothing.
            told = {name: _value(inner, stack) for name, inner in value.items()}
            return {name: inner for name, inner in told.items() if inner not in (None, "", [])}
        case list():
            return [_value(inner, stack) for inner in value]
        case str() if value[:1] in ("{", "["):
            return _value(json.loads(value), stack)
        case str():
            return without_moment(value.replace(stack.simulator.url, ""))
        case float() | int() if not isinstance(value, bool):
            return round(float(value), 9)
    return value


def assert_same(sql: str, plain: Stack, odd: Stack, **parameters: str) -> list[dict[str, Any]]:
    expected = plain.query(sql, **parameters)
    assert expected, sql
    found = odd.query(sql, **parameters)
    assert comparable(found, odd) == comparable(expected, plain), sql
    return found


FEES = f"""SELECT * FROM product_fees.my_fees_estimates WHERE seller_sku IN (
    SELECT seller_sku FROM fba_inventory.inventory_summaries WHERE marketplace_id = '{US}' LIMIT 3)
    AND marketplace_id = '{US}' AND listing_price_amount = 20 AND listing_price_currency_code = 'USD'"""
SALES = f"""FROM sales.order_metrics WHERE marketplace_id = '{US}' AND granularity = 'Day'
    AND granularity_time_zone = 'UTC' AND interval_start >= '2026-05-01'"""
GROUPS = "SELECT sum(original_total_currency_amount), count(*) FROM finances_v0.financial_event_groups"
ITEMS = "SELECT * FROM orders.orders JOIN orders.order_items USING (amazon_order_id)"
FOUND = f"FROM catalog_items.search WHERE marketplace_id = '{US}' AND keywords = 'a'"
FOUND_OF_OLD = f"FROM catalog_items_2020_12_01.search WHERE marketplace_id = '{US}' AND keywords = 'a'"
LISTED = f"FROM listings_items.items WHERE marketplace_id = '{US}' AND seller_id = '{SELLER_ID}'"


@pytest.mark.parametrize(
    ("oddity", "sql"),
    [
        ("numbers", FEES),
        ("numbers", GROUPS),
        ("participations", f"SELECT count(*) AS n, sum(order_total_amount) AS s FROM orders.orders WHERE {JUNE}"),
        ("participations", "SELECT marketplace_id, count(*) FROM fba_inventory.inventory_summaries GROUP BY ALL"),
        ("empties", f"SELECT * FROM orders.orders WHERE {JUNE}"),
        ("empties", "SELECT count(*) FROM orders.orders WHERE order_status = 'Pending' AND order_total_amount IS NULL"),
        ("empties", f"SELECT * {LISTED}"),
        ("envelopes", f"SELECT * FROM orders.orders WHERE {JUNE}"),
        ("envelopes", f"{ITEMS} WHERE {JUNE}"),
        ("envelopes", "SELECT * FROM sellers.marketplace_participations"),
        ("envelopes", "SELECT * FROM fba_inventory.inventory_summaries"),
        ("envelopes", "SELECT * FROM reports.reports WHERE report_type = 'GET_FLAT_FILE_OPEN_LISTINGS_DATA'"),
        ("envelopes", "SELECT * FROM fulfillment_inbound.inbound_plans"),
        ("escapes", f"SELECT * EXCLUDE (vendor_details) {FOUND}"),
        ("escapes", f"SELECT count(*) {FOUND} AND summaries LIKE '%&%'"),
    ],
)  # fmt: skip
def test_the_rows_are_those_of_a_plain_amazon(plain: Stack, odd: Callable[[str], Stack], oddity: str, sql: str) -> None:
    assert_same(sql, plain, odd(oddity))


def test_an_average_is_the_quotient_rounded_half_to_even(plain: Stack, odd: Callable[[str], Stack]) -> None:
    rest = f"SELECT interval_start, unit_count, order_count, total_sales_amount {SALES}"
    assert_same(rest, plain, odd("numbers"))
    found = odd("numbers").query(
        f"SELECT unit_count, total_sales_amount AS total, average_unit_price_amount AS average {SALES}"
    )
    assert any(row["unit_count"] > 2 for row in found)
    for row in found:
        quotient = repr(float(row["total"]) / row["unit_count"]) if row["unit_count"] else "0"
        assert row["average"] == Decimal(quotient).quantize(Decimal("0.000001"), ROUND_HALF_EVEN)


def test_foreign_participations_are_told_and_not_asked(plain: Stack, odd: Callable[[str], Stack]) -> None:
    stack = odd("participations")
    sql = "SELECT marketplace_id FROM sellers.marketplace_participations WHERE participation_is_participating"
    listed = {row["marketplace_id"] for row in stack.query(sql)}
    own = {row["marketplace_id"] for row in plain.query(sql)}
    assert len(listed - own) == 4
    stack.simulator.clear_calls()
    stack.query(f"SELECT count(*) FROM orders.orders WHERE {JUNE}")
    asked = {one for call in stack.calls("getOrders") for one in str(call["query"]["MarketplaceIds"]).split(",")}
    assert asked == own


@pytest.mark.parametrize(
    ("sql", "column"),
    [
        (FOUND, "vendor_details"),
        (FOUND_OF_OLD, "vendor_details"),
        (LISTED, "procurement"),
    ],
)
def test_data_of_vendors_is_null_for_a_seller_unless_it_is_named(
    plain: Stack, odd: Callable[[str], Stack], sql: str, column: str
) -> None:
    assert_same(f"SELECT * EXCLUDE ({column}) {sql}", plain, odd("roles"))
    assert {row[column] for row in odd("roles").query(f"SELECT * {sql}")} == {None}
    with pytest.raises(Exception, match=f"(?i){column}|denie|refused"):
        odd("roles").query(f"SELECT {column} {sql}")


def test_one_bad_item_of_a_batch_is_named_or_has_a_row(plain: Stack, odd: Callable[[str], Stack]) -> None:
    stack = odd("batches")
    asins = [
        row["asin"]
        for row in plain.query(
            f"SELECT DISTINCT asin FROM fba_inventory.inventory_summaries WHERE marketplace_id = '{US}' "
            "ORDER BY 1 LIMIT 5"
        )
    ]
    table = f"FROM product_pricing.item_offers_batch WHERE marketplace_id = '{US}' AND asin IN"
    good = f"SELECT * {table} ({', '.join(map(repr, asins))})"
    expected = assert_same(good, plain, stack)
    mixed = f"SELECT * {table} ({', '.join(map(repr, [*asins, 'NOTANASIN']))})"
    with pytest.raises(Exception, match="NOTANASIN"):
        stack.query(mixed)
    rows = stack.query(mixed, OnItemError="Row")
    bad = [row for row in rows if row["asin"] == "NOTANASIN"]
    assert len(bad) == 1
    assert len(rows) == len(expected) + 1


# What the oddities are about: see the tests of each.
TOLD_OTHERWISE = {
    "average_unit_price_amount",
    "vendor_details",
    "procurement",
    "marketplace_participation_list",
    "compression_algorithm",
}
OPERATION_TABLES = [table for table in TABLES if table.kind == "operation"]


@pytest.fixture(scope="module")
def seller(plain: Stack) -> Iterator[Seller]:
    with plain.connected() as connection:
        yield Seller(plain, connection, known_values(plain))


@pytest.mark.parametrize("table", OPERATION_TABLES, ids=lambda table: table.qualified_name)
def test_every_table_is_the_same_before_the_oddest_amazon(
    seller: Seller, odd: Callable[[str], Stack], table: Table
) -> None:
    where = " AND ".join(stated(table, seller))
    told_apart = TOLD_OTHERWISE & {column.name for column in table.columns}
    chosen = f"* EXCLUDE ({', '.join(told_apart)})" if told_apart else "*"
    sql = f"SELECT {chosen} FROM {table.qualified_name}" + (f" WHERE {where}" if where else "")
    if table.qualified_name == "sellers.marketplace_participations":
        sql += " WHERE marketplace_name LIKE 'Amazon%'"
    expected, stack = seller.rows(sql), odd("all")
    assert comparable(stack.query(sql), stack) == comparable(expected, seller.stack), sql
