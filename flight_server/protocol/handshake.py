"""The Handshake: user name and password, or a token, in; a bearer out.

Knows the two header forms and the sessions; never asks anyone else. What drivers need, as observed: the answer's
headers carry `authorization: Bearer ...`, or ODBC drivers end their process; the client's stream is read to its end
first, or the same happens now and then; a Handshake without authorization is refused, or its client waits for ever.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from pyarrow import flight

from flight_server.connection.session import Sessions
from flight_server.errors import SignInError

_BASIC = "basic "
_BEARER = "bearer "


class DrainedHandshake(flight.ServerAuthHandler):  # type: ignore[misc]  # pyarrow has no annotations
    """Reads what the client sends, to the end; the middleware has looked at the headers already."""

    def authenticate(self, outgoing: Any, incoming: Any) -> None:
        """Wait until the client has closed its side; pyarrow tells the end by OSError."""
        try:
            while True:
                incoming.read()
        except OSError:
            return

    def is_valid(self, token: bytes) -> bytes:
        """Let every call through: each one's headers are judged on their own."""
        return b""


def signed_in(authorizations: Sequence[str], sessions: Sessions) -> str:
    """The bearer of a new session; raise SignInError."""
    for authorization in reversed(authorizations):
        if authorization.lower().startswith(_BASIC):
            return sessions.sign_in(*user_and_password(authorization[len(_BASIC) :]))
        if authorization.lower().startswith(_BEARER):
            return sessions.sign_in()
    raise SignInError("send user name and password (Basic) or a token (Bearer) in the authorization header")


def bearer_among(authorizations: Sequence[str]) -> str:
    """The last bearer among authorization headers; a user's own `Authorization` key may come beside the driver's."""
    bearers = [text[len(_BEARER) :].strip() for text in authorizations if text.lower().startswith(_BEARER)]
    return bearers[-1] if bearers else ""


def user_and_password(encoded: str) -> tuple[str, str]:
    """Read the two out of a Basic header; ADBC leaves the padding away.

    >>> user_and_password("bWU6YTpi")
    ('me', 'a:b')
    """
    compact = encoded.strip().rstrip("=")
    try:
        text = base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise SignInError("the Basic authorization header is not user:password in base64 and UTF-8") from None
    user, _, password = text.partition(":")
    return user, password
