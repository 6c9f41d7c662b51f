"""`spapi-flight report`: one report, straight to a file."""

import csv
import io
from pathlib import Path

import pyarrow.parquet
import pytest

from tests.cli.running import CommandLine
from tests.server_fixtures import Stack

TYPE = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
TABLE = "report.flat_file_all_orders_data_by_order_date_general"
US = ("--marketplaces", "US")


def test_a_report_is_the_rows_of_its_table(signed_in_cli: CommandLine, stack: Stack, tmp_path: Path) -> None:
    period = ("--from", "2026-05-01", "--to", "2026-05-20")
    outcome = signed_in_cli("report", TYPE, *period, *US, "--format", "csv")
    assert outcome.code == 0, outcome.err
    rows = list(csv.DictReader(io.StringIO(outcome.text)))
    expected = stack.query(
        f"SELECT * FROM {TABLE} WHERE data_start_time >= '2026-05-01' AND data_end_time <= '2026-05-20'",
        Marketplaces="US",
    )
    assert [row["amazon_order_id"] for row in rows] == [row["amazon_order_id"] for row in expected]
    path = tmp_path / "orders.parquet"
    named = signed_in_cli("report", TABLE, *period, *US, "--format", "parquet", "--output", str(path))
    assert named.code == 0, named.err
    assert pyarrow.parquet.read_table(path).num_rows == len(expected) > 0


def test_an_option_is_given_by_its_name(signed_in_cli: CommandLine) -> None:
    period = ("--from", "2026-05-03", "--to", "2026-05-09", *US)
    asked = ("report", "sales_and_traffic_report_by_date", *period, "--option", "dateGranularity=WEEK")
    outcome = signed_in_cli(*asked, "--format", "csv")
    assert outcome.code == 0, outcome.err
    assert [row["date_granularity"] for row in csv.DictReader(io.StringIO(outcome.text))] == ["WEEK"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("GET_SALES_AND_TRAFFIC_REPORT",), "name one of sales_and_traffic_report_by_date"),
        (("GET_NO_SUCH_REPORT",), "there is no report GET_NO_SUCH_REPORT"),
        (("GET_MERCHANT_LISTINGS_ALL_DATA", "--from", "2026-01-01"), "takes no period"),
        ((TYPE, "--option", "color=red"), "the options of"),
        ((TYPE,), "needs data_start_time"),
    ],
)
def test_what_is_wrong_is_said(signed_in_cli: CommandLine, arguments: tuple[str, ...], said: str) -> None:
    outcome = signed_in_cli("report", *arguments, *US)
    assert outcome.code == 1
    assert said in " ".join(outcome.err.split())
