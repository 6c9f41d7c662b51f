"""A server's jobs in a process of their own, to be killed: `python -m tests.jobs.asker DIRECTORY URL KIND`.

Asks for one report, or makes a Data Kiosk query and asks for its further pages, and prints the documents.
"""

import gzip
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from flight_server.activity import Journal, QueryActivity
from flight_server.client import SellingPartnerClient
from flight_server.connection.settings import RetrySettings, Secret, Settings
from flight_server.jobs import Jobs, Pace, open_jobs
from flight_server.plan import ReportRequest
from tests.jobs.conftest import returns, sales

QUICK = Pace(settle_seconds=0.05, shortest_poll=0.01, longest_poll=0.05)


def settings_for(url: str) -> Settings:
    return Settings(
        client_id="amzn1.application-oa2-client.test",
        client_secret=Secret("secret-of-the-client"),
        refresh_token=Secret("Atzr|of the seller"),
        token_url=f"{url}/auth/o2/token",
        endpoint=url,
        retry=RetrySettings(count_max=3, wait_time_ms=10),
    )


REQUESTS = {"report": returns(), "query": sales()}


def ask(data: Path, url: str, kind: str = "report") -> bytes:
    client, query = SellingPartnerClient(Journal()), QueryActivity("SELECT 1", "test")
    settings, hosts = settings_for(url), frozenset({url.removeprefix("http://")})
    try:
        with open_jobs(data, client, allowed_hosts=hosts, pace=QUICK) as jobs:
            content = b"".join(_pages(jobs, REQUESTS[kind], settings, query))
    finally:
        client.close()
    return content


def _pages(jobs: Jobs, request: ReportRequest, settings: Settings, query: QueryActivity) -> Iterator[bytes]:
    ((_, (finished,)),) = jobs.reports([request], settings, query)
    with jobs.document(finished, settings, query) as document:
        content = b"".join(document.chunks)
    yield gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    if finished.next_token:
        yield from _pages(jobs, replace(request, page_token=finished.next_token), settings, query)


if __name__ == "__main__":
    sys.stdout.buffer.write(ask(Path(sys.argv[1]), *sys.argv[2:]))
