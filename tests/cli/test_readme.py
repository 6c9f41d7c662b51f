"""What the README and the pages beside it say is executed: it cannot rot."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flight_server.cli import COMMANDS
from flight_server.cli.assembly import ServerOptions, running_server
from flight_server.cli.commands.demo_queries import OPEN_ORDERS, TOP_SKUS
from flight_server.protocol import FlightSqlServer
from flight_server.simulator import Simulator, SimulatorOptions
from tests.cli.readme import README, parameter_table, section
from tests.cli.running import clean_environment, simulator_environment
from tests.server_fixtures import Stack

ADDRESS = "grpc://localhost:31337"
ADBC_PAGE = README.parent / "docs/connect/adbc.md"


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def server() -> Iterator[FlightSqlServer]:
    """A server whose environment holds the credentials, as the README's reader has started it."""
    with Simulator(SimulatorOptions(port=0, orders=300, limits=False)) as simulator:
        allowed = (simulator.url.removeprefix("http://"),)
        with running_server(ServerOptions(allowed_hosts=allowed, environment={})) as any_server:
            environment = simulator_environment(Stack(simulator, any_server))
        with running_server(ServerOptions(allowed_hosts=allowed, environment=environment)) as running:
            yield running


def ran(code: str, server: FlightSqlServer, after: str = "") -> str:
    """Run code as a reader would, in a Python of its own; give what it prints."""
    assert ADDRESS in code
    command = [sys.executable, "-c", code.replace(ADDRESS, server.location) + after]
    ended = subprocess.run(command, capture_output=True, text=True, env=reader_environment(), timeout=120, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


def reader_environment() -> dict[str, str]:
    credentials = {"CLIENT_ID": "a", "CLIENT_SECRET": "b", "REFRESH_TOKEN": "c"}
    return clean_environment() | {f"SPAPI_FLIGHT_{name}": value for name, value in credentials.items()}


def test_pandas_polars_and_duckdb_read_results_as_the_readme_says(server: FlightSqlServer) -> None:
    pandas, polars, duckdb = blocks(README, "python")
    closed = "\nconnection.close()"
    assert "(0, " not in ran(pandas, server, f"\nprint(orders.shape, orders.dtypes['purchase_date']){closed}")
    assert "(0, " not in ran(polars, server, f"\nprint(stock.shape){closed}")
    assert "units" in ran(duckdb, server, "\ncursor.close()")


def test_python_of_the_adbc_page_runs(server: FlightSqlServer) -> None:
    (code,) = blocks(ADBC_PAGE, "python")
    ran(code, server, "\nconnection.close()")


def test_the_table_of_parameters_is_fresh() -> None:
    assert section(README.read_text("utf-8"), "parameters") == parameter_table(), "run python -m tests.cli.readme"


def test_the_queries_shown_are_those_of_the_demo() -> None:
    shown = [block.strip() for block in blocks(README, "sql")]
    assert shown == [OPEN_ORDERS.sql, TOP_SKUS.sql], "run python -m tests.cli.readme"


def test_every_command_that_the_readme_names_exists() -> None:
    named = re.findall(r"spapi-flight (\w+)", README.read_text("utf-8"))
    assert set(named) <= set(COMMANDS)


def test_every_page_that_is_linked_exists() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README.read_text("utf-8"))
    assert [link for link in links if not (README.parent / link).is_file()] == []


def test_no_document_shows_a_secret_as_an_argument() -> None:
    pages = [README, *(README.parent / "docs").rglob("*.md"), README.parent / "CONTRIBUTING.md"]
    assert not [page for page in pages if re.search(r"--(client-secret|refresh-token) ", page.read_text("utf-8"))]
