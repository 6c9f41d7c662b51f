"""Page tokens: opaque texts that remember where a list stopped and with which parameters it was asked for.

Goes from position and parameters to a token and back; knows no list. Which operation wants which parameters again,
and how long its tokens live, says the operation (fact table of behaviours, section 5).
"""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from flight_server.simulator.answers import invalid


@dataclass(frozen=True)
class PageToken:
    """What a token remembers."""

    sent: dict[str, str]
    position: int
    issued_at: float


class PageTokens:
    """Writes and reads tokens; they are signed, so that a made-up or altered one is refused."""

    def __init__(self, seed: int) -> None:
        self._key = f"page tokens of {seed}".encode()

    def issue(self, operation_id: str, sent: Mapping[str, str], position: int, seconds: float) -> str:
        """A token for the rest of a list, from position on."""
        content = json.dumps([operation_id, dict(sent), position, seconds], ensure_ascii=False).encode()
        return urlsafe_b64encode(self._sign(content) + content).decode()

    def read(self, token: str, operation_id: str, name: str) -> PageToken:
        """What the token remembers; Refused if it is not one of this operation."""
        try:
            signed = urlsafe_b64decode(token.encode())
        except ValueError:
            raise invalid(f"Invalid {name}.") from None
        if self._sign(signed[12:]) != signed[:12]:
            raise invalid(f"Invalid {name}.")
        issued_for, sent, position, issued_at = json.loads(signed[12:])
        if issued_for != operation_id:
            raise invalid(f"Invalid {name}: it belongs to another operation.")
        return PageToken(sent, position, issued_at)

    def _sign(self, content: bytes) -> bytes:
        return hashlib.blake2b(content, key=self._key, digest_size=12).digest()


def check_same(token: PageToken, sent: Mapping[str, str], name: str, *, may_omit: bool, free: str = "") -> None:
    """Refuse a token whose list was asked for otherwise.

    `may_omit`: parameters may be left out beside the token, but not differ. `free`: a parameter that may change.
    """
    ignored = {name, free}
    now = {key: value for key, value in sent.items() if key not in ignored}
    then = {key: value for key, value in token.sent.items() if key not in ignored}
    differing = sorted(key for key, value in now.items() if then.get(key) != value)
    if not may_omit:
        differing += sorted(then.keys() - now.keys())
    if differing:
        raise invalid(f"Invalid {name}: it was issued for other parameters.", f"Differing: {', '.join(differing)}.")
