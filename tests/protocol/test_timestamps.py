"""`Timestamps`: the same instants, with their zone or without one for tools that cannot read it."""

from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

from flight_server.connection.session import Sender, Sessions
from tests.server_fixtures import Stack

SQL = "SELECT amazon_order_id, purchase_date FROM orders.orders WHERE purchase_date >= '2026-06-10' ORDER BY ALL"
COMPUTED = "SELECT max(purchase_date) AS latest, [max(purchase_date)] AS listed, {'at': max(purchase_date)} AS told "
COMPUTED += "FROM orders.orders WHERE purchase_date >= '2026-06-10'"
PLAIN = pa.timestamp("us")


def table(stack: Stack, sql: str, **parameters: str) -> pa.Table:
    with stack.connected(**parameters) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetch_arrow_table()


def test_a_client_is_told_the_zone_unless_it_says_otherwise(stack: Stack) -> None:
    assert table(stack, SQL).schema.field("purchase_date").type == pa.timestamp("us", tz="UTC")


def test_plain_tells_the_same_instants_without_a_zone(stack: Stack) -> None:
    plain, told = table(stack, SQL, Timestamps="plain"), table(stack, SQL)
    assert plain.schema.field("purchase_date").type == PLAIN
    assert plain.num_rows
    assert plain["purchase_date"].cast(pa.int64()) == told["purchase_date"].cast(pa.int64())


def test_computed_and_nested_times_are_plain_too(stack: Stack) -> None:
    computed = table(stack, COMPUTED, Timestamps="plain", NestedTypes="native")
    assert computed.schema.field("latest").type == PLAIN
    assert computed.schema.field("listed").type.value_type == PLAIN
    assert computed.schema.field("told").type.field("at").type == PLAIN
    latest: list[Any] = [computed["latest"][0].as_py(), computed["listed"][0].as_py()[0]]
    assert latest == [latest[0]] * 2
    assert isinstance(latest[0], datetime)
    assert latest[0].tzinfo is None


def test_the_catalog_announces_what_queries_give(stack: Stack) -> None:
    with stack.connected(Timestamps="plain") as connection:
        announced = connection.adbc_get_table_schema("orders", db_schema_filter="orders")
    assert announced.field("purchase_date").type == PLAIN


@pytest.mark.parametrize(
    ("agent", "given", "timestamps"),
    [
        ("grpc-java-netty/1.71.0", {}, "plain"),
        ("JDBC Flight SQL Driver 19.0.0 grpc-java-netty/1.73.0", {}, "plain"),
        ("ADBC Flight SQL Driver v1.5.0 grpc-go/1.63.2", {}, "utc"),
        ("grpc-c++/1.60 grpc-c/37 (linux; chttp2)", {}, "utc"),
        ("", {}, "utc"),
        ("grpc-java-netty/1.71.0", {"Timestamps": "utc"}, "utc"),
        ("", {"Timestamps": "PLAIN"}, "plain"),
    ],
)
def test_the_default_is_what_the_client_can_read(agent: str, given: dict[str, str], timestamps: str) -> None:
    assert Sessions().caller(Sender(agent=agent, parameters=given)).settings.timestamps == timestamps
