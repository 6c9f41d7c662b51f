"""What one account does is no business of another: each connection is shown its own, an operator all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import adbc_driver_flightsql.dbapi as flightsql
import pytest

from flight_server.cli.assembly import ServerOptions, running_server
from flight_server.connection.profiles import read_profiles
from flight_server.errors import SettingError
from flight_server.protocol import FlightSqlServer
from tests.server_fixtures import CREDENTIALS, HEADER, Stack

CONFIG = """
[profiles.operator]
Secret = "all-seeing"
admin = true

[profiles.shop]
Secret = "s"
ClientId = "{ClientId}"
ClientSecret = "{ClientSecret}"
RefreshToken = "{RefreshToken}"
"""

SECRET_SQL = "SELECT amazon_order_id, 'only ours' AS mark FROM orders.orders WHERE purchase_date >= '2026-06-14'"


@pytest.fixture(scope="module")
def server(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlightSqlServer]:
    config = tmp_path_factory.mktemp("config") / "server.toml"
    config.write_text(CONFIG.format(**CREDENTIALS))
    allowed = (stack.simulator.url.removeprefix("http://"),)
    with running_server(ServerOptions(allowed_hosts=allowed, config=config, environment={})) as running:
        with connected(running, stack, username="shop", password="s") as connection:
            assert rows(connection, SECRET_SQL)
        yield running


@contextmanager
def connected(
    server: FlightSqlServer, stack: Stack, *, username: str = "", password: str = "", **parameters: str
) -> Any:
    headers = {HEADER + name: value for name, value in {**stack.addresses(), **parameters}.items()}
    signed_in = {"username": username, "password": password} if username else {}
    with flightsql.connect(server.location, db_kwargs=headers | signed_in, autocommit=True) as connection:
        yield connection


def rows(connection: Any, sql: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        found: list[dict[str, Any]] = cursor.fetch_arrow_table().to_pylist()
        return found


SEEN = {
    "queries": "SELECT count(*) AS n FROM system.queries WHERE sql LIKE '%only ours%' AND sql NOT LIKE '%system%'",
    "api_calls": "SELECT count(*) AS n FROM system.api_calls WHERE operation_id = 'getOrders'",
    "rate_limits": "SELECT count(*) AS n FROM system.rate_limits WHERE operation_id = 'getOrders'",
}

STRANGERS: dict[str, dict[str, str]] = {
    "without credentials": {},
    "with made-up ones": {"ClientId": "x", "ClientSecret": "y", "RefreshToken": "z"},
    "who knows the client id": {"ClientId": CREDENTIALS["ClientId"]},
    "with another refresh token": {**CREDENTIALS, "RefreshToken": "Atzr|other"},
}


@pytest.mark.parametrize("table", SEEN)
@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_stranger_sees_nothing(server: FlightSqlServer, stack: Stack, table: str, stranger: str) -> None:
    with connected(server, stack, **STRANGERS[stranger]) as connection:
        assert rows(connection, SEEN[table]) == [{"n": 0}]


@pytest.mark.parametrize("table", SEEN)
def test_the_account_sees_its_own(server: FlightSqlServer, stack: Stack, table: str) -> None:
    with connected(server, stack, **CREDENTIALS) as connection:
        assert rows(connection, SEEN[table])[0]["n"] > 0


@pytest.mark.parametrize("table", SEEN)
def test_an_operator_sees_all(server: FlightSqlServer, stack: Stack, table: str) -> None:
    with connected(server, stack, username="operator", password="all-seeing") as connection:
        assert rows(connection, SEEN[table])[0]["n"] > 0


def test_naming_the_operator_s_profile_is_not_signing_in_with_it(server: FlightSqlServer, stack: Stack) -> None:
    with connected(server, stack, Profile="operator") as connection, pytest.raises(Exception, match="has a secret"):
        rows(connection, SEEN["queries"])


def test_an_operator_needs_a_secret(tmp_path: Path) -> None:
    path = tmp_path / "server.toml"
    path.write_text("[profiles.operator]\nadmin = true\n")
    with pytest.raises(SettingError, match="needs a Secret"):
        read_profiles(path)


def test_admin_is_true_or_false(tmp_path: Path) -> None:
    path = tmp_path / "server.toml"
    path.write_text('[profiles.operator]\nSecret = "x"\nadmin = "perhaps"\n')
    with pytest.raises(SettingError, match=r"profiles\.operator: admin must be"):
        read_profiles(path)
