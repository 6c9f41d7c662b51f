"""Statements as programs write them: thousands of conditions in one."""

import pytest
from adbc_driver_manager import ProgrammingError

from tests.server_fixtures import Stack

MANY = 5000

AMOUNTS = [f"order_total_amount = {number}" for number in range(MANY)]


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        (" OR ".join(AMOUNTS), "order_total_amount IN (SELECT range FROM range(5000))"),
        (" AND ".join(f"amazon_order_id <> '{number}'" for number in range(MANY)), "true"),
        (" OR ".join(f"amazon_order_id = '902-0000000-{number:07}'" for number in range(MANY)), "false"),
        (
            " OR ".join(f"purchase_date >= '2026-06-01' AND {each}" for each in AMOUNTS),
            "purchase_date >= '2026-06-01' AND order_total_amount IN (SELECT range FROM range(5000))",
        ),
        (f"NOT ({' OR '.join(AMOUNTS)})", "order_total_amount NOT IN (SELECT range FROM range(5000))"),
        (
            f"CASE WHEN {' OR '.join(AMOUNTS)} THEN false ELSE true END",
            "order_total_amount NOT IN (SELECT range FROM range(5000)) OR order_total_amount IS NULL",
        ),
    ],
)
def test_five_thousand_conditions_are_answered(condition: str, count: str, stack: Stack) -> None:
    counted = "SELECT count(*) AS n FROM orders.orders WHERE"
    assert stack.query(f"{counted} {condition}") == stack.query(f"{counted} {count}")


def test_thousands_of_conditions_on_what_is_read_twice_are_answered(stack: Stack) -> None:
    readers = [
        f"SELECT v.n FROM v WHERE {joint.join(f'v.n {sign} {each}' for each in range(MANY))}"
        for joint, sign in ((" OR ", "="), (" AND ", "<>"))
    ]
    shared = "WITH v AS (SELECT number_of_items_shipped AS n FROM orders.orders)"
    counted = stack.query(f"{shared} SELECT count(*) AS n FROM ({' UNION ALL '.join(readers)})")
    assert counted == stack.query("SELECT count(number_of_items_shipped) AS n FROM orders.orders")


PAIRS = [f"(order_total_amount = {number} AND amazon_order_id <> 'x{number}')" for number in range(MANY)]


@pytest.mark.parametrize(
    ("sql", "same"),
    [
        (
            f"SELECT count(*) AS n FROM orders.orders WHERE {' OR '.join(PAIRS)}",
            "SELECT count(*) AS n FROM orders.orders WHERE order_total_amount IN (SELECT range FROM range(5000))",
        ),
        (
            "SELECT count(*) AS n FROM orders.orders GROUP BY order_status HAVING "
            + " OR ".join(f"(count(*) = {number} AND min(order_status) <> '{number}')" for number in range(MANY))
            + " ORDER BY n",
            "SELECT count(*) AS n FROM orders.orders GROUP BY order_status ORDER BY n",
        ),
        (
            "SELECT count(*) AS n FROM ("
            + " UNION ALL ".join(
                f"SELECT amazon_order_id FROM orders.orders WHERE number_of_items_shipped = {number}"
                for number in range(1000)
            )
            + ")",
            "SELECT count(number_of_items_shipped) AS n FROM orders.orders",
        ),
    ],
    ids=["pairs", "groups", "arms"],
)
def test_what_grows_with_the_square_of_its_length_is_answered_in_time(sql: str, same: str, stack: Stack) -> None:
    assert stack.query(sql, QueryTimeout="20") == stack.query(same)


def test_brackets_that_are_nested_too_deeply_are_an_error_that_says_so(stack: Stack) -> None:
    for condition in ("(" * 3000 + "true" + ")" * 3000, "NOT (" * 3000 + "true" + ")" * 3000):
        with pytest.raises(ProgrammingError, match="nested too deeply; write it with fewer levels of brackets"):
            stack.query(f"SELECT count(*) AS n FROM orders.orders WHERE {condition}")


@pytest.mark.parametrize("operator", [" + ", " || "])
def test_chains_that_the_engine_takes_for_nested_are_an_error_that_says_what_to_write(
    operator: str, stack: Stack
) -> None:
    for parts in (["number_of_items_shipped"] * MANY, [str(number) for number in range(MANY)]):
        with pytest.raises(
            ProgrammingError, match=r"more than 1,000 operators.*concat\(\.\.\.\), one of \+ as list_sum"
        ):
            stack.query(f"SELECT max({operator.join(parts)}) AS n FROM orders.orders")


@pytest.mark.parametrize(
    ("made", "of_one"),
    [
        ("list_sum([{}])", "number_of_items_shipped"),
        ("length(concat({}))", "length(CAST(number_of_items_shipped AS VARCHAR))"),
    ],
)
def test_what_is_to_be_written_instead_is_answered(made: str, of_one: str, stack: Stack) -> None:
    many = made.format(", ".join(["number_of_items_shipped"] * MANY))
    found = stack.query(f"SELECT max({many}) // {MANY} AS n FROM orders.orders")
    assert found == stack.query(f"SELECT max({of_one}) AS n FROM orders.orders")
