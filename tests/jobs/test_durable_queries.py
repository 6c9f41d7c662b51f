"""Data Kiosk queries and their pages, killed at every state; a data directory that the version before wrote."""

import sqlite3
import subprocess
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flight_server.errors import SettingError
from flight_server.jobs.store import FILE
from tests.client.broken_server import BrokenServer, Received, Reply
from tests.jobs.asker import ask
from tests.jobs.conftest import OpenDesk, returns, sales
from tests.jobs.kiosk_amazon import DOCUMENTS, QUERIES, KioskAmazon, Made
from tests.jobs.reporting_amazon import STORAGE, ReportingAmazon
from tests.jobs.test_durable import Killed, die_after, kill, started

PAGES = [b"".join(b'{"page":%d,"line":%d}\n' % (page, line) for line in range(5_000)) for page in range(2)]


def two_pages(made: Made) -> None:
    made.statuses = ["IN_QUEUE", "IN_QUEUE", "IN_PROGRESS", "IN_PROGRESS", "DONE"]
    made.document = PAGES[1 if made.page_token else 0]
    made.next_token = "" if made.page_token else f"after {made.query_id}"


@pytest.fixture
def real_kiosk(server: BrokenServer) -> KioskAmazon:
    kiosk = KioskAmazon(server, lambda: datetime.now(UTC))
    kiosk.fate = two_pages
    return kiosk


MOMENTS = {
    "before createQuery arrives": ("POST", QUERIES, False),
    "before the answer of createQuery is noted": ("POST", QUERIES, True),
    "while polling": ("GET", QUERIES + "/", True),
    "before the link is there": ("GET", DOCUMENTS, True),
    "in the middle of the download": ("GET", STORAGE, True),
}


@pytest.mark.parametrize("page", [0, 1])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_server_that_is_killed_makes_each_query_once(
    real_kiosk: KioskAmazon, server: BrokenServer, tmp_path: Path, moment: str, page: int
) -> None:
    method, path, is_answered = MOMENTS[moment]
    process: list[subprocess.Popen[bytes]] = []
    is_up = threading.Event()

    def killing(received: Received) -> bool:
        is_up.wait()
        is_of_page = real_kiosk.count(STORAGE) >= page + (path == STORAGE)
        if not process or not is_of_page or received.method != method or not received.path.startswith(path):
            return False
        kill(process.pop())
        return True

    if is_answered:
        real_kiosk.after = lambda received, reply: Reply(is_dropped=True) if killing(received) else reply
    else:
        real_kiosk.before = lambda received: Reply(is_dropped=True) if killing(received) else None
    process.append(started(tmp_path, server, "query"))
    victim = process[0]
    is_up.set()
    victim.wait(timeout=60)
    assert victim.returncode == -9
    assert ask(tmp_path, server.url, "query") == b"".join(PAGES)
    assert [made.page_token for made in real_kiosk.made] == ["", "after 1000"]


@pytest.mark.parametrize("step", range(1, 23))
def test_whatever_note_is_the_last_one_the_next_server_goes_on(
    kiosk: KioskAmazon, open_desk: OpenDesk, tmp_path: Path, step: int
) -> None:
    kiosk.fate = two_pages
    with open_desk(tmp_path) as desk, pytest.raises(Killed):
        die_after(desk.jobs, iter(range(step)))
        first = desk.report(sales())
        desk.report(replace(sales(), page_token=first.next_token))
        raise Killed
    with open_desk(tmp_path) as desk:
        first = desk.report(sales())
        second = desk.report(replace(sales(), page_token=first.next_token))
        assert [desk.text(first), desk.text(second)] == PAGES
        records = desk.jobs.records(desk.settings)
    assert [made.page_token for made in kiosk.made] == ["", "after 1000"]
    assert [record.query for record in records] == [sales().query] * 2


def test_a_data_directory_of_the_version_before_is_used_on(
    server: BrokenServer, amazon: ReportingAmazon, open_desk: OpenDesk, tmp_path: Path
) -> None:
    with open_desk(tmp_path) as desk:
        before = desk.report(returns())
        text = desk.text(before)
    with sqlite3.connect(tmp_path / FILE) as connection:
        for column in ("query", "page_token", "next_token"):
            connection.execute(f"ALTER TABLE jobs DROP COLUMN {column}")
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    calls = len(server.calls)
    with open_desk(tmp_path) as desk:
        assert desk.report(returns()) == before
        assert desk.text(before) == text
        assert len(server.calls) == calls
        KioskAmazon(server, desk.time.clock.utc)
        found = desk.report(sales())
    with open_desk(tmp_path) as desk:
        assert desk.report(sales()) == found
        assert [(record.report_type, record.query) for record in desk.jobs.records()] == [
            ("GET_RETURNS", ""),
            ("analytics.sales", sales().query),
        ]


def test_a_data_directory_of_a_later_version_is_left_alone(open_desk: OpenDesk, tmp_path: Path) -> None:
    with open_desk(tmp_path):
        pass
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("PRAGMA user_version = 9")
    connection.close()
    with pytest.raises(SettingError, match="written by another version"), open_desk(tmp_path):
        pass


def test_a_report_and_a_query_of_the_same_ids_are_two(
    server: BrokenServer, amazon: ReportingAmazon, open_desk: OpenDesk, tmp_path: Path
) -> None:
    with open_desk(tmp_path) as desk:
        reported = desk.report(returns())
        kiosk = KioskAmazon(server, desk.time.clock.utc)
        kiosk.fate = lambda made: setattr(made, "next_token", "")
        queried = desk.report(sales())
        same = replace(queried, document_id=reported.document_id)
        server.answer = amazon.answer
        text = desk.text(reported)
        server.answer = kiosk.answer
        assert reported.report_id == queried.report_id
        assert desk.text(queried) != text
        with pytest.raises(Exception, match="no such document"):
            desk.text(same)


def test_further_pages_that_no_page_leads_to_are_forgotten_after_a_while(
    kiosk: KioskAmazon, open_desk: OpenDesk, tmp_path: Path
) -> None:
    kiosk.fate = two_pages
    with open_desk(tmp_path) as desk:
        for _ in range(2):
            first = desk.report(sales(30), report_max_age_seconds=0.0)
            desk.report(replace(sales(30), page_token=first.next_token))
            desk.time.now += timedelta(minutes=5).total_seconds()
        desk.time.now += 100 * 86_400
    for _ in range(2):
        with open_desk(tmp_path) as desk:
            left = [record.report_id for record in desk.jobs.records()]
    assert left == ["1002", "1003"]
