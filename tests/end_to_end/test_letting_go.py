"""A query that the engine cannot be stopped in ends for its client all the same, when it is meant to."""

import threading
import time

import pytest
from adbc_driver_manager import Error

from tests.server_fixtures import Stack

LONG = "SELECT levenshtein(repeat('a', 50000), repeat('b', 50000)) AS n"
"""One value: the engine looks nowhere else while it makes it."""


def test_the_timeout_of_one_long_expression_is_told_in_time(stack: Stack) -> None:
    started = time.monotonic()
    with pytest.raises(Error, match="longer than QueryTimeout allows"):
        stack.query(LONG, QueryTimeout="1")
    assert time.monotonic() - started < 2


def test_one_long_expression_is_cancelled_at_once_and_others_are_answered(stack: Stack) -> None:
    with stack.connected() as connection, connection.cursor() as cursor:
        threading.Timer(0.7, cursor.adbc_cancel).start()
        started = time.monotonic()
        with pytest.raises(Error):
            cursor.execute(LONG)
            cursor.fetch_arrow_table()
        assert time.monotonic() - started < 1.7
    assert stack.query("SELECT 1 AS n") == [{"n": 1}]
