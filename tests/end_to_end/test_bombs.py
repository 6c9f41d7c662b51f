"""Queries that would fill the memory or hold a thread, through a real client."""

import time

import pytest

from tests.server_fixtures import Stack

BOMBS = [
    ("SELECT length(repeat('x', 4000000000))", "more than 100,000 characters"),
    ("SELECT length(repeat('x', 4000000 * 500))", "more than 100,000 characters"),
    ("SELECT len(range(400000000))", "more than 10,000 elements"),
    ("SELECT max(len(range(range * 1000))) FROM range(1000000)", "more than 10,000 elements"),
    ("SELECT len(list_resize([1], 400000000))", "more than 10,000 elements"),
    ("SELECT 1 FROM orders.orders WHERE amazon_order_id = repeat('x', 4000000000)", "more than 100,000 characters"),
    ("SELECT pg_sleep(30)", "pg_sleep is not accepted"),
    ("SELECT sleep_ms(30000)", "sleep_ms is not accepted"),
    ("SELECT current_setting('memory_limit')", "current_setting is not accepted"),
    ("SELECT getvariable('x')", "getvariable is not accepted"),
]

ENDLESS = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range + b.range = 3"


@pytest.mark.parametrize(("sql", "said"), BOMBS)
def test_a_bomb_is_refused_in_plain_words(stack: Stack, sql: str, said: str) -> None:
    with pytest.raises(Exception, match=said):
        stack.query(sql)


def test_the_time_zone_is_told(stack: Stack) -> None:
    assert stack.query("SELECT current_setting('TimeZone') AS zone") == [{"zone": "UTC"}]


@pytest.mark.parametrize("sql", [ENDLESS, "SELECT max(repeat('x', 9000 + range::INT % 9)) FROM range(1000000000)"])
def test_query_timeout_ends_the_engines_work_in_time(stack: Stack, sql: str) -> None:
    started = time.monotonic()
    with pytest.raises(Exception, match="QueryTimeout"):
        stack.query(sql, QueryTimeout="1")
    assert time.monotonic() - started < 4  # a second's grace, and a machine that others use
