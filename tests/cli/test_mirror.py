from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable

from flight_server.mirror.tables import BESIDE, DeltaTables
from flight_server.simulator import SimulatorOptions
from tests.cli.running import CommandLine
from tests.server_fixtures import NOW, running_stack

ORDERS = "SELECT count(*) AS n FROM orders.orders WHERE purchase_date >= '2026-06-01'"
STOCK = "SELECT count(*) AS n FROM fba_inventory.inventory_summaries"


def kept_of(tmp_path: Path) -> Path:
    """A directory in which two tables of an account are kept."""
    data = tmp_path / "data"
    options = SimulatorOptions(port=0, orders=300, limits=False, now=NOW, report_seconds=0)
    with running_stack(options, data) as stack:
        for sql in (ORDERS, STOCK):
            stack.query(sql, Marketplaces="US", MaxAge="1h")
    return data


def test_it_lists_what_is_kept(cli: CommandLine, tmp_path: Path) -> None:
    outcome = cli("mirror", "--data", str(kept_of(tmp_path)))
    assert outcome.code == 0, outcome.err
    assert "orders.orders" in outcome.text
    assert "fba_inventory.inventory_summaries" in outcome.text


def test_an_empty_directory_keeps_nothing(cli: CommandLine, tmp_path: Path) -> None:
    outcome = cli("mirror", "--data", str(tmp_path))
    assert (outcome.code, outcome.text) == (0, "")
    assert "nothing is kept" in outcome.err


def test_a_table_is_forgotten_with_its_files(cli: CommandLine, tmp_path: Path) -> None:
    data = kept_of(tmp_path)
    outcome = cli("mirror", "--data", str(data), "--forget", "orders.orders")
    assert outcome.code == 0, outcome.err
    assert [path.name for path in (data / "mirror").iterdir()] == ["fba_inventory_v1__inventory_summaries"]
    assert "orders.orders" not in cli("mirror", "--data", str(data)).text


def test_an_account_is_forgotten_with_its_files(cli: CommandLine, tmp_path: Path) -> None:
    data = kept_of(tmp_path)
    (part,) = (data / "mirror").glob("orders_v0__orders/_account=*")
    outcome = cli("mirror", "--data", str(data), "--forget", part.name.removeprefix("_account="))
    assert outcome.code == 0, outcome.err
    assert list((data / "mirror").rglob("*.parquet")) == []


def test_a_name_of_which_nothing_is_kept_is_an_error(cli: CommandLine, tmp_path: Path) -> None:
    outcome = cli("mirror", "--data", str(kept_of(tmp_path)), "--forget", "orders.ordres")
    assert outcome.code == 1
    assert "nothing is kept of orders.ordres" in outcome.err


def test_another_account_stays_and_nothing_tells_of_the_forgotten_one(tmp_path: Path) -> None:
    tables, schema = DeltaTables(tmp_path), pa.schema([pa.field("name", pa.string()), *BESIDE])
    for account, name in (("a", "Mrs Secret"), ("b", "Mr Kept")):
        row = {"name": name, "_account": account, "_scope": "s", "_key": "", "_fetched_at": NOW}
        batch = pa.RecordBatch.from_pylist([row], schema=schema)
        tables.replace("people", schema, [batch], f"_account = '{account}'")
    tables.forget("people", "a")
    assert DeltaTable(tmp_path / "people").to_pyarrow_table().column("name").to_pylist() == ["Mr Kept"]
    files = [path for path in (tmp_path / "people").rglob("*") if path.is_file()]
    assert not [path for path in files if b"Secret" in path.read_bytes()]
