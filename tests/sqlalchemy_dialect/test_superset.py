"""What Superset is told: every time grain is SQL that the server runs; the rest where Superset is installed."""

import datetime as dt
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from flight_server.sqlalchemy_dialect.time_grains import TIME_GRAINS
from tests.server_fixtures import Stack

THURSDAY = dt.datetime(2026, 6, 11, 13, 47, 38, 500000, tzinfo=dt.UTC)
TRUNCATED = {
    None: "2026-06-11 13:47:38.500000",
    "PT1S": "2026-06-11 13:47:38",
    "PT5S": "2026-06-11 13:47:35",
    "PT30S": "2026-06-11 13:47:30",
    "PT1M": "2026-06-11 13:47:00",
    "PT5M": "2026-06-11 13:45:00",
    "PT10M": "2026-06-11 13:40:00",
    "PT15M": "2026-06-11 13:45:00",
    "PT30M": "2026-06-11 13:30:00",
    "PT1H": "2026-06-11 13:00:00",
    "PT6H": "2026-06-11 12:00:00",
    "P1D": "2026-06-11 00:00:00",
    "P1W": "2026-06-08 00:00:00",
    "P1M": "2026-06-01 00:00:00",
    "P3M": "2026-04-01 00:00:00",
    "P1Y": "2026-01-01 00:00:00",
    "1969-12-28T00:00:00Z/P1W": "2026-06-07 00:00:00",
    "1969-12-29T00:00:00Z/P1W": "2026-06-08 00:00:00",
    "P1W/1970-01-03T00:00:00Z": "2026-06-13 00:00:00",
    "P1W/1970-01-04T00:00:00Z": "2026-06-14 00:00:00",
}
SUNDAY = {
    "P1W": "2026-06-08",
    "1969-12-28T00:00:00Z/P1W": "2026-06-14",
    "P1W/1970-01-03T00:00:00Z": "2026-06-20",
    "P1W/1970-01-04T00:00:00Z": "2026-06-14",
}


def truncated(stack: Stack, grain: str | None, moment: str) -> dt.datetime:
    time = TIME_GRAINS[grain].format(col="moment")
    (row,) = stack.query(f"SELECT {time} AS found FROM (SELECT TIMESTAMPTZ '{moment}' AS moment)")
    found = row["found"]
    assert isinstance(found, dt.datetime)
    return found.replace(tzinfo=None)


@pytest.mark.parametrize("grain", TIME_GRAINS, ids=str)
def test_a_grain_truncates_to_its_begin(stack: Stack, grain: str | None) -> None:
    assert truncated(stack, grain, str(THURSDAY)) == dt.datetime.fromisoformat(TRUNCATED[grain])


@pytest.mark.parametrize("grain", SUNDAY)
def test_a_week_begins_and_ends_on_the_day_that_it_names(stack: Stack, grain: str) -> None:
    assert truncated(stack, grain, "2026-06-14 08:00:00+00") == dt.datetime.fromisoformat(SUNDAY[grain])


@pytest.mark.parametrize("grain", TIME_GRAINS, ids=str)
def test_a_grain_of_a_column_is_grouped_by(stack: Stack, grain: str | None) -> None:
    time = TIME_GRAINS[grain].format(col="purchase_date")
    rows = stack.query(
        f"SELECT {time} AS t, count(*) AS n FROM orders.orders WHERE purchase_date >= '2026-06-08' GROUP BY {time}"
    )
    (every,) = stack.query("SELECT count(*) AS n FROM orders.orders WHERE purchase_date >= '2026-06-08'")
    assert sum(row["n"] for row in rows) == every["n"]


def test_superset_finds_the_engine_by_its_entry_point() -> None:
    (found,) = entry_points(group="superset.db_engine_specs", name="spapi")
    assert found.value == "flight_server.sqlalchemy_dialect.superset_engine:SpapiEngineSpec"


needs_superset = pytest.mark.skipif(find_spec("superset") is None, reason="Superset is not installed")


@pytest.fixture
def spec() -> Any:
    (found,) = entry_points(group="superset.db_engine_specs", name="spapi")
    return found.load()


@needs_superset
def test_superset_writes_times_as_the_server_reads_them(spec: Any, stack: Stack) -> None:
    for kind in ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP", "DATETIME"):
        assert spec.convert_dttm(kind, THURSDAY.replace(tzinfo=None)) == "TIMESTAMP '2026-06-11 13:47:38.500000'"
    assert spec.convert_dttm("DATE", THURSDAY) == "DATE '2026-06-11'"
    assert spec.convert_dttm("VARCHAR", THURSDAY) is None
    assert stack.query(f"SELECT {spec.epoch_to_dttm().format(col=0)} AS t")[0]["t"].year == 1970
    assert spec.get_datatype("timestamp[us, tz=UTC]") == "TIMESTAMP[US, TZ=UTC]"


@needs_superset
def test_the_schema_of_sql_lab_is_the_url_s(spec: Any) -> None:
    url, _ = spec.adjust_engine_params(make_url("spapi://shop@localhost/?Region=EU"), {}, schema="orders")
    assert (url.database, url.query["Region"]) == ("orders", "EU")
    assert spec.get_schema_from_engine_params(url, {}) == "orders"


@needs_superset
def test_every_grain_that_superset_offers_is_there(spec: Any) -> None:
    from superset.constants import TimeGrain

    doubled = {TimeGrain.HALF_HOUR, TimeGrain.QUARTER_YEAR}
    assert {str(grain) for grain in TimeGrain} - {str(grain) for grain in doubled} == set(TIME_GRAINS) - {None}
