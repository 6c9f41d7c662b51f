import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from flight_server.cli.connection import connected, rows_of
from tests.cli.running import CommandLine, line_with, running_python, simulator_environment, started
from tests.server_fixtures import Stack

READY = "listening on "
WAIT_SECONDS = 60


def test_it_says_where_it_listens_answers_and_ends_with_0_on_sigterm() -> None:
    with started("serve", "--port", "0") as server:
        location = line_with(server, READY).strip().removeprefix(READY)
        assert location.startswith("grpc://127.0.0.1:")
        with connected(location, {}) as connection:
            assert rows_of(connection, "SELECT 42 AS answer") == [{"answer": 42}]
        server.send_signal(signal.SIGTERM)
        assert server.wait(WAIT_SECONDS) == 0


def test_options_and_default_parameters_come_from_the_environment(stack: Stack) -> None:
    environment = {"SPAPI_FLIGHT_PORT": "0", "SPAPI_FLIGHT_HOST": "127.0.0.1", **simulator_environment(stack)}
    with started("serve", environment=environment) as server:
        location = line_with(server, READY).strip().removeprefix(READY)
        with connected(location, {}) as connection:
            assert rows_of(connection, "SELECT count(*) AS n FROM sellers.account") == [{"n": 1}]
            shown = rows_of(connection, "SELECT name, value FROM system.connection_parameters")
        assert {"name": "ClientSecret", "value": "***"} in shown
        server.send_signal(signal.SIGINT)
        assert server.wait(WAIT_SECONDS) == 0


SLOW = "SELECT count(*) AS n FROM range(8000000) WHERE md5(CAST(range AS VARCHAR)) LIKE 'abc%'"
STATE = "SELECT state FROM system.queries WHERE sql LIKE '%md5%' AND sql NOT LIKE '%system%'"

# A process of its own that ends without closing: the driver complains of a server that has gone by then.
CLIENT = """
import os, sys
import adbc_driver_flightsql.dbapi as flightsql
cursor = flightsql.connect(sys.argv[1], autocommit=True).cursor()
cursor.execute(sys.argv[2])
print(cursor.fetchone()[0], flush=True)
os._exit(0)
"""


def test_a_running_query_may_finish() -> None:
    with started("serve", "--port", "0") as server:
        location = line_with(server, READY).strip().removeprefix(READY)
        with running_python(CLIENT, location, SLOW) as client:
            with connected(location, {}) as observer:
                while rows_of(observer, STATE) != [{"state": "running"}]:
                    assert client.poll() is None
            server.send_signal(signal.SIGTERM)
            answer, err = client.communicate(timeout=WAIT_SECONDS)
            assert int(answer) > 0, err
        assert server.wait(WAIT_SECONDS) == 0


STALLED_CLIENT = """
import sys, time
import adbc_driver_flightsql.dbapi as flightsql
cursor = flightsql.connect(sys.argv[1], autocommit=True).cursor()
cursor.execute("SELECT range, repeat('x', 1000) AS filler FROM range(10000000)")
cursor.fetch_record_batch().read_next_batch()
print("stalled", flush=True)
time.sleep(600)
"""


def test_a_client_that_stopped_reading_does_not_hold_it() -> None:
    # The grace is shortened: what is tested is the end, not the patience.
    code = (
        "from flight_server.cli import main; from flight_server.cli.commands import serve; "
        "serve.DRAIN_SECONDS = 0.2; main(['serve', '--port', '0'])"
    )
    with running_python(code) as server:
        location = line_with(server, READY).strip().removeprefix(READY)
        with running_python(STALLED_CLIENT, location) as client:
            assert client.stdout is not None
            assert client.stdout.readline() == "stalled\n"
            server.send_signal(signal.SIGTERM)
            assert server.wait(WAIT_SECONDS) == 0


def test_it_serves_tls(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed, so there is no certificate to serve with")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    request += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(request, check=True, capture_output=True)
    with started("serve", "--port", "0", "--tls-cert", str(cert), "--tls-key", str(key)) as server:
        location = line_with(server, READY).strip().removeprefix(READY)
        assert location.startswith("grpc+tls://")
        with connected(location, {}, tls_ca=cert) as connection:
            assert rows_of(connection, "SELECT 1 AS one") == [{"one": 1}]
        server.send_signal(signal.SIGTERM)
        assert server.wait(WAIT_SECONDS) == 0


def test_a_certificate_without_its_key_is_refused(cli: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("x")
    outcome = cli("serve", "--tls-cert", str(tmp_path / "cert.pem"))
    assert (outcome.code, outcome.err) == (1, "spapi-flight: TLS needs both --tls-cert and --tls-key\n")


def test_a_bad_default_stops_the_start_and_its_value_is_not_shown(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPAPI_FLIGHT_REGION", "Atzr|secret-in-the-wrong-place")
    outcome = cli("serve", "--port", "0")
    assert outcome.code == 1
    assert outcome.err.startswith("spapi-flight: Region must be one of")
    assert "secret" not in outcome.err


def test_a_bad_allowed_host_is_refused(cli: CommandLine) -> None:
    outcome = cli("serve", "--port", "0", "--allow-host", "http://x/y")
    assert outcome.err == "spapi-flight: --allow-host must be HOST or HOST:PORT, such as 127.0.0.1:8099\n"


def test_a_port_that_is_taken_is_told(cli: CommandLine, stack: Stack) -> None:
    outcome = cli("serve", "--port", str(stack.server.port))
    assert outcome.code == 1
    assert "cannot listen" in outcome.err
