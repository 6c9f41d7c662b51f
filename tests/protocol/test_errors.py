"""Every error reaches the client with its status, one plain sentence, and no traceback."""

import inspect
import logging
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import flight

import flight_server.engine
import flight_server.planner
import flight_server.query  # noqa: F401 - so that every error class that exists is defined
from catalog.errors import AmbiguousTable, BadDeclaration, CatalogError, UnknownTable
from flight_server import errors
from flight_server.errors import AmazonDetail, Error
from flight_server.protocol import status
from flight_server.protocol.status import STATUSES, fitting_text, flight_error
from tests.protocol.conftest import Connect
from tests.protocol.fake_service import FakeQueries
from tests.protocol.raw_client import RawClient

DETAIL = AmazonDetail("getOrders", 429, "QuotaExceeded", "You exceeded your quota", "request-1")

EXAMPLES = [
    (errors.QueryError("column nope is not known"), pa.ArrowInvalid),
    (errors.MissingKeyColumn("orders.order_items", ("amazon_order_id",), "WHERE x = 1"), pa.ArrowInvalid),
    (errors.Unsupported("DROP is not accepted"), pa.ArrowInvalid),
    (errors.SettingError("Region", "Region must be one of NA, EU, FE"), pa.ArrowInvalid),
    (errors.SignInError("refused", DETAIL), flight.FlightUnauthenticatedError),
    (errors.AccessDenied("a role is missing", DETAIL), flight.FlightUnauthorizedError),
    (errors.ApiError("Amazon refused", DETAIL), pa.ArrowInvalid),
    (errors.QuotaExhausted("quota exhausted after 5 retries", DETAIL), flight.FlightUnavailableError),
    (errors.ApiUnavailable("no connection", DETAIL), flight.FlightUnavailableError),
    (errors.ServerBusy("too many queries"), flight.FlightUnavailableError),
    (errors.UnexpectedAnswer("no JSON", DETAIL), flight.FlightInternalError),
    (errors.Cancelled(), flight.FlightCancelledError),
    (errors.TimedOut(3), flight.FlightTimedOutError),
    (UnknownTable("ordrs", ["orders.orders"]), pa.ArrowInvalid),
    (AmbiguousTable("items", ["a.items", "b.items"]), pa.ArrowInvalid),
    (BadDeclaration("orders.toml: a fault"), flight.FlightInternalError),
    (CatalogError("there is no such version"), pa.ArrowInvalid),
]


def subclasses(parent: type[Exception]) -> set[type[Exception]]:
    return {parent}.union(*(subclasses(child) for child in parent.__subclasses__()))


def test_every_error_class_of_the_shared_trees_has_a_row() -> None:
    declared = {each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, Error)}
    own = {each for each in subclasses(Error) if each.__module__ == status.__name__}
    assert declared | own | subclasses(CatalogError) <= set(STATUSES)


def test_an_error_class_of_another_room_takes_the_row_of_its_parent() -> None:
    class Special(errors.QueryError):
        """A room's own."""

    assert isinstance(flight_error(Special("x")), pa.ArrowInvalid)


@pytest.mark.parametrize(("error", "expected"), EXAMPLES, ids=[type(error).__name__ for error, _ in EXAMPLES])
def test_each_error_has_its_status_at_every_entrance(
    client: RawClient, queries: FakeQueries, error: Exception, expected: type[Exception]
) -> None:
    queries.prepare_errors["bad"] = queries.run_errors["fails"] = error
    sentence = str(error).split(" ")[0]
    attempts: list[Callable[[], Any]] = [
        lambda: client.prepare("bad"),
        lambda: client.info("CommandStatementQuery", query="bad"),
        lambda: client.ask("CommandStatementQuery", query="fails"),
    ]
    for attempt in attempts:
        with pytest.raises(expected) as raised:
            attempt()
        text = str(raised.value)
        assert text.startswith(sentence)
        assert "Traceback" not in text
        assert ".py" not in text


@pytest.mark.parametrize("error", [error for error, _ in EXAMPLES], ids=lambda error: type(error).__name__)
def test_get_schema_tells_the_sentence_too(client: RawClient, queries: FakeQueries, error: Exception) -> None:
    queries.prepare_errors["bad"] = error
    with pytest.raises(pa.ArrowInvalid) as raised:
        client.schema("CommandStatementQuery", query="bad")
    assert str(raised.value).startswith(str(error))
    assert "Traceback" not in str(raised.value)


def test_adbc_sees_amazons_code_and_request_id(connect: Connect, queries: FakeQueries) -> None:
    queries.run_errors["fails"] = errors.QuotaExhausted("quota exhausted after 5 retries", DETAIL)
    connection = connect()
    with connection.cursor() as cursor, pytest.raises(connection.OperationalError) as raised:
        cursor.execute("fails")
        cursor.fetchall()
    details = dict(raised.value.details)
    assert (details[b"x-spapi-code"], details[b"x-spapi-request-id"]) == (b"QuotaExceeded", b"request-1")
    assert "quota exhausted after 5 retries" in str(raised.value)


def test_trailers_hold_printable_text_only() -> None:
    error = errors.ApiError("x", AmazonDetail(code="a\nbé" + "y" * 500, request_id=""))
    assert status.trailers(error) == {"x-spapi-code": "a?b?" + "y" * 196}


def test_the_unforeseen_is_told_by_an_id_and_logged(
    client: RawClient, queries: FakeQueries, caplog: pytest.LogCaptureFixture
) -> None:
    queries.run_errors["fails"] = ValueError("/etc/secret is broken")
    with caplog.at_level(logging.ERROR), pytest.raises(flight.FlightInternalError) as raised:
        client.ask("CommandStatementQuery", query="fails")
    assert "secret" not in str(raised.value)
    [record] = caplog.records
    assert record.exc_info is not None
    assert record.message.split()[-1] in str(raised.value)


@pytest.mark.parametrize("text", ["x" * 10_000, "ü" * 10_000, "日本" * 5000, "100%\n" * 3000, "🙂" * 3000])
def test_long_texts_are_cut_and_keep_their_status(client: RawClient, queries: FakeQueries, text: str) -> None:
    queries.run_errors["fails"] = errors.QueryError(f"first words {text}")
    with pytest.raises(pa.ArrowInvalid, match="first words") as raised:
        client.ask("CommandStatementQuery", query="fails")
    assert "[..]" in str(raised.value)
    assert len(fitting_text(text).encode()) <= 4096


def test_a_short_text_is_left_alone() -> None:
    assert fitting_text("Größe fehlt") == "Größe fehlt"


def test_an_error_after_some_rows_ends_the_stream_with_its_status(client: RawClient, queries: FakeQueries) -> None:
    info = client.info("CommandStatementQuery", query="SELECT wait")
    reader = client.connection.do_get(info.endpoints[0].ticket, client.options)
    assert reader.read_chunk().data.num_rows == 1
    queries.wait_for_run().cancel()
    with pytest.raises(flight.FlightCancelledError, match="was cancelled"):
        reader.read_chunk()


def test_a_misspelt_header_names_the_parameter(connect: Connect) -> None:
    connection: Any = connect({"ClientSecert": "geheim"})
    with (
        connection.cursor() as cursor,
        pytest.raises(connection.ProgrammingError, match="did you mean ClientSecret") as raised,
    ):
        cursor.execute("SELECT 1")
    assert "geheim" not in str(raised.value)


def test_foreign_headers_are_ignored(connect: Connect) -> None:
    leaked = {"description": "a data source", "trace": "No", "chunkbuffercapacity": "5", "hidesqltableslisting": "1"}
    with connect(leaked | {"catalog": "spapi", "traceparent": "00-1", "x-region": "EU"}).cursor() as cursor:
        cursor.execute("SELECT 1")
        assert len(cursor.fetchall()) == 1
