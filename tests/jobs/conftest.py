"""Jobs before Amazon's reports as a state machine, on time that passes only when a query waits."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog.reports.report import Report
from flight_server.activity import Journal
from flight_server.client import SellingPartnerClient
from flight_server.connection.settings import RetrySettings, Secret, Settings
from flight_server.jobs import Jobs, open_jobs
from flight_server.plan import FinishedReport, ReportRequest
from tests.client.broken_server import BrokenServer
from tests.client.fake_time import START, FakeQuery, FakeTime, fake_query
from tests.jobs.kiosk_amazon import KioskAmazon
from tests.jobs.reporting_amazon import ReportingAmazon

US = "ATVPDKIKX0DER"
DAY = datetime(2025, 12, 1, tzinfo=UTC)
RETURNS = Report("GET_RETURNS", "fba", "delimited", period="required", cooldown_minutes=30)
STOCK = Report("GET_STOCK", "fba", "delimited", cooldown_minutes=30)
SALES = Report("analytics.sales", "data_kiosk", "json_lines", period="required", retention_days=30)


def returns(days: int = 0, **facts: Any) -> ReportRequest:
    """A request for the returns of a month that begins so many days after the first of December."""
    start = DAY + timedelta(days=days)
    return ReportRequest(replace(RETURNS, **facts), (US,), start, start + timedelta(days=30))


def sales(days: int = 0, **facts: Any) -> ReportRequest:
    """A Data Kiosk query for the sales of a day, so many after the first of December."""
    start = DAY + timedelta(days=days)
    text = f'query{{analytics{{sales(startDate:"{start:%Y-%m-%d}"){{units}}}}}}'
    return ReportRequest(replace(SALES, **facts), start=start, end=start + timedelta(days=1), query=text)


@dataclass
class Desk:
    """One server's jobs, as a query meets them."""

    jobs: Jobs
    settings: Settings
    time: FakeTime

    def query(self) -> FakeQuery:
        return fake_query(self.time)

    def report(self, request: ReportRequest, **settings: Any) -> FinishedReport:
        """The one report that answers a request."""
        (found,) = self.reports(request, **settings)
        return found

    def reports(self, request: ReportRequest, **settings: Any) -> tuple[FinishedReport, ...]:
        ((_, found),) = self.jobs.reports([request], replace(self.settings, **settings), self.query())
        return found

    def text(self, finished: FinishedReport, **settings: Any) -> bytes:
        """A document, unpacked as its reader would."""
        content = self.raw(finished, **settings)
        return gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content

    def raw(self, finished: FinishedReport, **settings: Any) -> bytes:
        """A document as its reader is given it."""
        with self.jobs.document(finished, replace(self.settings, **settings), self.query()) as document:
            return b"".join(document.chunks)


@pytest.fixture
def server() -> Iterator[BrokenServer]:
    server = BrokenServer()
    yield server
    server.close()


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def amazon(server: BrokenServer, time: FakeTime) -> ReportingAmazon:
    return ReportingAmazon(server, time.clock.utc)


@pytest.fixture
def kiosk(server: BrokenServer, time: FakeTime) -> KioskAmazon:
    return KioskAmazon(server, time.clock.utc)


@pytest.fixture
def settings(server: BrokenServer) -> Settings:
    return Settings(
        client_id="amzn1.application-oa2-client.test",
        client_secret=Secret("secret-of-the-client"),
        refresh_token=Secret("Atzr|of the seller"),
        token_url=f"{server.url}/auth/o2/token",
        endpoint=server.url,
        retry=RetrySettings(count_max=3, wait_time_ms=10),
    )


OpenDesk = Callable[..., Any]


@pytest.fixture
def open_desk(server: BrokenServer, time: FakeTime, settings: Settings) -> OpenDesk:
    """A server's jobs as long as a block runs."""

    @contextmanager
    def opened(data: Path | None = None, **options: Any) -> Iterator[Desk]:
        client = SellingPartnerClient(Journal(), clock=time.clock)
        hosts = frozenset({server.url.removeprefix("http://")})
        try:
            with open_jobs(data, client, clock=time.clock, allowed_hosts=hosts, **options) as jobs:
                yield Desk(jobs, settings, time)
        finally:
            client.close()

    return opened


@pytest.fixture
def desk(open_desk: OpenDesk) -> Iterator[Desk]:
    with open_desk() as desk:
        yield desk


__all__ = ["DAY", "RETURNS", "SALES", "START", "STOCK", "US", "Desk", "returns", "sales"]
