"""What docs/mirror.md shows of reading the Delta tables without us, run over a directory that a server has filled."""

import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import deltalake
import duckdb
import polars
import pytest

from flight_server.simulator import SimulatorOptions
from tests.server_fixtures import NOW, running_stack

PAGE = Path(__file__).parents[2] / "docs/mirror.md"
FOLDER = "/var/lib/spapi-flight"
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)

Kept = tuple[Path, list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """The directory, and the rows that Amazon tells."""
    data = tmp_path_factory.mktemp("data")
    sql = "SELECT amazon_order_id, order_status FROM orders.orders WHERE purchase_date >= '2026-03-01' ORDER BY 1"
    with running_stack(SimulatorOptions(port=0, orders=300, limits=False, now=NOW, report_seconds=0), data) as stack:
        stack.query(sql, MaxAge="1h")
        rows = [tuple(row.values()) for row in stack.query(sql)]
    yield data, rows


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_run(kept: Kept, example: str) -> None:
    told = StringIO()
    with redirect_stdout(told):
        exec(example.replace(FOLDER, str(kept[0])), {})
    assert "Shipped" in told.getvalue()


def test_each_of_them_reads_the_rows_that_amazon_tells(kept: Kept) -> None:
    data, rows = kept
    path = str(data / "mirror" / "orders_v0__orders")
    names = ["amazon_order_id", "order_status"]
    table = deltalake.DeltaTable(path)
    files = duckdb.read_parquet(table.file_uris(), hive_partitioning=True)
    assert len(rows) > 50
    assert sorted(files.select(*names).fetchall()) == rows
    assert sorted(polars.scan_delta(path).select(names).collect().rows()) == rows
    assert sorted(zip(*table.to_pyarrow_table(columns=names).to_pydict().values(), strict=True)) == rows
    assert sorted(table.to_pandas(columns=names).itertuples(index=False, name=None)) == rows
