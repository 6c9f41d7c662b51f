"""What one report is: what was asked for, when it goes on, and what became of it.

Knows no HTTP and no rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flight_server.simulator.course import Course
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
class Report(Course):
    """One report of one account."""

    report_id: str
    document_id: str
    asked: Asked
    ending: Ending | None  # known from the beginning; None: it depends on the rows
    schedule_id: str = ""

    @property
    def expires_at(self) -> datetime:
        """From when on Amazon does not know it any more."""
        return self.created + timedelta(days=self.asked.type.retention_days)
