"""A whole server: what it was asked to keep, what system.reports tells, and to whom."""

import json
import threading
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import adbc_driver_flightsql.dbapi as flightsql
import pytest
from click.testing import CliRunner

from flight_server.activity import QueryActivity
from flight_server.cli.assembly import ServerOptions, open_rooms
from flight_server.cli.commands import serve as serve_module
from flight_server.connection.settings import Settings, parse
from flight_server.protocol import FlightSqlServer
from tests.client.broken_server import BrokenServer
from tests.jobs.conftest import returns, sales
from tests.jobs.kiosk_amazon import KioskAmazon
from tests.jobs.reporting_amazon import ReportingAmazon
from tests.server_fixtures import CREDENTIALS, HEADER


def rows(location: str, sql: str, parameters: dict[str, str]) -> list[dict[str, Any]]:
    headers = {HEADER + name: value for name, value in parameters.items()}
    with flightsql.connect(location, db_kwargs=headers, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        found: list[dict[str, Any]] = cursor.fetch_arrow_table().to_pylist()
        return found


@pytest.mark.parametrize("is_kept", [True, False])
def test_system_reports_tells_an_account_what_it_asked_for(server: BrokenServer, tmp_path: Path, is_kept: bool) -> None:
    amazon = ReportingAmazon(server, lambda: datetime.now(UTC))
    hosts = (server.url.removeprefix("http://"),)
    options = ServerOptions(allowed_hosts=hosts, environment={}, data=tmp_path / "data" if is_kept else None)
    parameters = {**CREDENTIALS, "TokenUrl": f"{server.url}/auth/o2/token", "Endpoint": server.url}
    settings: Settings = parse(parameters, frozenset(hosts))
    for _ in range(2):
        with open_rooms(options) as rooms:
            query = QueryActivity("SELECT 1", "test")
            ((_, (finished,)),) = rooms.jobs.reports([returns()], settings, query)
            rooms.jobs.note_read(finished, settings, rows=1, bytes_=16)
            flight = FlightSqlServer("127.0.0.1", 0, rooms.queries, rooms.catalog, rooms.sessions, None)
            flight.start()
            try:
                sql = "SELECT * FROM system.reports"
                (told,) = rows(flight.location, sql, parameters)
                assert rows(flight.location, sql, {**parameters, "RefreshToken": "Atzr|another"}) == []
            finally:
                flight.shutdown(0)
        assert (told["report_type"], told["status"], told["rows"], told["bytes"]) == ("GET_RETURNS", "done", 1, 16)
        assert json.loads(told["window"])["data_start_time"] == "2025-12-01T00:00:00+00:00"
        assert told["account"].startswith(CREDENTIALS["ClientId"])
        assert told["query"] is None
    assert amazon.creations == 1, "the second server found the report, in its store or in Amazon's list"


def test_the_command_line_takes_a_directory_and_a_size(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    taken: list[ServerOptions] = []

    def running(options: ServerOptions) -> None:
        taken.append(options)
        raise SystemExit(0)

    monkeypatch.setattr(serve_module, "running_server", running)
    runner = CliRunner()
    environment = {"SPAPI_FLIGHT_DATA": str(tmp_path), "SPAPI_FLIGHT_DOCUMENTS_LIMIT": "7MB"}
    runner.invoke(serve_module.serve, ["--port", "0"], env=environment)
    runner.invoke(serve_module.serve, ["--port", "0"])
    assert [(options.data, options.documents_limit) for options in taken] == [(tmp_path, 7_000_000), (None, 5 * 10**9)]
    assert "500MB" in runner.invoke(serve_module.serve, ["--documents-limit", "much"]).output


def test_system_reports_tells_the_text_of_a_data_kiosk_query(server: BrokenServer) -> None:
    KioskAmazon(server, lambda: datetime.now(UTC))
    hosts = (server.url.removeprefix("http://"),)
    parameters = {**CREDENTIALS, "TokenUrl": f"{server.url}/auth/o2/token", "Endpoint": server.url}
    with open_rooms(ServerOptions(allowed_hosts=hosts, environment={})) as rooms:
        list(rooms.jobs.reports([sales()], parse(parameters, frozenset(hosts)), QueryActivity("SELECT 1", "test")))
        flight = FlightSqlServer("127.0.0.1", 0, rooms.queries, rooms.catalog, rooms.sessions, None)
        flight.start()
        try:
            (told,) = rows(flight.location, "SELECT report_type, status, query FROM system.reports", parameters)
        finally:
            flight.shutdown(0)
    assert told == {"report_type": "analytics.sales", "status": "done", "query": sales().query}


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_server_without_a_directory_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_kept: bool) -> None:
    stopped = threading.Event()
    stopped.set()
    monkeypatch.setattr(serve_module, "wait_for_stop", lambda: nullcontext(stopped))
    options = ["--data", str(tmp_path)] if is_kept else []
    said = CliRunner().invoke(serve_module.serve, ["--port", "0", *options]).output
    assert "listening on grpc" in said
    assert ("kept in memory and forgotten at the end" in said) == (not is_kept)


def test_personal_data_is_written_only_where_the_connection_says_so() -> None:
    assert not parse({}).mirror_restricted
    assert parse({"MirrorRestricted": "True"}) == replace(Settings(), mirror_restricted=True)
