"""Amazon's Data Kiosk as a small state machine on the broken server; its storage and links are those of the reports."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.client.broken_server import BrokenServer, Received, Reply, refusal
from tests.jobs.reporting_amazon import STORAGE, UNHURRIED

QUERIES = "/dataKiosk/2023-11-15/queries"
DOCUMENTS = "/dataKiosk/2023-11-15/documents"
LINE = b'{"startDate":"2025-12-01","sales":{"unitsOrdered":4}}\n'


@dataclass
class Made:
    """One query at Amazon."""

    query_id: str
    query: str
    created: datetime
    page_token: str = ""  # never told
    next_token: str = ""  # told when it is done
    statuses: list[str] = field(default_factory=lambda: ["DONE"])  # one a look, the last for ever
    document: bytes | None = LINE

    @property
    def document_id(self) -> str:
        return f"amzn1.tortuga.{self.query_id}"

    def told(self) -> dict[str, object]:
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        told: dict[str, object] = {
            "queryId": self.query_id,
            "query": self.query,
            "processingStatus": status,
            "createdTime": self.created.isoformat(),
        }
        if status in ("DONE", "FATAL") and self.document is not None:
            told["dataDocumentId" if status == "DONE" else "errorDocumentId"] = self.document_id
        if status == "DONE":
            told["pagination"] = {"nextToken": self.next_token}
        return told


def _as_is(made: Made) -> None:
    pass


class KioskAmazon:
    """Answers for a server; `fate` decides on each query that is made."""

    def __init__(self, server: BrokenServer, utc: Callable[[], datetime]) -> None:
        self.server = server
        self.utc = utc
        self.made: list[Made] = []
        self.fate: Callable[[Made], None] = _as_is
        self.before: Callable[[Received], Reply | None] = lambda _: None  # what it answers instead
        self.after: Callable[[Received, Reply], Reply] = lambda _, reply: reply  # what becomes of an answer
        self.headers = {"content-type": "application/jsonl"}
        self.links: list[str] = []
        self.most_at_work = 0  # that were under way at once
        server.answer = self.answer

    def add(self, query: str, age: timedelta, **facts: object) -> Made:
        """A query that somebody else made."""
        made = Made(f"{9000 + len(self.made)}", query, self.utc() - age)
        for name, value in facts.items():
            setattr(made, name, value)
        self.made.append(made)
        return made

    def count(self, path: str, method: str = "GET") -> int:
        """How often a path, or what is below it, was asked."""
        return sum(
            call.method == method and (call.path == path or call.path.startswith(path.rstrip("/") + "/"))
            for call in self.server.calls
        )

    @property
    def creations(self) -> int:
        return self.count(QUERIES, "POST")

    @property
    def lists(self) -> int:
        return self.count(QUERIES) - self.count(QUERIES + "/")

    @property
    def under_way(self) -> int:
        return sum(made.statuses[0] in ("IN_QUEUE", "IN_PROGRESS") for made in self.made)

    def answer(self, received: Received) -> Reply:
        reply = self.before(received)
        if reply is None:
            reply = self.after(received, self._answer(received))
        return reply

    def _answer(self, received: Received) -> Reply:
        path = received.path
        if path == QUERIES:
            return self._create(received) if received.method == "POST" else self._list(received)
        wanted = path.rsplit("/", 1)[1]
        if path.startswith(STORAGE):
            if received.target not in self.links:
                return Reply(403, b"<Error>Request has expired</Error>")
            document = next(made.document for made in self.made if made.document_id == wanted) or b""
            return Reply(200, document, self.headers)
        if path.startswith(DOCUMENTS):
            if not any(made.document_id == wanted for made in self.made):
                return refusal(404, "NotFound", "no such document")
            self.links.append(f"{STORAGE}{wanted}?signature={len(self.links)}")
            return Reply(200, {"documentId": wanted, "documentUrl": self.server.url + self.links[-1]}, UNHURRIED)
        assert path.startswith(QUERIES), f"{path} is not of Data Kiosk"
        found = next((made for made in self.made if made.query_id == wanted), None)
        return Reply(200, found.told(), UNHURRIED) if found else refusal(404, "NotFound", "no such query")

    def _create(self, received: Received) -> Reply:
        body = json.loads(received.body)
        assert set(body) <= {"query", "paginationToken"}
        assert body.get("paginationToken") != "", "no token is no empty one"
        made = Made(f"{1000 + len(self.made)}", body["query"], self.utc(), body.get("paginationToken", ""))
        self.fate(made)
        self.made.append(made)
        self.most_at_work = max(self.most_at_work, self.under_way)
        return Reply(202, {"queryId": made.query_id}, UNHURRIED)

    def _list(self, received: Received) -> Reply:
        since = datetime.fromisoformat(received.parameter("createdSince")).astimezone(UTC)
        assert received.parameter("pageSize") == "100", "all parameters go along with a token"
        statuses, first = received.parameter("processingStatuses"), int(received.parameter("paginationToken") or 0)
        found = [
            made
            for made in sorted(self.made, key=lambda made: made.created, reverse=True)
            if made.created >= since and (not statuses or made.statuses[0] in statuses.split(","))
        ]
        body: dict[str, object] = {"queries": [made.told() for made in found[first : first + 2]]}
        if found[first + 2 :]:
            body["pagination"] = {"nextToken": str(first + 2)}
        return Reply(200, body, UNHURRIED)
