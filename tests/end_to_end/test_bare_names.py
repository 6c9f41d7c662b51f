"""What a person is told whose tool sends a table's name where a query belongs."""

import pandas
import pytest

import catalog
from tests.server_fixtures import Stack


def refusal(stack: Stack, sql: str) -> str:
    with stack.connected() as connection, pytest.raises(Exception) as raised:
        pandas.read_sql(sql, connection)
    return str(raised.value)


@pytest.mark.parametrize(
    "name",
    ["orders.orders", "spapi.orders.orders", 'orders."orders"', "ORDERS.Orders;", '"orders"', " orders.orders\n"],
)
def test_pandas_given_a_name_is_told_what_to_write(stack: Stack, name: str) -> None:
    assert "is a table and no query: write SELECT * FROM orders.orders" in refusal(stack, name)


def test_a_name_that_no_table_has_is_told_the_nearest(stack: Stack) -> None:
    told = refusal(stack, "orders.ordres")
    assert "orders.ordres is a name and no query" in told
    assert "orders.orders" in told


def test_every_table_s_name_alone_is_told_what_to_write(stack: Stack) -> None:
    import adbc_driver_manager

    with stack.connected() as connection, connection.cursor() as cursor:
        for table in catalog.load().tables[::40]:
            with pytest.raises(adbc_driver_manager.Error, match=rf"write SELECT \* FROM {table.qualified_name}\b"):
                cursor.execute(table.qualified_name)


@pytest.mark.parametrize("statement", ["BEGIN", "COMMIT", "ROLLBACK"])
def test_statements_of_one_word_are_still_answered(stack: Stack, statement: str) -> None:
    stack.query(statement)


def test_a_word_that_writes_is_refused_as_before(stack: Stack) -> None:
    assert "only reads" in refusal(stack, "DROP TABLE orders.orders")
