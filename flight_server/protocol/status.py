"""From an error to the gRPC status and the text that clients see: one table, and the rules of the text.

Knows the errors of the rooms below and pyarrow's exceptions. Facts, observed: pyarrow maps its own exception classes to
statuses; to any exception that is not a Flight error it appends the Python traceback; it cannot send
RESOURCE_EXHAUSTED; a text beyond about 5 KB, percent-encoded and sent twice, breaks clients.
"""

import logging
import uuid
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import pyarrow as pa
from pyarrow import flight

from catalog import errors as catalog_errors
from flight_server import errors
from flight_server.errors import AmazonError, Error
from flight_server.protocol.commands import UndecodableMessage, UnknownMessage

logger = logging.getLogger(__name__)

CODE_TRAILER = "x-spapi-code"
REQUEST_ID_TRAILER = "x-spapi-request-id"
QUERY_ID_TRAILER = "x-spapi-query-id"

MAX_TEXT_COST = 4000
"""One for a printable ASCII character, three for each byte of any other: gRPC percent-encodes it."""

MAX_TRAILER_LENGTH = 200


class BadRequest(Error):
    """The request is no Flight SQL that this server can read."""


class UnknownHandle(Error):
    """A prepared statement or a ticket that never was, was closed, or has expired."""


class NotOffered(Error):
    """A part of Flight SQL that a server which only reads does not have."""


class _WithoutTraceback:
    """Keeps the traceback from the client: pyarrow's printer gives up on this property and shows the class's name."""

    @property
    def __cause__(self) -> None:
        raise RuntimeError


class InvalidArgument(_WithoutTraceback, pa.ArrowInvalid):  # type: ignore[misc]  # pyarrow has no annotations
    """INVALID_ARGUMENT."""


class NotFound(_WithoutTraceback, pa.ArrowKeyError):  # type: ignore[misc]
    """NOT_FOUND."""


class Unimplemented(_WithoutTraceback, pa.ArrowNotImplementedError):  # type: ignore[misc]
    """UNIMPLEMENTED."""


Status = Callable[[str], Exception]

STATUSES: Mapping[type[Exception], Status] = MappingProxyType(
    {
        errors.QueryError: InvalidArgument,
        errors.ConstantWanted: InvalidArgument,
        errors.MissingKeyColumn: InvalidArgument,
        errors.UnknownColumn: InvalidArgument,
        errors.LimitReached: InvalidArgument,
        errors.Unsupported: InvalidArgument,
        errors.OutOfMemory: InvalidArgument,
        errors.SettingError: InvalidArgument,
        errors.SignInError: flight.FlightUnauthenticatedError,
        errors.AccessDenied: flight.FlightUnauthorizedError,
        errors.ApiError: InvalidArgument,
        errors.QuotaExhausted: flight.FlightUnavailableError,
        errors.ApiUnavailable: flight.FlightUnavailableError,
        errors.AnswerLost: flight.FlightUnavailableError,
        errors.ServerBusy: flight.FlightUnavailableError,
        errors.UnexpectedAnswer: flight.FlightInternalError,
        errors.Cancelled: flight.FlightCancelledError,
        errors.TimedOut: flight.FlightTimedOutError,
        errors.AmazonError: flight.FlightInternalError,
        errors.Error: flight.FlightInternalError,
        catalog_errors.UnknownTable: InvalidArgument,
        catalog_errors.AmbiguousTable: InvalidArgument,
        catalog_errors.BadDeclaration: flight.FlightInternalError,
        catalog_errors.CatalogError: InvalidArgument,
        BadRequest: InvalidArgument,
        UndecodableMessage: InvalidArgument,
        UnknownMessage: Unimplemented,
        UnknownHandle: NotFound,
        NotOffered: Unimplemented,
    }
)
"""Every error class that a caller may meet; whatever is not listed is a fault of the server."""


def flight_error(error: BaseException, query_id: str = "") -> Exception:
    """The exception to raise to pyarrow; what nobody foresaw is logged and told by an id only."""
    status = next((STATUSES[ancestor] for ancestor in type(error).__mro__ if ancestor in STATUSES), None)
    if status is not None:
        return status(fitting_text(str(error)))
    incident = uuid.uuid4().hex[:12]
    facts = {"incident": incident, "query_id": query_id} if query_id else {"incident": incident}
    logger.error("internal error %s", incident, exc_info=error, extra={"facts": facts})
    return flight.FlightInternalError(  # type: ignore[no-any-return]
        f"internal error {incident}: this is a fault of the server, whose log tells more under that id"
    )


def trailers(error: BaseException) -> dict[str, str]:
    """The code and request id of the API behind the catalog, as metadata beside the status."""
    if not isinstance(error, AmazonError):
        return {}
    texts = {CODE_TRAILER: error.detail.code, REQUEST_ID_TRAILER: error.detail.request_id}
    return {name: _printable(text) for name, text in texts.items() if text}


def add_trailers(context: Any, error: BaseException) -> None:
    """Send them with the answer of this call."""
    for name, text in trailers(error).items():
        context.add_trailer(name, text)


def fitting_text(text: str) -> str:
    """The text, cut where it would be too long to travel.

    >>> fitting_text("é" * 5000)[-6:]
    'é [..]'
    """
    cost = 0
    for position, character in enumerate(text):
        is_plain = " " <= character <= "~" and character != "%"
        cost += 1 if is_plain else 3 * len(character.encode(errors="replace"))
        if cost > MAX_TEXT_COST:
            return text[:position] + " [..]"
    return text


def _printable(text: str) -> str:
    return "".join(character if " " <= character <= "~" else "?" for character in text[:MAX_TRAILER_LENGTH])
