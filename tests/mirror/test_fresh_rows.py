"""A world that lives: each row that is told is one that was true no longer ago than MaxAge, and none is missing.

The clock stands still while a query runs, so that whatever is kept was read at the instant of one of the queries.
"""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from tests.mirror.worlds import LivingWorld, living_world
from tests.server_fixtures import Stack

Row = tuple[object, ...]

QUESTIONS = 6

AGES = {"15m": timedelta(minutes=15), "2h": timedelta(hours=2), "Any": timedelta(days=999)}

ORDERS = (
    "SELECT amazon_order_id AS k, purchase_date, last_update_date, order_status, number_of_items_shipped, "
    "order_total_amount FROM orders.orders WHERE purchase_date >= '2026-06-10'"
)
LATER = "SELECT order_id AS k, created_time, last_updated_time, fulfillment_fulfillment_status "
ORDERS_2026 = f"{LATER} FROM orders_2026_01_01.orders WHERE created_time >= '2026-06-10'"
ITEMS = (
    "SELECT i.order_item_id AS k, i.quantity_shipped, i.quantity_ordered FROM orders.orders AS o "
    "JOIN orders.order_items AS i USING (amazon_order_id) WHERE o.purchase_date >= '2026-06-13'"
)
STOCK = "SELECT seller_sku AS k, marketplace_id, total_quantity, asin FROM fba_inventory.inventory_summaries WHERE true"
EVENTS = (
    "SELECT posted_date::VARCHAR || amazon_order_id AS k, posted_date FROM finances_v0.shipment_events "
    "WHERE posted_date >= '2026-06-13'"
)
TRANSACTIONS = (
    "SELECT transaction_id AS k, transaction_status, posted_date, total_amount_currency_amount "
    "FROM finances.transactions WHERE posted_date >= '2026-06-13'"
)

CONDITIONS = {
    ORDERS: [
        "purchase_date < '{day}'",
        "purchase_date >= '{day}'",
        "purchase_date::DATE = DATE '{day}'",
        "purchase_date <= '{instant}'",
        "purchase_date > '{instant}'",
        "purchase_date > now() - INTERVAL 1 DAY",
        "purchase_date <= now()",
        "order_status = 'Shipped'",
        "order_status IN ('Pending', 'Unshipped')",
        "fulfillment_channel = 'MFN'",
    ],
    ORDERS_2026: ["created_time < '{day}'", "created_time >= '{day}'", "fulfillment_fulfillment_status = 'SHIPPED'"],
    ITEMS: ["o.order_status = 'Shipped'", "o.purchase_date >= '{day}'", "i.quantity_ordered > 1"],
    STOCK: ["total_quantity > 5", "marketplace_id = 'ATVPDKIKX0DER'"],
    EVENTS: ["posted_date < '{day}'", "posted_date >= '{day}'", "posted_date <= '{instant}'"],
    TRANSACTIONS: ["posted_date < '{day}'", "posted_date >= '{day}'", "transaction_status = 'RELEASED'"],
}


@dataclass
class Told:
    """What a query told with MaxAge=0 at each instant: key → row."""

    at: dict[datetime, dict[object, Row]] = field(default_factory=dict)

    def allowed(self, key: object, now: datetime, age: timedelta) -> set[Row | None]:
        """What may be told of a key: any of its states of that age; None: nothing."""
        return {rows.get(key) for instant, rows in self.at.items() if instant >= now - age}


def by_key(stack: Stack, sql: str, **parameters: str) -> dict[object, Row]:
    rows = [tuple(row.values()) for row in stack.query(sql, **parameters)]
    found = {row[:2] if sql.startswith(STOCK) else row[0]: row for row in rows}
    assert len(found) == len(rows), "a row is told twice"
    return dict(found)


def with_condition(chance: random.Random, sql: str, now: datetime) -> str:
    instant = (now - timedelta(hours=chance.random() * 100)).replace(microsecond=0)
    day = (now - timedelta(days=chance.randint(0, 4))).date()
    chosen = chance.sample(CONDITIONS[sql], chance.choice((0, 1, 1, 2)))
    return " AND ".join([sql, *(each.format(day=day, instant=instant.isoformat()) for each in chosen)])


def compare(world: LivingWorld, stack: Stack, base: str, chance: random.Random, rounds: int) -> None:
    """Random questions at random times, each compared with what was true at the instants before."""
    told = {with_condition(chance, base, world.now + timedelta(hours=1)): Told() for _ in range(QUESTIONS)}
    for _ in range(rounds):
        world.wait(minutes=chance.choice((0, 1, 4, 10, 20, 60, 300)))
        for sql, each in told.items():
            each.at[world.now] = by_key(stack, sql)
        sql, age = chance.choice(list(told)), chance.choice(list(AGES))
        answer = by_key(stack, sql, MaxAge=age)
        for key in answer.keys() | {key for rows in told[sql].at.values() for key in rows}:
            allowed = told[sql].allowed(key, world.now, AGES[age])
            assert answer.get(key) in allowed, (sql, age, key, world.now)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("base", [ORDERS, ORDERS_2026, ITEMS, STOCK, EVENTS, TRANSACTIONS], ids=lambda sql: sql[7:30])
def test_no_row_is_older_than_it_may_be(base: str, seed: int) -> None:
    with living_world(orders=6000, seed=seed) as world, world.server() as stack:
        compare(world, stack, base, random.Random(seed), rounds=10)
