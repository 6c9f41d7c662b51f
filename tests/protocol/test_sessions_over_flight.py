"""Sessions as clients meet them: Handshake, bearer, cookie, options, TLS."""

import base64
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import flight

import catalog
from flight_server.connection.profiles import Profile
from flight_server.connection.session import Sessions
from flight_server.connection.settings import Secret
from flight_server.protocol import FlightSqlServer, ServerNotStarted, Tls, read_tls
from flight_server.protocol.commands import MESSAGES, decode
from tests.protocol.conftest import Connect
from tests.protocol.fake_service import FakeQueries
from tests.protocol.raw_client import RawClient

OPTION = "adbc.flight.sql.session.option."
INVALID_NAME, INVALID_VALUE = 1, 2


@pytest.fixture
def profiled_server(queries: FakeQueries) -> Iterator[FlightSqlServer]:
    profiles = {"shop": Profile("shop", {"ClientId": "of the shop"}, Secret("geheim"))}
    started = FlightSqlServer("127.0.0.1", 0, queries, catalog.load(), Sessions({}, profiles))
    started.start()
    yield started
    assert started.shutdown(0)


def handshake(location: str, authorization: str) -> str:
    """Shake hands the way a driver does that has its own authorization header; give the answer's bearer."""
    received: dict[str, list[str]] = {}

    class Noted(flight.ClientMiddleware):  # type: ignore[misc]
        def received_headers(self, headers: dict[str, list[str]]) -> None:
            received.update(headers)

    class Factory(flight.ClientMiddlewareFactory):  # type: ignore[misc]
        def start_call(self, info: Any) -> Any:
            return Noted()

    class Silent(flight.ClientAuthHandler):  # type: ignore[misc]
        def authenticate(self, outgoing: Any, incoming: Any) -> None:
            """Send nothing, like a driver with user and password."""

        def get_token(self) -> bytes:
            return b""

    with flight.connect(location, middleware=[Factory()]) as connected:
        headers = [(b"authorization", authorization.encode())] if authorization else []
        connected.authenticate(Silent(), flight.FlightCallOptions(headers=headers, timeout=30))
    return received["authorization"][0]


def basic(text: bytes, is_padded: bool = True) -> str:
    encoded = base64.b64encode(text).decode()
    return "Basic " + (encoded if is_padded else encoded.rstrip("="))


@pytest.mark.parametrize("text", [b"me:pw", b"me:", b":", "ü:päß:wörd".encode()])
@pytest.mark.parametrize("is_padded", [True, False])
def test_every_basic_handshake_is_answered_with_a_bearer(server: FlightSqlServer, text: bytes, is_padded: bool) -> None:
    assert handshake(server.location, basic(text, is_padded)).startswith("Bearer session.")


def test_a_bearer_handshake_is_answered_with_a_bearer(server: FlightSqlServer) -> None:
    assert handshake(server.location, "Bearer whatever").startswith("Bearer session.")


def test_each_handshake_gives_another_bearer(server: FlightSqlServer) -> None:
    assert len({handshake(server.location, basic(b"me:pw")) for _ in range(5)}) == 5


@pytest.mark.parametrize("authorization", ["", "Basic not base64!", basic(b"\xff:x"), "Digest x"])
def test_a_handshake_without_usable_authorization_is_refused_at_once(
    server: FlightSqlServer, authorization: str
) -> None:
    with pytest.raises(flight.FlightUnauthenticatedError) as raised:
        handshake(server.location, authorization)
    assert "Traceback" not in str(raised.value)


def test_a_profile_opens_by_its_secret_only(profiled_server: FlightSqlServer, queries: FakeQueries) -> None:
    with flight.connect(profiled_server.location) as connected:
        with pytest.raises(flight.FlightUnauthenticatedError, match="profile"):
            connected.authenticate_basic_token("shop", "wrong")
        _, token = connected.authenticate_basic_token("shop", "geheim")
        RawClient(connected, {"authorization": token.decode()}).ask("CommandStatementQuery", query="SELECT 1")
    assert queries.callers[0].settings.client_id == "of the shop"


def test_a_bearer_that_was_never_given_is_unauthenticated(client: RawClient) -> None:
    stranger = RawClient(client.connection, {"authorization": "Bearer session.unknown"})
    with pytest.raises(flight.FlightUnauthenticatedError, match="connect again"):
        stranger.info("CommandStatementQuery", query="SELECT 1")


def test_a_users_own_token_and_an_empty_one_are_let_through(client: RawClient) -> None:
    headers = {"authorization": "Bearer tok", "auth-token-bin": "", "clientid": "abc"}
    assert RawClient(client.connection, headers).ask("CommandStatementQuery", query="SELECT 1").num_rows == 1


def test_users_with_tokens_of_their_own_keep_apart_on_a_shared_connection(client: RawClient) -> None:
    one, other = (RawClient(client.connection, {"authorization": f"Bearer {token}"}) for token in ("one", "other"))
    cookie = {"cookie": f"flight_session={'0' * 32}"}
    one.set_options(Region={"string_value": "EU"})
    assert one.get_options()["Region"] == "EU"
    for stranger in (other, client, RawClient(client.connection, {**other.headers, **cookie})):
        assert "Region" not in stranger.get_options()


def test_a_token_alone_opens_no_session_from_elsewhere(server: FlightSqlServer, client: RawClient) -> None:
    headers = {"authorization": "Bearer one"}
    RawClient(client.connection, headers).set_options(RefreshToken={"string_value": "geheim"})
    with flight.connect(server.location, generic_options=[("grpc.use_local_subchannel_pool", 1)]) as elsewhere:
        assert "RefreshToken" not in RawClient(elsewhere, headers).get_options()


def test_a_users_own_token_is_not_shown_as_the_session(client: RawClient, queries: FakeQueries) -> None:
    stranger = RawClient(client.connection, {"authorization": "Bearer geheim"})
    stranger.ask("CommandStatementQuery", query="SELECT 1")
    assert "geheim" not in queries.callers[0].session_id


def test_adbc_session_options_reach_the_settings(connect: Connect, queries: FakeQueries) -> None:
    options = {f"{OPTION}ClientId": "über|=+", f"{OPTION}Sandbox": "true"}
    connection = connect({"RetryCountMax": "2"}, conn_kwargs=options)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchall()
    settings = queries.callers[0].settings
    assert (settings.client_id, settings.sandbox, settings.retry.count_max) == ("über|=+", True, 2)
    assert connection.adbc_connection.get_option(f"{OPTION}ClientId") == "über|=+"


def test_adbc_sees_and_sets_the_current_catalog_and_schema(connect: Connect, queries: FakeQueries) -> None:
    connection = connect(db_kwargs={"username": "me", "password": "pw"})
    assert (connection.adbc_current_catalog, connection.adbc_current_db_schema) == ("spapi", "")
    connection.adbc_current_catalog = "spapi"
    connection.adbc_current_db_schema = "orders"
    assert (connection.adbc_current_catalog, connection.adbc_current_db_schema) == ("spapi", "orders")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchall()
    assert queries.callers[0].settings.db_schema == "orders"


def test_bad_options_are_told_by_name_and_good_ones_kept(client: RawClient) -> None:
    assert client.set_options(
        ClintId={"string_value": "x"},
        nonsense={"bool_value": True},
        Region={"string_value": "US"},
        catalog={"string_value": "main"},
        schema={"string_value": "nope"},
        RetryCountMax={"int64_value": 7},
        QueryTimeout={"double_value": 1.5},
        RetryStatusCodeList={"string_list_value": {"values": ["429", "503"]}},
        RefreshToken={"string_value": "geheim"},
    ) == {
        "ClintId": INVALID_NAME,
        "nonsense": INVALID_NAME,
        "Region": INVALID_VALUE,
        "catalog": INVALID_VALUE,
        "schema": INVALID_VALUE,
    }
    options = client.get_options()
    assert options.pop("RetryStatusCodeList").values == ["429", "503"]
    assert options == {
        "catalog": "spapi",
        "schema": "",
        "RetryCountMax": 7,
        "QueryTimeout": 1.5,
        "RefreshToken": "***",
    }
    assert client.set_options(RetryCountMax={}) == {}
    assert "RetryCountMax" not in client.get_options()


def test_reading_the_options_changes_nothing(client: RawClient) -> None:
    assert [client.get_options() for _ in range(2)] == [{"catalog": "spapi", "schema": ""}] * 2


def test_close_session_says_closed(client: RawClient) -> None:
    [body] = client.act("CloseSession")
    assert decode("CloseSessionResult", body) == MESSAGES["CloseSessionResult"](status="CLOSED")


def test_a_client_that_keeps_cookies_keeps_its_session(server: FlightSqlServer) -> None:
    given: list[str] = []

    class Noted(flight.ClientMiddleware):  # type: ignore[misc]
        def received_headers(self, headers: dict[str, list[str]]) -> None:
            given.extend(headers.get("set-cookie", []))

    class Factory(flight.ClientMiddlewareFactory):  # type: ignore[misc]
        def start_call(self, info: Any) -> Any:
            return Noted()

    with flight.connect(server.location, middleware=[Factory()]) as connected:
        RawClient(connected).get_options()
    cookie = given[0].partition(";")[0]
    with flight.connect(server.location) as connected:
        RawClient(connected, {"cookie": f"other=1; {cookie}"}).set_options(Region={"string_value": "EU"})
    with flight.connect(server.location, generic_options=[("grpc.use_local_subchannel_pool", 1)]) as connected:
        assert RawClient(connected, {"cookie": cookie}).get_options()["Region"] == "EU"


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    if which("openssl") is None:
        pytest.skip("openssl, which makes the test certificate, is not installed")
    folder: Path = tmp_path_factory.mktemp("tls")
    request = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout key.pem -out cert.pem"
    subprocess.run(
        [*request.split(), "-addext", "subjectAltName=DNS:localhost"], cwd=folder, check=True, capture_output=True
    )
    return read_tls(folder / "cert.pem", folder / "key.pem")


def test_tls_serves_clients_that_trust_the_certificate(tls: Tls, queries: FakeQueries) -> None:
    server = FlightSqlServer("localhost", 0, queries, catalog.load(), Sessions(), tls=tls)
    server.start()
    assert server.location == f"grpc+tls://localhost:{server.port}"
    with flight.connect(server.location, tls_root_certs=tls.certificate) as connected:
        assert RawClient(connected).ask("CommandStatementQuery", query="SELECT 1").num_rows == 1
    assert server.shutdown(0)


def test_a_client_certificate_is_demanded_where_an_authority_is_given(tls: Tls, queries: FakeQueries) -> None:
    mutual = Tls(tls.certificate, tls.key, client_ca=tls.certificate)
    server = FlightSqlServer("localhost", 0, queries, catalog.load(), Sessions(), tls=mutual)
    server.start()
    with (
        flight.connect(server.location, tls_root_certs=tls.certificate) as connected,
        pytest.raises(pa.ArrowException),
    ):
        RawClient(connected).get_options()
    shown = {"cert_chain": tls.certificate, "private_key": tls.key}
    with flight.connect(server.location, tls_root_certs=tls.certificate, **shown) as connected:
        assert RawClient(connected).get_options()["catalog"] == "spapi"
    assert server.shutdown(0)


def test_a_missing_tls_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ServerNotStarted, match="TLS file cannot be read"):
        read_tls(tmp_path / "none.pem", tmp_path / "none.pem")
