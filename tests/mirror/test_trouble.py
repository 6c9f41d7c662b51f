"""A mirror that cannot be written: the query goes on without it, and says why."""

import shutil
from pathlib import Path

from tests.mirror.worlds import KEPT, asked, still_world

ORDERS = "SELECT amazon_order_id FROM orders.orders WHERE purchase_date >= '2026-05-01'"


def test_what_cannot_be_written_down_is_told_all_the_same(tmp_path: Path) -> None:
    with still_world(tmp_path, orders=100) as stack:
        (tmp_path / "mirror" / "orders_v0__orders").write_text("in the way")
        plain, _ = asked(stack, ORDERS)
        assert asked(stack, ORDERS, **KEPT)[0] == plain
        (row,) = stack.query("SELECT warnings FROM system.queries WHERE warnings IS NOT NULL LIMIT 1")
        assert "the mirror of orders_v0__orders cannot be used" in row["warnings"]


def test_a_table_that_somebody_removed_is_read_anew(tmp_path: Path) -> None:
    with still_world(tmp_path, orders=100) as stack:
        plain, _ = asked(stack, ORDERS, **KEPT)
        shutil.rmtree(tmp_path / "mirror" / "orders_v0__orders")
        assert asked(stack, ORDERS, **KEPT)[0] == plain
        assert asked(stack, ORDERS, **KEPT) == (plain, [])
