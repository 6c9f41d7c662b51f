"""dlt loads orders that changed, by the two programs of its page; where dlt is present."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from flight_server.cli.assembly import ServerOptions, running_server
from tests.cli.running import clean_environment
from tests.server_fixtures import NOW, Stack, clock_from

PAGE = Path(__file__).parents[2] / "docs/connect/dlt.md"
PROGRAMS = dict(
    zip(("dialect", "adbc"), re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S), strict=True)
)

pytestmark = pytest.mark.skipif(find_spec("dlt") is None, reason="dlt is not installed")


@pytest.mark.parametrize("way", PROGRAMS)
def test_dlt_loads_each_order_once_and_asks_once_for_those_that_changed(stack: Stack, way: str, tmp_path: Path) -> None:
    changed = "SELECT amazon_order_id FROM orders.orders WHERE last_update_date >= '2026-06-08'"
    expected = stack.query(changed, Region="EU")
    assert expected
    addresses = {name.upper(): text for name, text in stack.addresses().items()}
    credentials = {"CLIENT_ID": "amzn1.application-oa2-client.demo", "CLIENT_SECRET": "demo-secret"}
    given = addresses | credentials | {"REFRESH_TOKEN": "Atzr|demo"}
    allowed = (stack.simulator.url.removeprefix("http://"),)
    environment = {f"SPAPI_FLIGHT_{name}": text for name, text in given.items()}
    with running_server(ServerOptions(allowed_hosts=allowed, environment=environment, clock=clock_from(NOW))) as server:
        address = server.location.removeprefix("grpc://")
        program = PROGRAMS[way].replace("localhost:31337", address)
        for _ in range(2):
            stack.simulator.clear_calls()
            run(program, tmp_path)
            assert len(stack.calls("getOrders")) == 1
    loaded = pa.concat_tables(
        [parquet.read_table(file) for file in (tmp_path / "out").glob("amazon/orders/**/*.parquet")],
        promote_options="default",
    )
    assert sorted(loaded["amazon_order_id"].to_pylist()) == sorted(row["amazon_order_id"] for row in expected)
    assert pa.types.is_decimal(loaded.schema.field("order_total_amount").type)


def run(program: str, folder: Path) -> None:
    settings = {
        "DLT_DATA_DIR": str(folder / "data"),
        "DESTINATION__FILESYSTEM__BUCKET_URL": (folder / "out").as_uri(),
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
    }
    command = [sys.executable, "-c", program]
    environment = clean_environment() | settings
    ended = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=200, check=False
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
