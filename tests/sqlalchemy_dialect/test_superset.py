"""What Superset is told: every time grain is SQL that the server runs; the rest where Superset is installed."""

import datetime as dt
import json
import subprocess
import sys
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

import pytest

from flight_server.sqlalchemy_dialect.time_grains import TIME_GRAINS
from tests.cli.running import clean_environment
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


PROGRAM = """
import json
from datetime import datetime
from superset.app import create_app
from sqlalchemy.engine import make_url
with create_app().app_context():
    from superset.constants import TimeGrain
    from superset.db_engine_specs import get_engine_spec
    spec = get_engine_spec("spapi", "adbc")
    moment = datetime(2026, 6, 11, 13, 47, 38, 500000)
    kinds = ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP", "DATE", "VARCHAR")
    url, _ = spec.adjust_engine_params(make_url("spapi://shop@localhost/?Region=EU"), {}, schema="orders")
    print(json.dumps({
        "name": spec.__name__,
        "times": [spec.convert_dttm(kind, moment) for kind in kinds],
        "grains": [grain.value for grain in TimeGrain],
        "url": str(url),
        "schema": spec.get_schema_from_engine_params(url, {}),
    }))
"""


@pytest.mark.skipif(find_spec("superset") is None, reason="Superset is not installed")
def test_superset_has_the_engine_its_grains_its_times_and_the_schema_of_sql_lab(tmp_path: Path) -> None:
    settings = {"SUPERSET_SECRET_KEY": "x" * 40, "SUPERSET_HOME": str(tmp_path)}
    command, environment = [sys.executable, "-c", PROGRAM], clean_environment() | settings
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr[-3000:]
    told = json.loads(ended.stdout.splitlines()[-1])
    assert told["name"] == "SpapiEngineSpec"
    moment = "TIMESTAMP '2026-06-11 13:47:38.500000'"
    assert told["times"] == [moment, moment, "DATE '2026-06-11'", None]
    doubled = {"PT0.5H", "P0.25Y"}
    assert set(told["grains"]) - doubled == set(TIME_GRAINS) - {None}
    assert (told["url"], told["schema"]) == ("spapi://shop@localhost/orders?Region=EU", "orders")
