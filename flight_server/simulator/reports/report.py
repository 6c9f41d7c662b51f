"""What one report is: what was asked for, when it goes on, and what became of it.

Knows no HTTP and no rows. A report is never changed but by cancelling: where it stands follows from the clock.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flight_server.simulator.reports.places import Place
from flight_server.simulator.reports.types import ReportType


@dataclass(frozen=True)
class Asked:
    """A type and everything its rows depend on."""

    type: ReportType
    places: tuple[Place, ...]
    start: datetime
    end: datetime  # excluded
    options: Mapping[str, str]

    def is_same(self, other: "Asked") -> bool:
        """Whether another report would say the same: snapshots do not care for the period."""
        return self._key() == other._key()

    def _key(self) -> tuple[object, ...]:
        period = () if self.type.period == "ignored" else (self.start, self.end)
        return (self.type.name, frozenset(one.marketplace_id for one in self.places), period, dict(self.options))


@dataclass(frozen=True)
class Ending:
    """How a report ends: DONE, CANCELLED, or FATAL with or without a sentence."""

    status: str
    error: str = ""

    @property
    def has_document(self) -> bool:
        """Whether there is anything to read."""
        return self.status == "DONE" or bool(self.error)


@dataclass(frozen=True)
class Report:
    """One report of one account."""

    report_id: str
    document_id: str
    asked: Asked
    created: datetime
    queued: timedelta
    worked: timedelta
    ending: Ending | None  # known from the beginning; None: it depends on the rows
    schedule_id: str = ""
    cancelled: datetime | None = None

    @property
    def started_at(self) -> datetime:
        """When it leaves the queue."""
        return self.created + self.queued

    @property
    def ended_at(self) -> datetime:
        """When it is finished."""
        return self.cancelled or self.started_at + self.worked

    @property
    def expires_at(self) -> datetime:
        """From when on Amazon does not know it any more."""
        return self.created + timedelta(days=self.asked.type.retention_days)

    def stage(self, now: datetime) -> str:
        """IN_QUEUE, IN_PROGRESS, or ENDED."""
        if self.cancelled or now >= self.ended_at:
            return "ENDED"
        return "IN_PROGRESS" if now >= self.started_at else "IN_QUEUE"


def number(*parts: object, below: int) -> int:
    """A number that depends on these parts alone."""
    text = "/".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") % below
