"""Rows are told to whom they were told, as they were asked for: accounts, marketplaces and personal data stay apart."""

import threading
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest

from tests.mirror.worlds import KEPT, asked, still_world
from tests.server_fixtures import Stack

SINCE = "purchase_date >= '2026-03-01'"
ORDERS = f"SELECT amazon_order_id, marketplace_id, order_status FROM orders.orders WHERE {SINCE}"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def keeping(data: Path) -> Iterator[Stack]:
    with still_world(data, orders=400) as stack:
        yield stack


@pytest.mark.parametrize("sql", [ORDERS, "SELECT seller_sku, marketplace_id FROM fba_inventory.inventory_summaries"])
def test_marketplaces_stay_apart(keeping: Stack, sql: str) -> None:
    for marketplaces in ("US", "CA", "US,CA", "MX"):
        plain, _ = asked(keeping, sql, Marketplaces=marketplaces)
        assert asked(keeping, sql, Marketplaces=marketplaces, **KEPT)[0] == plain
        again, calls = asked(keeping, sql, Marketplaces=marketplaces, **KEPT)
        assert (again, calls) == (plain, [])


def test_another_account_is_told_nothing_of_what_is_kept(keeping: Stack) -> None:
    asked(keeping, ORDERS, **KEPT)
    _, calls = asked(keeping, ORDERS, RefreshToken="Atzr|demo-another", **KEPT)
    assert calls, "what another account has asked for was told"
    assert asked(keeping, ORDERS, RefreshToken="Atzr|demo-another", **KEPT)[1] == []


def test_accounts_that_ask_at_the_same_time_do_not_lose_rows(keeping: Stack) -> None:
    plain, _ = asked(keeping, ORDERS)
    told: dict[int, list[str]] = {}

    def ask(number: int) -> None:
        rows = keeping.query(ORDERS, RefreshToken=f"Atzr|demo-{number}", **KEPT)
        told[number] = sorted(repr(tuple(row.values())) for row in rows)

    keeping.simulator.clear_calls()
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [told[number] == plain for number in range(5)] == [True] * 5
    for number in range(5):
        assert asked(keeping, ORDERS, RefreshToken=f"Atzr|demo-{number}", **KEPT) == (plain, [])


def test_personal_data_is_not_kept_unless_it_may_be(keeping: Stack, data: Path) -> None:
    sql = f"SELECT amazon_order_id, buyer_info_buyer_name FROM orders.orders WHERE {SINCE}"
    plain, _ = asked(keeping, sql)
    assert asked(keeping, sql, **KEPT)[0] == plain
    assert not list(data.glob("mirror/*__restricted"))
    asked(keeping, sql, MirrorRestricted="True", **KEPT)
    assert list(data.glob("mirror/*__restricted"))
    assert asked(keeping, sql, MirrorRestricted="True", **KEPT) == (plain, [])
    never, _ = asked(keeping, sql, RestrictedData="Never")
    assert asked(keeping, sql, RestrictedData="Never", **KEPT)[0] == never != plain


PERIODS = [
    f"{SINCE} AND purchase_date < '2026-04-10'",
    "purchase_date >= '2026-04-05T07:30:00.123Z' AND purchase_date <= '2026-05-20'",
    "purchase_date BETWEEN '2026-05-20' AND '2026-06-01 12:00:00'",
    "purchase_date > '2026-06-01'",
    "purchase_date <= now() AND purchase_date >= now() - INTERVAL 3 DAY",
]


@pytest.mark.parametrize("order", list(permutations(range(len(PERIODS))))[::17], ids=str)
def test_periods_in_any_order_come_to_the_rows_of_one_reading(keeping: Stack, order: tuple[int, ...]) -> None:
    account = {"RefreshToken": f"Atzr|demo-{order}", **KEPT}
    for number in order:
        sql = f"SELECT amazon_order_id, purchase_date FROM orders.orders WHERE {PERIODS[number]}"
        assert asked(keeping, sql, **account)[0] == asked(keeping, sql)[0]
    assert asked(keeping, ORDERS, **account) == (asked(keeping, ORDERS)[0], [])


def test_the_ends_of_periods_hold_a_row_once(keeping: Stack) -> None:
    account = {"RefreshToken": "Atzr|demo-ends", **KEPT}
    rows = keeping.query("SELECT amazon_order_id, purchase_date FROM orders.orders WHERE purchase_date >= '2026-06-01'")
    for at in sorted(row["purchase_date"] for row in rows)[::7]:
        for condition in ("= '{}'", "< '{}'", "<= '{}'", "> '{}'", ">= '{}'"):
            sql = (
                "SELECT amazon_order_id FROM orders.orders WHERE purchase_date >= '2026-05-20' "
                f"AND purchase_date {condition.format(at.isoformat())}"
            )
            assert asked(keeping, sql, **account)[0] == asked(keeping, sql)[0], sql


def test_a_few_rows_of_children_do_not_cost_all_their_parents(keeping: Stack) -> None:
    sql = "SELECT order_item_id FROM orders.order_items LIMIT 3"
    _, plain = asked(keeping, sql)
    account = {"RefreshToken": "Atzr|demo-few", **KEPT}
    assert len(asked(keeping, sql, **account)[1]) == len(plain)
    whole = "SELECT order_item_id FROM orders.order_items WHERE amazon_order_id IN " + (
        "(SELECT amazon_order_id FROM orders.orders WHERE purchase_date >= '2026-06-01')"
    )
    rows, _ = asked(keeping, whole, **account)
    assert asked(keeping, whole, **account) == (rows, [])


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT asin FROM catalog_items.search WHERE keywords IN ('a', 'e', 'red')",
        "SELECT amazon_order_id FROM orders.orders WHERE last_update_date >= '2026-05-01'",
        "SELECT subscription_id FROM notifications.subscriptions WHERE notification_type = 'ORDER_CHANGE'",
    ],
)
def test_rows_that_several_calls_tell_are_told_once(keeping: Stack, sql: str) -> None:
    plain, _ = asked(keeping, sql)
    assert asked(keeping, sql, **KEPT)[0] == plain
    assert asked(keeping, sql, **KEPT) == (plain, [])


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_parquet('{where}')",
        "SELECT * FROM '{where}'",
        "SELECT * FROM parquet_scan('{where}')",
        "SELECT * FROM glob('{where}')",
        "SELECT * FROM read_text('{where}')",
        "SELECT * FROM parquet_metadata('{where}')",
        "COPY (SELECT 1) TO '{where}'",
        "COPY (SELECT 1) TO '{where}' (FORMAT parquet)",
        "ATTACH '{where}.x.duckdb'",
        "CREATE TABLE x AS SELECT * FROM read_parquet('{where}')",
        "EXPORT DATABASE '{where}'",
        "INSTALL delta",
        "SELECT * FROM delta_scan('{where}')",
        "SELECT (SELECT count(*) FROM read_csv('{where}')) AS n",
        "SELECT * FROM query('SELECT * FROM read_parquet(''{where}'')')",
        "SELECT getenv('HOME'), * FROM read_blob('{where}')",
    ],
)
def test_no_statement_names_the_files(keeping: Stack, data: Path, sql: str) -> None:
    asked(keeping, ORDERS, **KEPT)
    with pytest.raises(Exception) as told:  # of several classes
        keeping.query(sql.format(where=f"{data}/mirror/**/*.parquet"))
    assert "internal error" not in str(told.value)
    assert not list(data.glob("**/x.duckdb"))
