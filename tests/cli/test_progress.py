from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from flight_server.cli.progress import QueryProgress
from tests.server_fixtures import Stack

# More than the driver reads ahead: as long as nobody reads it, it runs.
ENDLESS = "SELECT range, repeat('x', 1000) AS filler FROM range(10000000)"


@contextmanager
def running(stack: Stack) -> Iterator[Any]:
    """A query that is under way, and a connection to watch it."""
    with stack.connected() as observer, stack.connected() as connection, connection.cursor() as cursor:
        cursor.execute(ENDLESS)
        with cursor.fetch_record_batch() as reader:
            reader.read_next_batch()
            yield observer
            cursor.adbc_cancel()


def test_without_a_terminal_a_line_is_written_now_and_then(stack: Stack, capfd: pytest.CaptureFixture[str]) -> None:
    now = [100.0]
    with running(stack) as observer, QueryProgress(observer, ENDLESS, lambda: now[0]) as progress:
        progress.tick()
        assert capfd.readouterr().err == ""
        now[0] = 106.0
        progress.tick()
        assert capfd.readouterr().err.startswith("6 s: running · 0 pages · ")
        now[0] = 107.0
        progress.tick()
        assert capfd.readouterr().err == ""


def test_a_query_that_is_not_known_shows_nothing(stack: Stack, capfd: pytest.CaptureFixture[str]) -> None:
    now = [100.0]
    with stack.connected() as observer, QueryProgress(observer, "SELECT 'never asked'", lambda: now[0]) as progress:
        now[0] = 200.0
        progress.tick()
    assert capfd.readouterr().err == ""
