import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.cli.running import CommandLine
from tests.server_fixtures import Stack

ORDERS = """
SELECT amazon_order_id, purchase_date, order_total_amount, is_prime FROM orders.orders
WHERE purchase_date >= TIMESTAMP '2026-06-01' ORDER BY amazon_order_id
"""


@pytest.fixture
def rows(stack: Stack) -> list[dict[str, object]]:
    found = stack.query(ORDERS)
    assert found
    return found


def test_csv_holds_every_row_with_exact_amounts(signed_in_cli: CommandLine, rows: list[dict[str, object]]) -> None:
    outcome = signed_in_cli("query", ORDERS, "--format", "csv")
    assert outcome.code == 0, outcome.err
    header, *lines = outcome.text.splitlines()
    assert header == '"amazon_order_id","purchase_date","order_total_amount","is_prime"'
    assert [line.split(",")[0].strip('"') for line in lines] == [row["amazon_order_id"] for row in rows]


def test_json_is_one_object_a_line_and_amounts_keep_their_digits(
    signed_in_cli: CommandLine, rows: list[dict[str, object]]
) -> None:
    outcome = signed_in_cli("query", ORDERS, "--format", "json")
    from decimal import Decimal

    found = [json.loads(line, parse_float=Decimal) for line in outcome.text.splitlines()]
    assert [row["order_total_amount"] for row in found] == [row["order_total_amount"] for row in rows]


def test_arrow_and_parquet_give_the_rows_back(
    signed_in_cli: CommandLine, rows: list[dict[str, object]], tmp_path: Path
) -> None:
    streamed = signed_in_cli("query", ORDERS, "--format", "arrow")
    assert pa.ipc.open_stream(streamed.out).read_all().to_pylist() == rows
    path = tmp_path / "orders.parquet"
    assert signed_in_cli("query", ORDERS, "--format", "parquet", "--output", str(path)).out == b""
    assert pyarrow.parquet.read_table(path).to_pylist() == rows


def test_a_table_goes_to_stdout_in_full(signed_in_cli: CommandLine, rows: list[dict[str, object]]) -> None:
    text = signed_in_cli("query", ORDERS).text
    assert len(text.splitlines()) == len(rows) + 2
    assert all(str(row["amazon_order_id"]) in text for row in rows)


def test_arrays_become_json_text_in_csv(signed_in_cli: CommandLine) -> None:
    outcome = signed_in_cli("query", "SELECT [1, 2] AS list", "--format", "csv", "--nested-types", "native")
    assert outcome.text.splitlines() == ['"list"', '"[1,2]"']


def test_a_failed_query_leaves_no_file(signed_in_cli: CommandLine, tmp_path: Path) -> None:
    sql = "SELECT CAST(amazon_order_id AS INTEGER) FROM orders.orders WHERE purchase_date >= TIMESTAMP '2026-06-14'"
    outcome = signed_in_cli("query", sql, "--format", "csv", "--output", str(tmp_path / "orders.csv"))
    assert outcome.code == 1
    assert not list(tmp_path.iterdir())


def test_without_a_url_a_server_of_its_own_answers(cli: CommandLine) -> None:
    outcome = cli("query", "SELECT count(*) > 0 AS found FROM system.tables", "--format", "json")
    assert (outcome.code, outcome.text) == (0, '{"found":true}\n')


def test_an_error_is_one_sentence_in_the_servers_words(cli: CommandLine) -> None:
    outcome = cli("query", "SELECT * FROM orders.ordres")
    assert outcome.code == 1
    assert outcome.out == b""
    assert outcome.err.startswith("spapi-flight: there is no table orders.ordres; did you mean ")
    assert outcome.err.count("\n") == 1
    assert "Detail" not in outcome.err


def test_a_control_character_of_the_data_never_reaches_the_terminal(cli: CommandLine) -> None:
    outcome = cli("query", "SELECT 'a' || chr(27) || '[2J' AS x")
    assert "\\x1b[2J" in outcome.text
    assert "\x1b" not in outcome.text


def test_a_server_that_is_not_there_is_an_error(cli: CommandLine) -> None:
    outcome = cli("query", "SELECT 1", "--url", "grpc://127.0.0.1:9")
    assert outcome.code == 1
    assert "refused" in outcome.err


def test_a_parameter_that_cannot_be_a_header_is_refused_by_name(cli: CommandLine) -> None:
    outcome = cli("query", "SELECT 1", "--client-id", "größe")
    assert outcome.err == "spapi-flight: ClientId holds a character that cannot be sent: only printable ASCII can\n"


def test_where_a_file_cannot_be_written_nothing_is_asked(signed_in_cli: CommandLine, stack: Stack) -> None:
    before = len(stack.simulator.calls)
    outcome = signed_in_cli("query", ORDERS, "--output", "/no/such/folder/orders.csv")
    assert outcome.err == "spapi-flight: --output: /no/such/folder is no folder that can be written to\n"
    assert len(stack.simulator.calls) == before


def test_warnings_are_told_beside_the_rows(signed_in_cli: CommandLine) -> None:
    sql = "SELECT seller_sku FROM fba_inventory.inventory_summaries WHERE marketplace_id = 'A2Q3Y263D00KWC'"
    outcome = signed_in_cli("query", sql, "--format", "csv")
    assert (outcome.code, outcome.text) == (0, '"seller_sku"\n')
    assert outcome.err.startswith("warning: the account takes no part in marketplace A2Q3Y263D00KWC (BR)")
    assert signed_in_cli("query", "SELECT 1 AS one").err == ""


def test_a_query_from_the_very_beginning_says_so(signed_in_cli: CommandLine) -> None:
    outcome = signed_in_cli("query", "SELECT count(*) AS n FROM orders.orders", "--format", "csv")
    (warning,) = outcome.err.splitlines()
    assert warning.startswith("warning: orders.orders from 2016 on, no purchase_date given; getOrders")


def test_the_limits_are_options(signed_in_cli: CommandLine) -> None:
    outcome = signed_in_cli("query", "SELECT count(*) AS n FROM orders.orders", "--max-calls", "1")
    assert (outcome.code, outcome.text) == (1, "")
    assert "MaxCalls" in outcome.err
