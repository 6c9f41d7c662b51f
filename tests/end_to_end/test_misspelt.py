"""What a person is told who writes a column wrongly, or leaves out one that must be there."""

from typing import Any

import adbc_driver_manager
import pytest

import catalog
from tests.server_fixtures import Stack


def refusal(stack: Stack, sql: str, **parameters: Any) -> str:
    with pytest.raises(adbc_driver_manager.Error) as raised:
        stack.query(sql, **parameters)
    return str(raised.value)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT purchse_date FROM orders.orders", "purchse_date in orders.orders; did you mean purchase_date?"),
        ("SELECT o.purchse_date FROM orders.orders o", "purchse_date in orders.orders; did you mean purchase_date?"),
        ("SELECT 1 FROM orders.orders WHERE Purchse_Date > now()", "; did you mean purchase_date?"),
        ("SELECT * FROM orders.orders ORDER BY purchse_date", "; did you mean purchase_date?"),
        ("SELECT * EXCLUDE (purchse_date) FROM orders.orders", "; did you mean purchase_date?"),
        ("SELECT order_status, count(*) FROM orders.orders GROUP BY order_stats", "; did you mean order_status?"),
        ("SELECT AmazonOrderId FROM orders.orders", "; did you mean amazon_order_id?"),
        (
            "SELECT order_total FROM orders.orders",
            "; did you mean order_total_currency_code or order_total_amount?",
        ),
        (
            "SELECT o.order_item_id FROM orders.orders o JOIN orders.order_items i USING (amazon_order_id)",
            "i.order_item",
        ),
        (
            "SELECT * FROM orders.orders JOIN orders.order_items USING (order_item_id)",
            "order_item_id in orders.orders;",
        ),
        ("SELECT v.purchse FROM (SELECT * FROM orders.orders) v", "purchse in v; did you mean purchase_date?"),
        ("SELECT v.dayy FROM (SELECT purchase_date AS day FROM orders.orders) v", "dayy in v; did you mean day?"),
        ("WITH v(day) AS (SELECT purchase_date FROM orders.orders) SELECT dayy FROM v", "in v; did you mean day?"),
        ("SELECT x FROM (SELECT purchase_date AS day FROM orders.orders UNION ALL SELECT now()) v", "; there is day"),
        ("SELECT amazon_order_id FROM (SELECT purchase_date AS day FROM orders.orders) v", "; there is day"),
        ("SELECT zzz FROM orders.orders", "zzz in orders.orders; DESCRIBE orders.orders lists its columns"),
        ("SELECT schema_nam FROM system.tables", "schema_nam in system.tables; did you mean schema_name?"),
    ],
)
def test_a_misspelt_column_offers_the_nearest_of_what_is_read(stack: Stack, sql: str, expected: str) -> None:
    text = refusal(stack, sql)
    assert "there is no column " in text
    assert expected in text
    assert "andidate" not in text


def test_a_child_without_its_key_has_an_example_that_can_be_run(stack: Stack) -> None:
    example = "for example SELECT * FROM catalog_items.item__images WHERE asin = 'B00ZIAODGE'"
    assert example in refusal(stack, "SELECT * FROM catalog_items.item__images")


def test_the_example_of_every_child_names_columns_that_it_has(stack: Stack) -> None:
    with stack.connected() as connection, connection.cursor() as cursor:
        for table in catalog.load().tables:
            if table.kind == "child":
                cursor.adbc_prepare(table.example)


@pytest.mark.parametrize("sql", ["SELECT FROM WHERE", "SELECT * FROM orders.orders WHERE (a IN (1, >", "SELECT (1 AS"])
@pytest.mark.parametrize("dialect", ["duckdb", "tsql", "postgres", "mysql"])
def test_bad_sql_is_told_without_the_parsers_own_words(stack: Stack, sql: str, dialect: str) -> None:
    text = refusal(stack, sql, SqlDialect=dialect)
    assert "cannot be read" in text
    assert not any(word in text for word in ("<Token", "TokenType", "<class"))


def test_missing_credentials_are_listed_as_a_sentence_lists_them(stack: Stack) -> None:
    sql = "SELECT * FROM sellers.marketplace_participations"
    text = refusal(stack, sql, ClientId="", ClientSecret="", RefreshToken="")
    assert "ClientId, ClientSecret and RefreshToken missing: Login with Amazon needs them; give them as" in text
    text = refusal(stack, sql, ClientSecret="", RefreshToken="")
    assert "ClientSecret and RefreshToken missing: " in text
    text = refusal(stack, sql, RefreshToken="")
    assert "RefreshToken missing: Login with Amazon needs it; give it as a connection parameter" in text
