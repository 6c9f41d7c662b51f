"""Rows in Parquet files as relations of a query."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

import catalog
from flight_server.engine.kept import lay_out, make_way
from flight_server.plan import KeptRows, Output


def test_a_relation_is_laid_out_whatever_stood_under_its_name(tmp_path: Path) -> None:
    """A key supplied page by page reads a relation again and again: now of files, now of none, now of pages."""
    table = catalog.load().resolve("orders", "orders")
    output = Output("r0", table, (table.columns_by_name["amazon_order_id"],))
    file = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"amazon_order_id": ["1", "2"]}), file)
    some = KeptRows(output, (str(file),), {"amazon_order_id": ("1",)})
    none = KeptRows(output, (), {"amazon_order_id": ("1",)})
    with duckdb.connect() as connection:
        for kept, count in ((some, 1), (none, 0), (some, 1)):
            lay_out(connection, kept)
            assert connection.sql("SELECT count(*) FROM r0").fetchall() == [(count,)]
        make_way(connection, "r0")
        connection.execute("CREATE TEMP TABLE r0 AS SELECT 1 AS one")
        lay_out(connection, some)
        assert connection.sql("SELECT amazon_order_id FROM r0").fetchall() == [("1",)]
