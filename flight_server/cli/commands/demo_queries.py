"""The sample queries of the demo: a title, the SQL, nothing else. The README shows the same."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SampleQuery:
    """One query worth showing."""

    title: str
    sql: str


OPEN_ORDERS = SampleQuery(
    "Open orders by marketplace, this month",
    """\
SELECT sales_channel, count(*) AS open_orders, min(purchase_date) AS oldest,
       count(*) FILTER (WHERE is_prime) AS prime
FROM orders.orders
WHERE purchase_date >= date_trunc('month', now())
  AND order_status IN ('Unshipped', 'PartiallyShipped')
GROUP BY sales_channel ORDER BY open_orders DESC, sales_channel""",
)

TOP_SKUS = SampleQuery(
    "Top SKUs by revenue over the last seven days, Amazon.com",
    """\
SELECT i.seller_sku, any_value(i.title) AS title, sum(i.quantity_ordered) AS units,
       sum(i.item_price_amount) AS revenue
FROM orders.orders o JOIN orders.order_items i USING (amazon_order_id)
WHERE o.purchase_date >= current_date - 7
  AND o.marketplace_id = 'ATVPDKIKX0DER' AND o.order_status <> 'Canceled'
GROUP BY i.seller_sku ORDER BY revenue DESC NULLS LAST LIMIT 5""",
)

LOW_STOCK = SampleQuery(
    "SKUs that run out, Amazon.de",
    """\
SELECT seller_sku, product_name, inventory_details_fulfillable_quantity AS fulfillable,
       inventory_details_inbound_shipped_quantity AS inbound
FROM fba_inventory.inventory_summaries
WHERE marketplace_id = 'A1PA6795UKMFR9' AND fulfillable < 5
ORDER BY fulfillable, seller_sku LIMIT 8""",
)

DAILY_SALES = SampleQuery(
    "Sales a day over the last week, Amazon.com",
    """\
SELECT CAST(interval_start AS DATE) AS day, order_count AS orders, unit_count AS units,
       total_sales_amount AS sales, total_sales_currency_code AS currency
FROM sales.order_metrics
WHERE marketplace_id = 'ATVPDKIKX0DER' AND granularity = 'Day'
  AND interval_start >= current_date - 7 AND interval_start < current_date
ORDER BY day""",
)

SAMPLE_QUERIES = (OPEN_ORDERS, TOP_SKUS, LOW_STOCK, DAILY_SALES)
