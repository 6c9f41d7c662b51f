"""A report, or a Data Kiosk query, as Amazon tells it, and how its answers are read. Knows no call."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from flight_server.errors import AmazonDetail, UnexpectedAnswer

T = TypeVar("T")


@dataclass(frozen=True)
class Told:
    """A report as Amazon tells it; a query has a text instead of type, marketplaces and period."""

    report_id: str
    report_type: str
    status: str
    created_at: datetime
    marketplace_ids: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    document_id: str = ""  # of its data, or of why it failed
    query: str = ""
    next_token: str = ""  # of its further page


def read_answer(body: bytes, wanted: type[T], operation_id: str) -> T:
    """An answer's members."""
    try:
        return msgspec.json.decode(body, type=wanted)
    except msgspec.DecodeError as error:
        raise UnexpectedAnswer(
            f"an answer of {operation_id} cannot be read: {error}", AmazonDetail(operation_id)
        ) from None


def read_instant(text: str, operation_id: str) -> datetime:
    """An instant as Amazon tells it."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UnexpectedAnswer(
            f"an answer of {operation_id} has a time that cannot be read: {text[:40]!a}", AmazonDetail(operation_id)
        ) from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def instant_text(instant: datetime) -> str:
    """An instant as Amazon reads it.

    >>> instant_text(datetime(2026, 1, 2, tzinfo=UTC))
    '2026-01-02T00:00:00Z'
    """
    plain = instant.astimezone(UTC)
    return plain.replace(tzinfo=None).isoformat(timespec="milliseconds" if plain.microsecond else "seconds") + "Z"
