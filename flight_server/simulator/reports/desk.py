"""The reports of one account: taken, going on by the clock, finished, expired; and those that nobody here asked for.

Knows no HTTP. Where a report stands follows from its times and the moment asked; only what is asked for is remembered,
in memory. May be used from any thread.
"""

import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from flight_server.simulator.chance import number
from flight_server.simulator.course import pace
from flight_server.simulator.reports.documents import document, error_document
from flight_server.simulator.reports.endings import ending
from flight_server.simulator.reports.report import Asked, Ending, Report
from flight_server.simulator.reports.rows import content
from flight_server.simulator.reports.schedules import Schedule
from flight_server.simulator.reports.standing import others, settlements, standing_schedules
from flight_server.simulator.storage import Document
from flight_server.simulator.story import World

_LOOKS_BACK = timedelta(days=90)
# Reports within a time that some types allow: seen by users, stated nowhere (fact tables of behaviours, section 4, and
# of report types).
_QUOTAS = {
    "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL": (4, timedelta(minutes=30)),
    "GET_BRAND_ANALYTICS_SEARCH_QUERY_PERFORMANCE_REPORT": (20, timedelta(days=1)),
}


@dataclass
class Desk:
    """Everything of one account that has to do with reports."""

    account: str
    world: World
    seconds: float  # that a report takes, at speed 1
    speed: float
    odd: bool
    opened: datetime
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _reports: list[Report] = field(default_factory=list)
    _taken: int = 0
    _schedules: dict[str, Schedule] = field(default_factory=dict)
    _told_until: datetime = field(init=False)
    _made: dict[str, tuple[Ending, Document | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._told_until = self.opened - _LOOKS_BACK
        for one in others(self.opened):
            self._add(one.asked, one.made, f"others/{one.asked.type.name}")
        for schedule in standing_schedules(self.opened):
            self._schedules[schedule.schedule_id] = schedule
        self._catch_up(self.opened)

    def create(self, asked: Asked, now: datetime) -> Report:
        """Take a report."""
        with self._lock:
            self._taken += 1
            return self._add(asked, now, f"{self._taken}", ending(asked, self._reports, now, self.speed))

    def has_quota(self, name: str, now: datetime) -> bool:
        """Whether a type's own quota, beside the operation's, has something left."""
        if name not in _QUOTAS:
            return True
        most, pause = _QUOTAS[name]
        with self._lock:
            recent = [
                one for one in self._reports if one.asked.type.name == name and now - one.created < pause / self.speed
            ]
        return len(recent) < most

    def schedule(self, asked: Asked, period: str, first: datetime, now: datetime) -> Schedule:
        """Take a schedule; it ends the one that it replaces."""
        with self._lock:
            self._catch_up(now)
            self._taken += 1
            name = f"{60_000 + number(self.account, self._taken, 'schedule', below=10**9):010d}"
            made = Schedule(name, asked, period, first)
            self._schedules = {key: one for key, one in self._schedules.items() if not made.replaces(one)}
            self._schedules[name] = made
            return made

    def schedules(self, now: datetime) -> list[Schedule]:
        """All schedules."""
        with self._lock:
            self._catch_up(now)
            return list(self._schedules.values())

    def end_schedule(self, schedule_id: str, now: datetime) -> bool:
        """Make no more reports by a schedule; False if there is none."""
        with self._lock:
            self._catch_up(now)
            return self._schedules.pop(schedule_id, None) is not None

    def reports(self, now: datetime) -> list[Report]:
        """All that Amazon still knows, newest first."""
        with self._lock:
            self._catch_up(now)
            known = [report for report in self._reports if report.created <= now < report.expires_at]
        return sorted(known, key=lambda report: (report.created, report.report_id), reverse=True)

    def report(self, report_id: str, now: datetime) -> Report | None:
        """One report that Amazon still knows."""
        return next((one for one in self.reports(now) if one.report_id == report_id), None)

    def by_document(self, document_id: str, now: datetime) -> Report | None:
        """The report of a document that is there."""
        found = next((one for one in self.reports(now) if one.document_id == document_id), None)
        return found if found and self.has_document(found, now) else None

    def document(self, document_id: str, now: datetime) -> Document | None:
        """A document that is there."""
        report = self.by_document(document_id, now)
        return self.made(report)[1] if report else None

    def cancel(self, report: Report, now: datetime) -> bool:
        """Cancel a report that waits in the queue; False if it does not."""
        with self._lock:
            current = self.report(report.report_id, now)
            if current is None or current.stage(now) != "IN_QUEUE":
                return False
            self._reports[self._reports.index(current)] = replace(current, cancelled=now, ending=Ending("CANCELLED"))
            return True

    def status(self, report: Report, now: datetime) -> str:
        """Where a report stands."""
        stage = report.stage(now)
        return self.made(report)[0].status if stage == "ENDED" else stage

    def has_document(self, report: Report, now: datetime) -> bool:
        """Whether a report has come to a document."""
        return report.stage(now) == "ENDED" and self.made(report)[0].has_document

    def made(self, report: Report) -> tuple[Ending, Document | None]:
        """How a report ends, and its document."""
        with self._lock:
            if report.report_id not in self._made or report.cancelled:
                self._made[report.report_id] = self._make(report)
            return self._made[report.report_id]

    def _catch_up(self, now: datetime) -> None:
        """Let appear what has come by itself since the last look."""
        after, self._told_until = self._told_until, max(now, self._told_until)
        for one in settlements(self.world.at(now), after, now):
            places = "/".join(place.marketplace_id for place in one.asked.places)
            self._add(one.asked, one.made, f"settlement/{places}/{one.made}")
        for schedule in self._schedules.values():
            for due in schedule.due(after, now):
                start, end = schedule.covered(due)
                asked = replace(schedule.asked, start=start, end=end)
                self._add(asked, due, f"{schedule.schedule_id}/{due}", None, schedule.schedule_id)

    def _add(
        self, asked: Asked, made: datetime, name: str, found: Ending | None = None, schedule_id: str = ""
    ) -> Report:
        report_id, document_id = self._names(name, asked.type.name)
        queued, worked = pace(report_id, self.seconds / self.speed)
        report = Report(report_id, document_id, asked, found, schedule_id, created=made, queued=queued, worked=worked)
        self._reports.append(report)
        return report

    def _make(self, report: Report) -> tuple[Ending, Document | None]:
        if report.ending:
            error = report.ending.error
            return report.ending, error_document(error, report.document_id) if error else None
        told = content(report.asked, self.world.at(report.ended_at))
        if told is None:
            return Ending(report.asked.type.no_data_status), None
        return Ending("DONE"), document(told, report.asked, report.document_id, odd=self.odd)

    def _names(self, place: str, type_name: str) -> tuple[str, str]:
        seed = (self.world.seed, self.account, place, type_name)
        report_id = f"{50_000 + number(*seed, 'report', below=10**6)}0{number(*seed, 'id', below=10**9):09d}"
        token = f"{number(*seed, 'document', below=16**12):012x}"
        uuid = f"{token[:8]}-{token[8:]}-4{token[1:4]}-8{token[2:5]}-{token}"
        return report_id, f"amzn1.spdoc.1.4.na.{uuid}.{report_id[:12]}.{2000 + number(*seed, below=999)}"
