"""What folding computes without the engine is what the engine computes."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flight_server.engine import Engine, fold
from flight_server.engine.folding import _fold
from flight_server.engine.plain_constants import plain
from flight_server.plan import UNFOLDABLE

ENGINE = Engine()

TYPES = ("VARCHAR", "BOOLEAN", "DATE", "TIMESTAMPTZ", "BIGINT")

days = st.dates(date(1890, 1, 1), date(2200, 1, 1)).map(date.isoformat)
times = st.builds(
    "{}{}{}{}".format, days, st.sampled_from(" T"), st.times().map(time.isoformat), st.sampled_from(("", "Z", "+00:00"))
)
texts = st.one_of(days, times, st.sampled_from(("it''s", "10:00", "", "2026-02-30", "infinity"))).map("'{}'".format)
counts = st.one_of(st.integers(0, 40), st.integers(0, 3000))
units = st.sampled_from(("SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR", "DAYS", "MONTHS"))
kinds = st.sampled_from(("DATE", "TIMESTAMP", "TIMESTAMPTZ"))


def wrapped(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """One step more: what tools write around a constant."""
    signs = st.sampled_from("+-")
    return st.one_of(
        st.builds("CAST({} AS {})".format, inner, kinds),
        st.builds("{} {} INTERVAL '{}' {}".format, inner, signs, counts, units),
        st.builds("{} {} INTERVAL ({}) {}".format, inner, signs, counts.map(lambda count: 20 - count), units),
        st.builds("{} {} {}".format, inner, signs, counts),
        st.builds("DATE_TRUNC('{}', {})".format, units, inner),
        inner.map("({})".format),
    )


casts = st.builds("CAST({} AS {})".format, texts, kinds)
instants = st.one_of(casts, st.integers(0, 5_000_000_000).map("TO_TIMESTAMP({})".format))
constants = st.one_of(
    texts,
    st.builds("{} {} {}".format, counts, st.sampled_from(("=", "<>", "<")), counts),
    st.recursive(instants, wrapped, max_leaves=4),
    st.recursive(texts, wrapped, max_leaves=3),
)


@settings(max_examples=1500)
@given(constants, st.sampled_from(TYPES))
def test_plain_constants_are_what_the_engine_computes(sql: str, wanted: str) -> None:
    value = plain(sql, wanted)
    if value is not UNFOLDABLE:
        assert [value] == _fold(ENGINE, [(sql, wanted)])


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
def test_what_tools_write_needs_no_engine(sql: str, text: str) -> None:
    value = datetime.fromisoformat(text).replace(tzinfo=UTC)
    assert plain(sql, "TIMESTAMPTZ") == value
    assert _fold(ENGINE, [(sql, "TIMESTAMPTZ")]) == [value]


def test_a_time_is_no_day() -> None:
    assert plain("CAST('2026-06-15' AS DATE) + INTERVAL '1' DAY", "DATE") is UNFOLDABLE
    assert plain("'2026-06-15' + INTERVAL '1' DAY", "TIMESTAMPTZ") is UNFOLDABLE


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
