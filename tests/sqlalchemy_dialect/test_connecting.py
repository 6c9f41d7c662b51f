"""A URL: profile and secret, every connection parameter, TLS, a server that comes back."""

import datetime as dt
import shutil
import subprocess
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import create_engine, exc, text
from sqlalchemy.engine import URL, Engine, make_url

from flight_server.cli.assembly import ServerOptions, running_server
from flight_server.connection.settings import connection_parameters
from flight_server.protocol import FlightSqlServer, Tls
from flight_server.sqlalchemy_dialect.address import Place, opening
from tests.server_fixtures import CREDENTIALS, Stack
from tests.sqlalchemy_dialect.conftest import EngineMaker


def value(engine: Engine, sql: str) -> Any:
    with engine.connect() as connection:
        return connection.execute(text(sql)).scalar()


def test_every_connection_parameter_is_an_argument_of_the_url(stack: Stack) -> None:
    given = {row.name: row.default for row in connection_parameters() if row.default and not row.is_secret}
    given |= {"QueryTimeout": "77", "Marketplaces": "DE,FR", "Region": "EU", "Timestamps": "plain"}
    given = {name: text for name, text in given.items() if name not in ("Profile", "ReportEncoding", "Endpoint")}
    given |= CREDENTIALS | stack.addresses()
    address = make_url(stack.server.location)
    url = URL.create("spapi", host=address.host, port=address.port, query=given)
    engine = create_engine(url.render_as_string(hide_password=False))
    with engine.connect() as connection:
        told: dict[str, str] = dict(
            connection.execute(text("SELECT name, value FROM system.connection_parameters")).all()
        )
    assert (told["QueryTimeout"], told["Timestamps"], told["Region"]) == ("77", "plain", "EU")
    assert told["ClientId"] == CREDENTIALS["ClientId"]
    assert value(engine, "SELECT count(*) > 0 FROM sellers.account")
    engine.dispose()


@pytest.mark.parametrize(
    ("name", "words"),
    [("Regoin", "did you mean Region"), ("useEncryption", "no connection parameter useEncryption")],
)
def test_an_argument_that_is_no_parameter_is_told(engine_with: EngineMaker, name: str, words: str) -> None:
    with pytest.raises((exc.DBAPIError, exc.ArgumentError), match=words):
        engine_with(**{name: "EU"}).connect()


def test_a_bad_value_is_told_with_those_allowed(engine_with: EngineMaker) -> None:
    with pytest.raises(exc.ProgrammingError, match="Region must be one of NA, EU, FE"):
        engine_with(Region="XX").connect()


def test_a_header_cannot_be_smuggled() -> None:
    with pytest.raises(exc.ArgumentError, match="cannot be the name"):
        opening(Place("grpc://localhost:1", "", "", ""), {"a\r\nb": "x"})


def test_a_value_that_no_header_can_hold_is_an_option_of_the_session() -> None:
    options = opening(Place("grpc://localhost:1", "", "", ""), {"ClientId": "ümlaut"})
    assert (options.database, list(options.connection.values())) == ({}, ["ümlaut"])


def test_the_driver_s_own_options_are_passed_on(engine_with: EngineMaker) -> None:
    engine = engine_with(**{"adbc.flight.sql.rpc.timeout_seconds.query": "30"})
    assert value(engine, "SELECT 1") == 1
    with pytest.raises(exc.DBAPIError, match=r"adbc\.none"):
        engine_with(**{"adbc.none": "1"}).connect()
    with pytest.raises(exc.ArgumentError, match="tls_ca names a file that cannot be read: /none: No such file"):
        engine_with(tls_ca="/none").connect()


def test_times_are_the_query_s_not_the_driver_s(engine_with: EngineMaker) -> None:
    told = value(engine_with(Timestamps="plain"), "SELECT TIMESTAMPTZ '2026-06-01 12:00:00+02'")
    assert told == dt.datetime.fromisoformat("2026-06-01 10:00")


@pytest.fixture(scope="module")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("profiles") / "profiles.toml"
    path.write_text(f'[profiles."shop de"]\nSecret = {SECRET!r}\nRegion = "EU"\nMaxCalls = 7\n', "utf-8")
    return path


SECRET = "p@ss:w/or?d#%&=+ ü"
"""Each of these means something in a URL."""


def served(**options: Any) -> AbstractContextManager[FlightSqlServer]:
    return running_server(ServerOptions(environment={}, **options))


def test_profile_and_secret_are_user_and_password_of_the_url(profiles: Path) -> None:
    with served(config=profiles) as server:
        address = make_url(server.location)
        url = URL.create("spapi", "shop de", SECRET, address.host, address.port)
        written = f"spapi://shop%20de:{quote(SECRET, safe='')}@{address.host}:{address.port}/"
        assert make_url(written) == url.set(database="")
        sql = "SELECT string_agg(value, ' ') FROM system.connection_parameters WHERE name IN ('Region', 'MaxCalls')"
        for engine in (create_engine(url), create_engine(written)):
            assert value(engine, sql) in ("EU 7", "7 EU")
            assert SECRET not in repr(engine)
            assert quote(SECRET, safe="") not in repr(engine.url)
            engine.dispose()
        with pytest.raises(exc.DBAPIError, match="UNAUTHENTICATED") as refused:
            create_engine(url.set(password="wrong")).connect()
        assert SECRET not in str(refused.value)


def test_a_connection_whose_server_came_back_is_opened_again(profiles: Path) -> None:
    with served(config=profiles) as server:
        address = make_url(server.location)
        url = URL.create("spapi", "shop de", SECRET, address.host, address.port)
        pinged, plain = create_engine(url, pool_pre_ping=True), create_engine(url)
        assert value(pinged, "SELECT 1") == value(plain, "SELECT 1") == 1
    with served(config=profiles, port=address.port):
        assert value(pinged, "SELECT 1") == 1
        with plain.connect() as connection, pytest.raises(exc.DBAPIError) as gone:
            connection.execute(text("SELECT 1"))
        assert gone.value.connection_invalidated
        assert value(plain, "SELECT 1") == 1
    pinged.dispose()
    plain.dispose()


def certificate_of(folder: Path) -> tuple[Path, Path]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the test certificate, is not installed")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    request += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(request, check=True, capture_output=True, timeout=60)
    return certificate, key


def test_tls_is_the_url_s_scheme(tmp_path: Path) -> None:
    certificate, key = certificate_of(tmp_path)
    with served(tls=Tls(certificate.read_bytes(), key.read_bytes())) as server:
        port = make_url(server.location).port
        engine = create_engine(f"spapi+tls://localhost:{port}/?tls_ca={certificate}")
        assert value(engine, "SELECT 1") == 1
        engine.dispose()
        with pytest.raises(exc.OperationalError, match="certificate"):
            create_engine(f"spapi+tls://localhost:{port}/").connect()
