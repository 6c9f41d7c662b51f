"""What a running server tells whoever watches it: probes and OpenMetrics."""

import re
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from flight_server.cli.assembly import ServerOptions, running_server
from flight_server.cli.connection import connected, rows_of
from flight_server.simulator import SimulatorOptions
from tests.cli.running import CommandLine, line_with, simulator_environment, started
from tests.server_fixtures import Stack, running_stack

PAGE = Path(__file__).parents[2] / "docs/operations.md"
WAIT_SECONDS = 60


def told(port: int, path: str) -> tuple[int, str, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read().decode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name.removeprefix("spapi_flight_"), tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)  # type: ignore[no-untyped-call]
        for sample in family.samples
    }


@pytest.fixture(scope="module")
def shop() -> Iterator[Stack]:
    """With the time of day, as the server has that these tests start."""
    with running_stack(SimulatorOptions(port=0, orders=30, limits=False, report_seconds=0)) as running:
        yield running


def test_probes_and_metrics_tell_what_the_server_does(shop: Stack) -> None:
    port = free_port()
    with started("serve", "--port", "0", "--health-port", str(port), environment=simulator_environment(shop)) as server:
        location = line_with(server, "listening on ").strip().removeprefix("listening on ")
        assert told(port, "/healthz")[0] == 200
        assert told(port, "/readyz")[::2] == (200, "ready\n")
        assert told(port, "/other")[0] == 404
        with connected(location, {}) as connection:
            assert rows_of(connection, "SELECT count(*) AS n FROM sellers.account") == [{"n": 1}]
            rows_of(connection, "SELECT count(*) AS n FROM report.merchant_listings_all_data")
            (query,) = rows_of(connection, "SELECT count(*) AS n FROM system.queries WHERE state = 'finished'")
        status, kind, text = told(port, "/metrics")
        assert (status, kind.partition(";")[0]) == (200, "application/openmetrics-text")
        counted = samples(text)
        assert counted["queries_total", (("state", "finished"),)] == query["n"] + 1
        assert counted["calls_total", (("operation", "getAccount"), ("status", "200"))] == 1
        assert counted["jobs", (("kind", "report"), ("state", "done"))] >= 1
        assert counted["cache_hits_total", (("what", "documents"),)] == 0
        assert any(name == "quota_available" and value > 0 for (name, _), value in counted.items())
        assert any(name == "quota_wait_seconds_total" for name, _ in counted)
        assert "demo-secret" not in text
        assert "Atz" not in text
        documented = set(re.findall(r"`spapi_flight_(\w+)`", PAGE.read_text("utf-8")))
        assert {name for name, _ in counted} <= documented
        server.send_signal(signal.SIGTERM)
        assert server.wait(WAIT_SECONDS) == 0


def test_a_port_that_is_taken_is_told(cli: CommandLine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        outcome = cli("serve", "--port", "0", "--health-port", str(taken.getsockname()[1]))
    assert outcome.code == 1
    assert re.match(r"spapi-flight: --health-port \d+: cannot listen there", outcome.err)


@pytest.mark.parametrize("is_closed", [False, True])
def test_a_server_that_stops_takes_no_queries(is_closed: bool) -> None:
    port = free_port()
    with running_server(ServerOptions(environment={}, health_port=port)) as server:
        if is_closed:
            server.shutdown(0)
        assert told(port, "/readyz")[0] == (503 if is_closed else 200)
        assert told(port, "/healthz")[0] == 200
