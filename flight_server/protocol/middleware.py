"""What the headers of a call say, read once a call: who sends it and with which connection parameters.

Knows header names and the sessions. On the Handshake it signs in and sends the bearer; on other calls it only takes
notes, and errors wait for the handler, where they get their proper status. The cookie is for clients that keep cookies
but never sign in. A token that we did not give out, and that nobody has verified, opens nothing by itself; it keeps
users apart whose calls share a connection, as behind a proxy.
"""

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from pyarrow import flight

from flight_server.connection.session import BEARER_PREFIX, SCHEMA_OPTION, Sender, Sessions, parameters_in
from flight_server.protocol.handshake import bearer_among, signed_in
from flight_server.protocol.status import flight_error

NAME = "call"
COOKIE_NAME = "flight_session"

_COOKIE = re.compile(rf"(?:^|[;,\s]){COOKIE_NAME}=([0-9a-f]{{32}})(?:$|[;,\s])")

_MARK_KEY = secrets.token_bytes(32)

Headers = Mapping[str, Sequence[str | bytes]]


class CallHeaders(flight.ServerMiddleware):  # type: ignore[misc]  # pyarrow has no annotations
    """The headers of one call, and those to send back with its answer."""

    def __init__(self, headers: Headers, answer: Mapping[str, str], cookie: str) -> None:
        self._headers = headers
        self._answer = answer
        self._cookie = cookie

    def sending_headers(self) -> dict[str, str]:
        """Headers of the answer; pyarrow asks twice in GetFlightInfo, so this only looks."""
        return dict(self._answer)

    def sender(self, peer: str) -> Sender:
        """Who sends the call; raise SettingError for a misspelt parameter."""
        bearer = bearer_among(_texts(self._headers, "authorization"))
        mark = _mark(bearer)
        agent = next(iter(_texts(self._headers, "user-agent")), "")
        cookie, db_schema = self._cookie and self._cookie + mark, "".join(_texts(self._headers, SCHEMA_OPTION)[-1:])
        parameters = parameters_in(self._headers)
        return Sender(bearer, cookie, peer + mark, agent, parameters, db_schema.strip().lower())


class ReadHeaders(flight.ServerMiddlewareFactory):  # type: ignore[misc]  # pyarrow has no annotations
    """Makes a `CallHeaders` for each call."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def start_call(self, info: Any, headers: Headers) -> CallHeaders:
        """Sign in where it is a Handshake; note the headers otherwise."""
        if info.method == flight.FlightMethod.HANDSHAKE:
            return CallHeaders(headers, {"authorization": f"Bearer {self._sign_in(headers)}"}, "")
        sent = _cookie_in(headers)
        if sent or bearer_among(_texts(headers, "authorization")):
            return CallHeaders(headers, {}, sent)
        given = secrets.token_hex(16)
        return CallHeaders(headers, {"set-cookie": f"{COOKIE_NAME}={given}; HttpOnly"}, given)

    def _sign_in(self, headers: Headers) -> str:
        try:
            return signed_in(_texts(headers, "authorization"), self._sessions)
        except Exception as error:
            raise flight_error(error) from None


def sender_of(context: Any) -> Sender:
    """Who sends the call that a handler was given; raise SettingError for a misspelt parameter."""
    call: CallHeaders = context.get_middleware(NAME)
    return call.sender(context.peer())


def _mark(bearer: str) -> str:
    """What tells a user's own token from others without telling the token; empty for none and for ours."""
    if not bearer or bearer.startswith(BEARER_PREFIX):
        return ""
    digest = hashlib.blake2b(bearer.encode(), key=_MARK_KEY, digest_size=8)
    return f" token {digest.hexdigest()}"


def _texts(headers: Headers, name: str) -> list[str]:
    return [text for text in headers.get(name, ()) if isinstance(text, str)]


def _cookie_in(headers: Headers) -> str:
    found = [match[1] for text in _texts(headers, "cookie") if (match := _COOKIE.search(text))]
    return found[-1] if found else ""
