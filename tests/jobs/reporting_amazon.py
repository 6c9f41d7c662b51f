"""Amazon's reports as a small state machine on the broken server: every status, lost answers, links that expire."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.client.broken_server import BrokenServer, Received, Reply, refusal

REPORTS = "/reports/2021-06-30/reports"
DOCUMENTS = "/reports/2021-06-30/documents"
TOKENS = "/tokens/2021-03-01/restrictedDataToken"
STORAGE = "/storage/"
UNHURRIED = {"x-amzn-RateLimit-Limit": "1000"}


@dataclass
class Made:
    """One report at Amazon."""

    report_id: str
    report_type: str
    created: datetime
    marketplaces: list[str]
    start: str = ""
    end: str = ""
    options: dict[str, str] = field(default_factory=dict)
    statuses: list[str] = field(default_factory=lambda: ["DONE"])  # one a look, the last for ever
    document: bytes | None = b"sku\tprice\r\nA\t1\r\n"

    @property
    def document_id(self) -> str:
        return f"amzn1.spdoc.{self.report_id}"

    def told(self) -> dict[str, object]:
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        told: dict[str, object] = {
            "reportId": self.report_id,
            "reportType": self.report_type,
            "processingStatus": status,
            "createdTime": self.created.isoformat(),
            "marketplaceIds": self.marketplaces,
        }
        if self.start:
            told |= {"dataStartTime": self.start, "dataEndTime": self.end}
        if status in ("DONE", "FATAL") and self.document is not None:
            told["reportDocumentId"] = self.document_id
        return told


def _as_is(made: Made) -> None:
    pass


class ReportingAmazon:
    """Answers for a server; `fate` decides on each report that is asked for."""

    def __init__(self, server: BrokenServer, utc: Callable[[], datetime]) -> None:
        self.server = server
        self.utc = utc
        self.made: list[Made] = []
        self.fate: Callable[[Made], None] = _as_is
        self.before: Callable[[Received], Reply | None] = lambda _: None  # what it answers instead
        self.after: Callable[[Received, Reply], Reply] = lambda _, reply: reply  # what becomes of an answer
        self.has_ranges = True
        self.content_type = "text/plain;charset=UTF-8"
        self.links: list[str] = []
        server.answer = self.answer

    def add(self, report_type: str, age: timedelta, **facts: object) -> Made:
        """A report that somebody else asked for."""
        made = Made(f"{9000 + len(self.made)}", report_type, self.utc() - age, ["ATVPDKIKX0DER"])
        for name, value in facts.items():
            setattr(made, name, value)
        self.made.append(made)
        return made

    def count(self, path: str, method: str = "GET") -> int:
        """How often a path, or what is below it, was asked."""
        return sum(call.method == method and _is_below(call.path, path) for call in self.server.calls)

    @property
    def creations(self) -> int:
        return self.count(REPORTS, "POST")

    def answer(self, received: Received) -> Reply:
        reply = self.before(received)
        if reply is None:
            reply = self.after(received, self._answer(received))
        return reply

    def _answer(self, received: Received) -> Reply:
        path = received.path
        if path == TOKENS:
            return Reply(200, {"restrictedDataToken": "Atz.sprdt|restricted", "expiresIn": 3600}, UNHURRIED)
        if path == REPORTS:
            return self._create(received) if received.method == "POST" else self._list(received)
        if path.startswith(STORAGE):
            return self._stored(received)
        wanted = path.rsplit("/", 1)[1]
        if path.startswith(DOCUMENTS):
            if not any(made.document_id == wanted for made in self.made):
                return refusal(404, "NotFound", "no such document")
            self.links.append(f"{STORAGE}{wanted}?signature={len(self.links)}")
            url = self.server.url + self.links[-1]
            return Reply(200, {"reportDocumentId": wanted, "url": url}, UNHURRIED)
        found = next((made for made in self.made if made.report_id == wanted), None)
        return Reply(200, found.told(), UNHURRIED) if found else refusal(404, "NotFound", "no such report")

    def _create(self, received: Received) -> Reply:
        body = json.loads(received.body)
        made = Made(
            f"{1000 + len(self.made)}",
            body["reportType"],
            self.utc(),
            body["marketplaceIds"],
            body.get("dataStartTime", ""),
            body.get("dataEndTime", ""),
            body.get("reportOptions", {}),
        )
        self.fate(made)
        self.made.append(made)
        return Reply(202, {"reportId": made.report_id}, UNHURRIED)

    def _list(self, received: Received) -> Reply:
        token = received.parameter("nextToken")
        if token:
            assert received.query_text.count("=") == 1, "a token must come alone"
            left = [made for made in self.made if made.report_id in token.split(".")]
        else:
            since = datetime.fromisoformat(received.parameter("createdSince")).astimezone(UTC)
            types, statuses = received.parameter("reportTypes"), received.parameter("processingStatuses")
            assert types, "reportTypes is required"
            left = [
                made
                for made in sorted(self.made, key=lambda made: made.created, reverse=True)
                if made.report_type in types.split(",")
                and made.created >= since
                and (not statuses or made.statuses[0] in statuses.split(","))
            ]
        page, rest = left[:2], left[2:]
        body: dict[str, object] = {"reports": [made.told() for made in page]}
        if rest:
            body["nextToken"] = ".".join(made.report_id for made in rest)
        return Reply(200, body, UNHURRIED)

    def _stored(self, received: Received) -> Reply:
        assert "x-amz-access-token" not in received.headers, "the token must not travel"
        if received.target not in self.links:
            return Reply(403, b"<Error>Request has expired</Error>")
        wanted = received.path.removeprefix(STORAGE)
        document = next(made.document for made in self.made if made.document_id == wanted) or b""
        headers = {"content-type": self.content_type, "etag": f'"{wanted}"'}
        asked = re.fullmatch(r"bytes=(\d+)-", received.headers.get("range", ""))
        if asked and self.has_ranges:
            first = int(asked[1])
            part = {"content-range": f"bytes {first}-{len(document) - 1}/{len(document)}"}
            return Reply(206, document[first:], headers | part)
        return Reply(200, document, headers)


def _is_below(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(prefix.rstrip("/") + "/")
