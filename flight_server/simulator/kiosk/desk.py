"""The queries of one account: taken, going on by the clock, finished, expired; and those that nobody here asked for.

Knows no HTTP. Where a query stands follows from its times and the moment asked; only what is asked for is remembered,
in memory. May be used from any thread.
"""

import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from flight_server.simulator.chance import number
from flight_server.simulator.course import pace
from flight_server.simulator.kiosk.documents import document, error_document
from flight_server.simulator.kiosk.endings import wrong
from flight_server.simulator.kiosk.query import Made, Query
from flight_server.simulator.kiosk.questions import Question
from flight_server.simulator.kiosk.rows import Json, rows
from flight_server.simulator.kiosk.standing import others
from flight_server.simulator.storage import Document
from flight_server.simulator.story import World


@dataclass
class Desk:
    """Everything of one account that has to do with queries."""

    account: str
    world: World
    seconds: float  # that a query takes
    lines: int  # that a document holds at most
    odd: bool
    opened: datetime
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _queries: list[Query] = field(default_factory=list)
    _made: dict[str, Made] = field(default_factory=dict)
    _rows: dict[str, list[Json]] = field(default_factory=dict)  # by text, of queries that have further pages

    def __post_init__(self) -> None:
        for made_at, asked in others(self.opened):
            self.create(asked, made_at)

    def create(self, asked: Question, now: datetime) -> Query:
        """Take a query."""
        with self._lock:
            place = len(self._queries)
            query_id, document_id = self._names(place)
            queued, worked = pace(query_id, self.seconds)
            found = wrong(asked, now.astimezone(UTC).date())
            query = Query(query_id, document_id, asked, found, place, created=now, queued=queued, worked=worked)
            self._queries.append(query)
            return query

    def unfinished(self, dataset: str, now: datetime) -> int:
        """How many queries of a dataset wait or are worked on."""
        return sum(one.question.dataset == dataset and one.stage(now) != "ENDED" for one in self.queries(now))

    def queries(self, now: datetime) -> list[Query]:
        """All that Amazon still knows, newest first."""
        with self._lock:
            return [one for one in reversed(self._queries) if one.created <= now < one.expires_at]

    def query(self, query_id: str, now: datetime) -> Query | None:
        """One query that Amazon still knows."""
        return next((one for one in self.queries(now) if one.query_id == query_id), None)

    def document(self, document_id: str, now: datetime) -> Document | None:
        """A document that is there."""
        found = next((one for one in self.queries(now) if one.document_id == document_id), None)
        return self.made(found).document if found and found.stage(now) == "ENDED" else None

    def cancel(self, query: Query, now: datetime) -> bool:
        """Cancel a query that has not ended; False if it has ended otherwise than by this."""
        with self._lock:
            current = self._queries[query.place]
            if current.cancelled:
                return True
            if current.stage(now) == "ENDED":
                return False
            self._queries[query.place] = replace(current, cancelled=now)
            return True

    def status(self, query: Query, now: datetime) -> str:
        """Where a query stands."""
        stage = query.stage(now)
        return self.made(query).status if stage == "ENDED" else stage

    def made(self, query: Query) -> Made:
        """How a query ends, and its document."""
        if query.cancelled:
            return Made("CANCELLED")
        with self._lock:
            if query.query_id not in self._made:
                self._made[query.query_id] = self._make(query)
            return self._made[query.query_id]

    def _make(self, query: Query) -> Made:
        if query.wrong:
            return Made("FATAL", error_document(query.wrong))
        asked = query.question
        told = self._rows.get(asked.text) if asked.first_line else None
        told = rows(asked, self.world.at(query.ended_at)) if told is None else told
        page = told[asked.first_line : asked.first_line + self.lines]
        if not page:
            return Made("DONE")
        following = asked.first_line + len(page)
        if following < len(told):
            self._rows[asked.text] = told
        content = document(asked, page, query.document_id, odd=self.odd)
        return Made("DONE", content, following if following < len(told) else 0)

    def _names(self, place: int) -> tuple[str, str]:
        seed = (self.world.seed, self.account, place)
        token = f"{number(*seed, 'document', below=16**12):012x}"
        uuid = f"{token[:8]}-{token[8:]}-4{token[1:4]}-8{token[2:5]}-{token}"
        document_id = f"amzn1.tortuga.4.na.{uuid}.T{number(*seed, 'letters', below=36**8):08X}"
        return f"{60_000 + number(*seed, 'query', below=10**6)}0{number(*seed, 'id', below=10**6):06d}", document_id
