"""The log of `serve`: an event a line, ids that lead to `system.queries`, and no secret at any level."""

import io
import json
import logging
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import adbc_driver_flightsql.dbapi as flightsql
import adbc_driver_manager
import pytest

from flight_server.cli import logs
from flight_server.cli.logs import logging_to, say
from flight_server.connection.profiles import hashed_secret
from flight_server.events import note
from flight_server.simulator import SimulatorOptions
from tests.cli.running import line_with, simulator_environment, started
from tests.server_fixtures import CREDENTIALS, HEADER, Stack, running_stack

WAIT_SECONDS = 60
OPENED_BY = "geheim-im-kopf"
WRONG = "falsches-geheimnis"
SECRETS = re.compile(
    rf"demo-secret|Atz\w*[|%]|{OPENED_BY}|{WRONG}|session\.[\w-]{{20}}|X-Amz-|Signature|Bearer|Basic |scrypt",
    re.IGNORECASE,
)


@dataclass
class Told:
    """What a run left behind."""

    lines: list[str]
    queries: list[dict[str, Any]]  # system.queries at the end
    failed_ids: list[str]  # of queries that failed, as the client was told them


@contextmanager
def served(stack: Stack, folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    path = folder / "server.toml"
    lines = [f"{name} = {json.dumps(value)}" for name, value in {**CREDENTIALS, **stack.addresses()}.items()]
    shop = [f'[profiles.shop]\nSecret = "{hashed_secret(OPENED_BY)}"\nadmin = true', *lines]
    path.write_text("\n".join([*shop, "[views.one]\nsql = 'SELECT 1 AS one'"]), encoding="utf-8")
    environment = {"SPAPI_FLIGHT_ALLOW_HOSTS": simulator_environment(stack)["SPAPI_FLIGHT_ALLOW_HOSTS"]}
    arguments = ("serve", "--config", str(path), "--port", "0", *options)
    with started(*arguments, environment=environment) as server:
        yield server, re.sub(r".*(grpc://[\w.:]+).*\n", r"\1", line_with(server, "listening on "))


def connected(location: str, **given: str) -> Any:
    return flightsql.connect(location, db_kwargs=given, autocommit=True)


def asked(connection: Any, sql: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows: list[dict[str, Any]] = cursor.fetch_arrow_table().to_pylist()
        return rows


def refused(connection: Any, sql: str) -> Mapping[bytes, bytes]:
    with pytest.raises(adbc_driver_manager.Error) as raised:
        asked(connection, sql)
    return dict(raised.value.details or ())


def a_day_at_work(location: str, stack: Stack) -> tuple[list[dict[str, Any]], list[str]]:
    """Queries, errors, reports, restricted data, sign-ins; what there is to know of them in the end."""
    with connected(location, username="shop", password=OPENED_BY) as shop:
        assert asked(shop, "SELECT * FROM views.one") == [{"one": 1}]
        asked(shop, "SELECT buyer_info_buyer_name, amazon_order_id FROM orders.orders LIMIT 1")
        assert asked(shop, "SELECT count(*) AS n FROM report.merchant_listings_all_data")[0]["n"] > 0
        asked(shop, "SELECT 'two\nlines', '\x1b[31m', '\u2028' FROM sellers.account")
        refused(shop, "SELECT nosuch FROM orders.orders")
        refused(shop, "SELEC 'Atzr|in-the-sql'")
        failed = [refused(shop, "SELECT CAST('x' || amazon_order_id AS INT) FROM orders.orders")]
        as_shop = {HEADER + name: value for name, value in {**CREDENTIALS, **stack.addresses()}.items()}
        with connected(location, **as_shop | {HEADER + "ClientSecret": WRONG}) as other:
            failed.append(refused(other, "SELECT count(*) FROM sellers.account"))
        with connected(location, **as_shop | {HEADER + "Region": OPENED_BY}) as other:
            refused(other, "SELECT 1")
        with connected(location, **as_shop | {HEADER + "ClientSecert": WRONG}) as other:
            refused(other, "SELECT 1")
        with pytest.raises(adbc_driver_manager.Error), connected(location, username="shop", password=WRONG) as other:
            asked(other, "SELECT 1")
        queries = asked(shop, "SELECT query_id, state, error, sql FROM system.queries")
    return queries, [details[b"x-spapi-query-id"].decode() for details in failed]


def told(stack: Stack, folder: Path, *options: str) -> Told:
    with served(stack, folder, *options) as (server, location):
        queries, failed_ids = a_day_at_work(location, stack)
        server.send_signal(signal.SIGTERM)
        _, err = server.communicate(timeout=WAIT_SECONDS)
        assert server.returncode == 0
    return Told(err.splitlines(), queries, failed_ids)


@pytest.fixture(scope="module")
def shop() -> Iterator[Stack]:
    """With the time of day, as the server has that these tests start."""
    with running_stack(SimulatorOptions(port=0, orders=30, limits=False, report_seconds=0)) as running:
        yield running


@pytest.fixture(scope="module")
def finest(shop: Stack, tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("log")
    return told(shop, folder, "--log-format", "json", "--log-level", "debug", "--data", str(folder / "data"))


def test_no_secret_is_in_the_log_at_the_finest_level(finest: Told) -> None:
    assert len(finest.lines) > 40
    assert [line for line in finest.lines if SECRETS.search(line)] == []


def test_every_line_is_one_event(finest: Told) -> None:
    events = [json.loads(line) for line in finest.lines]
    assert all({"time", "level", "event"} <= event.keys() for event in events)
    wanted = {"signed in", "sign-in refused", "query began", "query finished", "query failed", "call of Amazon"}
    assert wanted | {"call refused", "report done"} <= {event["event"] for event in events}
    assert {event["level"] for event in events} <= {"debug", "info", "warning"}


def test_query_ids_are_those_of_the_system_tables_and_of_what_the_client_was_told(finest: Told) -> None:
    events = [json.loads(line) for line in finest.lines]
    ended = {event["query_id"]: event for event in events if event["event"].startswith(("query f", "query cancelled"))}
    known = {query["query_id"]: query for query in finest.queries}
    assert known.keys() <= ended.keys()
    assert len(finest.failed_ids) == 2
    for query_id in finest.failed_ids:
        assert known[query_id]["state"] == "failed"
        assert ended[query_id]["error"] == known[query_id]["error"] != ""
    calls = [event for event in events if event["event"] == "call of Amazon"]
    assert {call["query_id"] for call in calls} <= ended.keys()
    assert {"getOrders", "createReport", "createRestrictedDataToken"} <= {call["operation_id"] for call in calls}


def test_text_is_a_line_an_event_and_tells_no_secret_either(shop: Stack, tmp_path: Path) -> None:
    lines = told(shop, tmp_path, "--log-level", "debug").lines
    assert "stopping; running queries may finish" in lines
    events = [line for line in lines if line[:4].isdigit()]
    assert all(re.match(r"\S+Z (DEBUG|INFO|WARNING) \w", line) for line in events)
    assert len(events) > len(lines) - 5
    assert [line for line in lines if SECRETS.search(line)] == []
    assert any(r"two\\x0alines" in line for line in events)


@pytest.mark.parametrize(
    ("level", "events"), [("info", {"query finished", "signed in"}), ("warning", set()), ("error", set())]
)
def test_levels_leave_out_what_is_less(shop: Stack, tmp_path: Path, level: str, events: set[str]) -> None:
    with served(shop, tmp_path, "--log-format", "json", "--log-level", level) as (server, location):
        with connected(location, username="shop", password=OPENED_BY) as connection:
            asked(connection, "SELECT 1")
        server.send_signal(signal.SIGTERM)
        _, err = server.communicate(timeout=WAIT_SECONDS)
    told_of = {json.loads(line)["event"] for line in err.splitlines()}
    assert {event for event in told_of if event.startswith(("query", "sign"))} == events
    assert "stopping; running queries may finish" in told_of


class Unread(io.StringIO):
    """A pipe that is full."""

    def write(self, text: str) -> int:
        time.sleep(3600)
        return 0


def test_a_log_that_nobody_reads_holds_up_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_SECONDS_TO_WRITE", 0.1)
    began = time.monotonic()
    with logging_to(Unread(), "text", "info"):
        for number in range(logs.MOST_WAITING + 100):
            note(logging.INFO, "an event", number=number)
    assert time.monotonic() - began < 10


def test_what_found_no_room_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(io.StringIO):
        def write(self, text: str) -> int:
            time.sleep(0.01)
            return super().write(text)

    monkeypatch.setattr(logs, "MOST_WAITING", 5)
    stream = Slow()
    with logging_to(stream, "json", "info"):
        for number in range(50):
            note(logging.INFO, "an event", number=number)
        time.sleep(0.3)
        say("the end")
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    lost = sum(event["count"] for event in events if event["event"].startswith("events lost"))
    assert lost > 0
    assert lost + sum(event["event"] == "an event" for event in events) == 50


def test_a_fault_is_told_on_one_line_with_its_traceback_and_without_tokens() -> None:
    stream = io.StringIO()
    with logging_to(stream, "text", "info"):
        try:
            raise ValueError("of Atza|IwEBIJ\nand more")
        except ValueError:
            logging.getLogger("some.library").exception("it broke\nbadly")
    (line,) = stream.getvalue().splitlines()
    assert "ERROR it broke\\x0abadly" in line
    assert "ValueError: of ***" in line
    assert "IwEBIJ" not in line
