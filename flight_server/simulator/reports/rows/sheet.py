"""What documents are made of: tables of text cells, JSON objects, XML trees; and how cells write moments and money.

Knows no type and no story.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

Row = Mapping[str, str]


@dataclass(frozen=True)
class Sheet:
    """A table by name: rows hold the cells that are not empty."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Tree:
    """An XML document's text."""

    text: str


@dataclass(frozen=True)
class Raw:
    """A document of a form that is no text."""

    content: bytes
    content_type: str


Content = Sheet | Tree | Raw | dict[str, object]


def sheet(header: Iterable[str], rows: Iterable[Row]) -> Sheet | None:
    """A table, or none where there are no rows."""
    held = tuple(rows)
    return Sheet(tuple(header), held) if held else None


def iso(epoch: int, zone: ZoneInfo | None = None) -> str:
    """A moment as event files write it: ISO 8601 with an offset."""
    return datetime.fromtimestamp(epoch, zone or UTC).isoformat(timespec="seconds")


def decimal(cents: int) -> str:
    """An amount in hundredths, signed."""
    return f"{'-' * (cents < 0)}{abs(cents) // 100}.{abs(cents) % 100:02d}"
