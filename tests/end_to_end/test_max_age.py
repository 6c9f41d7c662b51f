"""MaxAge: what was asked once is not asked again, and a query says how old its rows may be."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flight_server.cli.assembly import ServerOptions, running_server
from flight_server.simulator import Simulator, SimulatorOptions
from tests.server_fixtures import AT_ONCE, NOW, Stack, clock_from

ORDERS = "SELECT amazon_order_id, order_status FROM orders.orders WHERE purchase_date >= '2026-03-01'"


@pytest.fixture(scope="module")
def keeping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A server with a data directory before a simulator."""
    data: Path = tmp_path_factory.mktemp("data")
    with Simulator(SimulatorOptions(port=0, orders=300, limits=False, now=NOW, strict=True)) as simulator:
        allowed = simulator.url.removeprefix("http://")
        options = ServerOptions(
            allowed_hosts=(allowed,), clock=clock_from(NOW), pace=AT_ONCE, data=data, environment={}
        )
        with running_server(options) as server:
            yield Stack(simulator, server)


def asked(stack: Stack, sql: str, **parameters: str) -> tuple[list[dict[str, Any]], int]:
    stack.simulator.clear_calls()
    rows = stack.query(sql, **{"Marketplaces": "US", **parameters})
    return rows, len(stack.calls())


def mirror_of(stack: Stack, sql: str, **parameters: str) -> Any:
    (row, *_) = stack.query(f"EXPLAIN {sql}", **{"Marketplaces": "US", **parameters})
    return json.loads(row["parameters"]).get("mirror")


def warnings(stack: Stack, sql: str) -> str:
    (row,) = stack.query(
        f"SELECT warnings FROM system.queries WHERE sql = '{sql.replace(chr(39), chr(39) * 2)}' LIMIT 1"
    )
    return str(row["warnings"])


@pytest.mark.parametrize(
    "sql",
    [
        ORDERS,
        f"{ORDERS} AND order_status = 'Shipped'",
        f"{ORDERS} ORDER BY purchase_date DESC LIMIT 5",
        f"SELECT count(*) AS n FROM ({ORDERS}) JOIN orders.order_items USING (amazon_order_id)",
        "SELECT count(*) AS n FROM fba_inventory.inventory_summaries",
        "SELECT sum(unit_count) AS n FROM sales.order_metrics WHERE granularity = 'Day' "
        "AND interval_start >= '2026-05-01' AND interval_start < '2026-06-01'",
    ],
)
def test_the_same_again_is_no_call_and_the_same_rows(keeping: Stack, sql: str) -> None:
    plain, _ = asked(keeping, sql)
    first, _ = asked(keeping, sql, MaxAge="1h")
    second, calls = asked(keeping, sql, MaxAge="1h")
    assert calls == 0
    assert sorted(map(str, plain)) == sorted(map(str, first)) == sorted(map(str, second))


def test_a_comment_at_the_head_says_it_for_one_statement(keeping: Stack) -> None:
    asked(keeping, f"/* max_age=1h */ {ORDERS}")
    assert asked(keeping, f"/* dashboard 7, max_age=any */ {ORDERS}")[1] == 0
    assert asked(keeping, ORDERS)[1] > 0
    with pytest.raises(Exception, match="max_age='soon' must be"):
        keeping.query(f"/* max_age=soon */ {ORDERS}")


def test_explain_tells_what_is_there_and_what_is_still_asked(keeping: Stack) -> None:
    canada = {"Marketplaces": "CA", "MaxAge": "1h"}  # of which no other test asks
    asked(keeping, ORDERS, **canada)
    assert mirror_of(keeping, ORDERS, **canada)["asked"] == "nothing"
    longer = ORDERS.replace("2026-03-01", "2026-02-01")
    assert mirror_of(keeping, longer, **canada)["asked"] == ["2026-02-01 00:00 to 2026-03-01 00:00"]
    assert mirror_of(keeping, ORDERS) is None


def test_only_the_part_of_a_period_that_is_missing_is_asked_for(keeping: Stack) -> None:
    whole = ORDERS.replace("2026-03-01", "2025-12-01")
    asked(keeping, ORDERS, MaxAge="1h")
    rows, calls = asked(keeping, whole, MaxAge="1h")
    assert calls >= 1
    sent = [call["query"] for call in keeping.calls("getOrders")]
    assert all("CreatedBefore" in query or "NextToken" in query for query in sent)
    assert sorted(map(str, rows)) == sorted(map(str, keeping.query(whole, Marketplaces="US")))


def test_personal_data_is_not_written_down_and_a_warning_says_so(keeping: Stack) -> None:
    sql = f"SELECT shipping_address_name FROM orders.orders WHERE purchase_date >= '2026-06-01' /* {NOW} */"
    rows, calls = asked(keeping, sql, MaxAge="1h")
    assert rows and calls > 0
    assert "personal data" in warnings(keeping, sql)
    assert mirror_of(keeping, sql, MaxAge="1h") is None


def test_without_a_data_directory_it_has_no_effect_and_says_so(stack: Stack) -> None:
    sql = f"{ORDERS} /* without data */"
    asked(stack, sql, MaxAge="1h")
    assert asked(stack, sql, MaxAge="1h")[1] > 0
    assert "--data" in warnings(stack, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_parquet('{}/**/*.parquet')",
        "COPY (SELECT 1) TO '{}/x.parquet'",
        "ATTACH '{}/x.db'",
        "SELECT * FROM '{}/x.parquet'",
    ],
)
def test_no_statement_reads_or_writes_the_files_by_their_names(
    keeping: Stack, sql: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    where = next(iter(tmp_path_factory.getbasetemp().glob("data*/mirror")))
    with pytest.raises(Exception, match=r"not accepted|there is no table"):
        keeping.query(sql.format(where))
