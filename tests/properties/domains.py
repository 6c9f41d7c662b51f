"""The tables, columns and joins that generated queries are made of."""

import duckdb

from tests.properties.full_data import values_of
from tests.properties.generated_sql import Domain, Generator, Join

_TEXTS = {
    "orders.orders": [
        "amazon_order_id",
        "order_status",
        "fulfillment_channel",
        "marketplace_id",
        "payment_method",
        "sales_channel",
        "buyer_info_buyer_email",
    ],
    "orders.order_items": ["amazon_order_id", "seller_sku", "asin", "item_price_currency_code"],
    "fba_inventory.inventory_summaries": ["marketplace_id", "seller_sku", "asin", "condition"],
    "sellers.marketplace_participations": ["marketplace_id", "marketplace_country_code", "store_name"],
}

_NUMBERS: dict[str, dict[str, list[str]]] = {
    "orders.orders": {"order_total_amount": ["0", "19.99", "250"], "number_of_items_shipped": ["0", "1", "3"]},
    "orders.order_items": {"quantity_ordered": ["1", "2", "5"], "item_price_amount": ["9.99", "50", "1.5e2"]},
    "fba_inventory.inventory_summaries": {"total_quantity": ["0", "10", "100"]},
    "sellers.marketplace_participations": {},
}

_TIMES = {
    "orders.orders": ["purchase_date", "last_update_date", "latest_ship_date"],
    "orders.order_items": [],
    "fba_inventory.inventory_summaries": ["last_updated_time"],
    "sellers.marketplace_participations": [],
}

_JOINS = [
    Join("orders.orders", "orders.order_items", "a.amazon_order_id = b.amazon_order_id"),
    Join("orders.order_items", "orders.orders", "a.amazon_order_id = b.amazon_order_id"),
    Join("orders.orders", "sellers.marketplace_participations", "a.marketplace_id = b.marketplace_id"),
    Join("orders.order_items", "fba_inventory.inventory_summaries", "a.seller_sku = b.seller_sku"),
    Join(
        "sellers.marketplace_participations", "fba_inventory.inventory_summaries", "a.marketplace_id = b.marketplace_id"
    ),
]


def generator(connection: duckdb.DuckDBPyConnection, seed: int, kind: type[Generator] = Generator) -> Generator:
    """A generator over these tables, asking for values that `connection` holds."""
    domains = [
        Domain(table, values_of(connection, table, texts), _NUMBERS[table], _TIMES[table])
        for table, texts in _TEXTS.items()
    ]
    instant = "strftime(purchase_date, '%Y-%m-%d %H:%M:%S+00')"
    rows = connection.execute(f"SELECT {instant} FROM orders.orders ORDER BY hash(amazon_order_id) LIMIT 12").fetchall()
    return kind(seed, domains, _JOINS, [row[0] for row in rows])
