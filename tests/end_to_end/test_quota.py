"""Quotas are kept, not run into: with usage plans in force no call is answered 429."""

import pyarrow as pa

from flight_server.simulator import SimulatorOptions
from tests.server_fixtures import NOW, Stack, running_stack


def test_two_hundred_keyed_calls_meet_no_429() -> None:
    with running_stack(SimulatorOptions(port=0, orders=1500, speed=60, now=NOW)) as stack:
        order_ids = [order["AmazonOrderId"] for order in stack.simulator.story.orders()[-200:]]
        values = ", ".join(f"('{order_id}')" for order_id in order_ids)
        rows = stack.query(
            f"SELECT count(DISTINCT i.amazon_order_id) AS n FROM (VALUES {values}) AS wanted(id) "
            "JOIN orders.order_items i ON i.amazon_order_id = wanted.id"
        )
        assert rows == [{"n": 200}]
        calls = stack.calls("getOrderItems")
        assert {call["status"] for call in calls} == {200}
        first_pages = [call for call in calls if "NextToken" not in call["query"]]
        assert len(first_pages) == 200


def test_waiting_shows_in_the_query_and_in_the_rate_limits() -> None:
    with running_stack(SimulatorOptions(port=0, orders=300, speed=600, now=NOW)) as stack:
        stack.query("SELECT count(*) FROM orders.order_items")
        (query,) = stack.query("SELECT throttled_ms, api_calls FROM system.queries WHERE sql LIKE '%order_items'")
        assert query["throttled_ms"] > 0
        assert query["api_calls"] > 200
        limits = stack.query("SELECT rate, burst FROM system.rate_limits WHERE operation_id = 'getOrderItems'")
        assert limits == [{"rate": 300.0, "burst": 30}]


def test_the_arrow_stream_of_a_result_has_the_announced_types(stack: Stack) -> None:
    columns = "purchase_date, order_total_amount, is_prime, number_of_items_shipped"
    with stack.connected() as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM orders.orders")
        schema = cursor.fetch_arrow_table().schema
    assert schema.types == [pa.timestamp("us", "UTC"), pa.decimal128(38, 6), pa.bool_(), pa.int64()]
