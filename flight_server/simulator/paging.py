"""Page tokens: opaque texts that remember where a list stopped and with which parameters it was asked for.

Goes from position and parameters to a token and back; knows no list. Which operation wants which parameters again,
and how long its tokens live, says the operation (fact table of behaviours, section 5). As Amazon's, tokens are
standard base64: each holds `+`, `/` and `=`, which whoever sends it back unencoded loses.
"""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

from flight_server.simulator.answers import invalid_token

_SIGNATURE_BYTES, _BLOCK_BYTES = 12, 64


@dataclass(frozen=True)
class PageToken:
    """What a token remembers."""

    sent: dict[str, str]
    position: int
    issued_at: float
    as_of: int = 0  # the instant that the list tells of, where another instant has another list


class PageTokens:
    """Writes and reads tokens; they are signed, so that a made-up or altered one is refused."""

    def __init__(self, seed: int) -> None:
        self._key = f"page tokens of {seed}".encode()

    def issue(self, operation_id: str, sent: Mapping[str, str], position: int, seconds: float, as_of: int = 0) -> str:
        """A token for the rest of a list, from position on."""
        of_instant = [as_of] if as_of else []
        for attempt in count():
            parts = [operation_id, dict(sent), position, seconds, attempt, *of_instant]
            told = json.dumps(parts, ensure_ascii=False).encode()
            told += b" " * (len(told) % 3 == 0)  # so that the base64 text ends in `=`
            signature = self._sign(told)
            token = b64encode(signature + self._scrambled(told, signature)).decode()
            if "+" in token and "/" in token:
                return token
        raise AssertionError("counting ends nowhere")

    def read(self, token: str, operation_id: str, name: str) -> PageToken:
        """What the token remembers; Refused if it is not one of this operation."""
        try:
            signed = b64decode(token.encode(), validate=True)
        except ValueError:
            raise invalid_token(f"Invalid {name}: it is no base64.") from None
        signature = signed[:_SIGNATURE_BYTES]
        told = self._scrambled(signed[_SIGNATURE_BYTES:], signature)
        if self._sign(told) != signature:
            raise invalid_token(f"Invalid {name}: it was altered or made up.")
        issued_for, sent, position, issued_at, _, *of_instant = json.loads(told)
        if issued_for != operation_id:
            raise invalid_token(f"Invalid {name}: it belongs to another operation.")
        return PageToken(sent, position, issued_at, *of_instant)

    def _sign(self, content: bytes) -> bytes:
        return hashlib.blake2b(content, key=self._key, digest_size=_SIGNATURE_BYTES).digest()

    def _scrambled(self, content: bytes, signature: bytes) -> bytes:
        """The content as bytes of every value, or back: JSON alone would hardly ever become a `+` or a `/`."""
        blocks = range(0, len(content), _BLOCK_BYTES)
        stream = b"".join(hashlib.blake2b(signature + b"%d" % at, key=self._key).digest() for at in blocks)
        return bytes(one ^ other for one, other in zip(content, stream, strict=False))


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
        raise invalid_token(f"Invalid {name}: it was issued for other parameters: {', '.join(differing)} differ.")
