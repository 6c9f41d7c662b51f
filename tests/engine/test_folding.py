"""Constants as tools write them have the values that the engine computes."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from flight_server.engine import Engine, fold
from flight_server.plan import UNFOLDABLE

ENGINE = Engine()


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("CAST('2026-06-15 12:00:00+00:00' AS TIMESTAMPTZ) - INTERVAL '7' DAY", "2026-06-08T12:00:00"),
        ("CAST('2026-06-15' AS DATE) - 7", "2026-06-08"),
        ("CAST('2024-02-29' AS DATE) - INTERVAL '1' YEAR", "2023-02-28"),
        ("DATE_TRUNC('QUARTER', CAST('2026-06-15 12:00:00' AS TIMESTAMP))", "2026-04-01"),
        ("DATE_TRUNC('WEEK', CAST('2026-06-17' AS DATE))", "2026-06-15"),
        ("TO_TIMESTAMP(1781395200)", "2026-06-14"),
    ],
)
def test_what_tools_write_has_a_value(sql: str, text: str) -> None:
    value = datetime.fromisoformat(text).replace(tzinfo=UTC)
    assert fold(ENGINE, [(sql, "TIMESTAMPTZ")]) == [value]


def test_a_time_is_no_day() -> None:
    assert fold(ENGINE, [("CAST('2026-06-15' AS DATE) + INTERVAL '1' DAY", "DATE")]) == [UNFOLDABLE]


@pytest.mark.parametrize("sql", ["'infinity'", "CAST('-infinity' AS TIMESTAMP)", "CAST('100000-01-01' AS DATE)"])
@pytest.mark.parametrize("wanted", ["DATE", "TIMESTAMPTZ"])
def test_what_python_cannot_hold_is_left_to_the_engine(sql: str, wanted: str) -> None:
    assert fold(ENGINE, [(sql, wanted)]) == [UNFOLDABLE]


def test_one_bad_constant_spoils_no_other() -> None:
    asked = [("CAST('x' AS INTEGER)", "BIGINT"), ("2 + 3", "BIGINT"), ("UPPER('a')", "VARCHAR")]
    assert fold(ENGINE, asked) == [UNFOLDABLE, 5, "A"]


@pytest.fixture(scope="module", autouse=True)
def _closed() -> Iterator[None]:
    yield
    ENGINE.close()
