"""What the README and the pages beside it say is executed: it cannot rot."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flight_server.cli import COMMANDS
from flight_server.cli.assembly import ServerOptions, running_server
from flight_server.cli.commands.demo_queries import OPEN_ORDERS, TOP_SKUS
from flight_server.connection.profiles import read_profiles
from flight_server.protocol import FlightSqlServer
from flight_server.simulator import Simulator, SimulatorOptions
from tests.cli.readme import CONFIGURATION, README, key_table, parameter_table, section
from tests.cli.running import clean_environment, line_with, simulator_environment
from tests.server_fixtures import CREDENTIALS, Stack

ADDRESS = "grpc://localhost:31337"
NAMES = ("ClientId", "ClientSecret", "RefreshToken")
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


def test_python_of_the_sqlalchemy_page_runs(server: FlightSqlServer) -> None:
    (code,) = blocks(ADBC_PAGE.with_name("sqlalchemy.md"), "python")
    here = code.replace("spapi://localhost:31337", server.location.replace("grpc", "spapi"))
    command = [sys.executable, "-c", here + "\nengine.dispose()\nprint(len(orders))"]
    names = {"ClientId": "CLIENT_ID", "ClientSecret": "CLIENT_SECRET", "RefreshToken": "REFRESH_TOKEN"}
    environment = clean_environment() | {f"SPAPI_FLIGHT_{names[name]}": text for name, text in CREDENTIALS.items()}
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.strip().isdigit()


def test_the_table_of_parameters_is_fresh() -> None:
    assert section(README.read_text("utf-8"), "parameters") == parameter_table(), "run python -m tests.cli.readme"


def test_the_table_of_keys_is_fresh() -> None:
    assert section(CONFIGURATION.read_text("utf-8"), "parameters") == key_table(), "run python -m tests.cli.readme"


def test_the_example_of_the_configuration_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (text,) = blocks(CONFIGURATION, "toml")
    secret = tmp_path / "secret"
    secret.write_text("x")
    text = text.replace('{ keyring = "shop/RefreshToken" }', '"x"').replace(
        "/run/secrets/shop-client-secret", secret.name
    )
    for name in re.findall(r'env = "(\w+)"', text):
        monkeypatch.setenv(name, "x")
    (tmp_path / "profiles.toml").write_text(text, "utf-8")
    shop, finance = read_profiles(tmp_path / "profiles.toml").values()
    assert (shop.values["Marketplaces"], finance.values["ClientSecret"]) == ("DE,FR", "x")
    assert shop.secret.reveal().startswith("scrypt:")


@pytest.mark.parametrize("shell", ["bash", "zsh", "pwsh"])
def test_use_it_works_as_it_is_written(shell: str, tmp_path: Path) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    (use_it,) = [block for block in blocks(README, "sh") if "init" in block]
    assert use_it.splitlines()[-1].startswith("spapi-flight serve ")
    typed = use_it.replace("spapi-flight serve", "spapi-flight serve --port 0").replace(" --region EU", "")
    (tmp_path / "typed").write_text("\n".join(CREDENTIALS[name] for name in NAMES) + "\n", "utf-8")
    typed = typed.replace("spapi-flight init", "cat typed | spapi-flight init")
    with Simulator(SimulatorOptions(port=0, orders=100, limits=False)) as simulator:
        addresses = {"TOKEN_URL": f"{simulator.url}/auth/o2/token", "ENDPOINT": simulator.url}
        addresses |= {"ALLOW_HOSTS": simulator.url.removeprefix("http://")}
        environment = clean_environment() | {f"SPAPI_FLIGHT_{name}": text for name, text in addresses.items()}
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
        with subprocess.Popen(
            [program, "-c", typed],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            told = line_with(process, "listening on ")
            os.killpg(process.pid, signal.SIGTERM)
            out, _ = process.communicate(timeout=60)
    assert told.startswith("listening on grpc://127.0.0.1:")
    assert out.count("one call      ok") == 2


def test_the_queries_shown_are_those_of_the_demo() -> None:
    shown = [block.strip() for block in blocks(README, "sql")]
    assert shown == [OPEN_ORDERS.sql, TOP_SKUS.sql], "run python -m tests.cli.readme"


def test_every_command_that_the_readme_names_exists() -> None:
    named = re.findall(r"spapi-flight ([\w-]+)", README.read_text("utf-8") + CONFIGURATION.read_text("utf-8"))
    assert set(named) <= set(COMMANDS)


def test_every_page_that_is_linked_exists() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README.read_text("utf-8"))
    assert [link for link in links if not (README.parent / link).is_file()] == []


def test_no_document_shows_a_secret_as_an_argument() -> None:
    pages = [README, *(README.parent / "docs").rglob("*.md"), README.parent / "CONTRIBUTING.md"]
    assert not [page for page in pages if re.search(r"--(client-secret|refresh-token) ", page.read_text("utf-8"))]
