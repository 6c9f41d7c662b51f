"""Killed at every state, in steps and by kill -9; many clients of one report."""

import contextlib
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flight_server.activity import Journal, QueryActivity
from flight_server.client import SellingPartnerClient
from flight_server.errors import SettingError
from flight_server.jobs import Jobs, open_jobs
from flight_server.jobs.store import FILE
from tests.client.broken_server import BrokenServer, Received, Reply
from tests.jobs.asker import QUICK, ask, settings_for
from tests.jobs.conftest import Desk, OpenDesk, returns
from tests.jobs.reporting_amazon import REPORTS, STORAGE, Made, ReportingAmazon

TEXT = b"".join(b"sku-%d\t%d\r\n" % (number, number) for number in range(20_000))


class Killed(BaseException):
    """What ends a step as kill -9 does: nothing that follows it runs, as far as the store is concerned."""


@pytest.fixture
def real_amazon(server: BrokenServer) -> ReportingAmazon:
    amazon = ReportingAmazon(server, lambda: datetime.now(UTC))

    def fate(made: Made) -> None:
        made.statuses, made.document = ["IN_QUEUE", "IN_QUEUE", "IN_PROGRESS", "IN_PROGRESS", "DONE"], TEXT

    amazon.fate = fate
    return amazon


def kill(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def started(data: Path, server: BrokenServer, kind: str = "report") -> "subprocess.Popen[bytes]":
    arguments = [sys.executable, "-m", "tests.jobs.asker", str(data), server.url, kind]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE)


MOMENTS = {
    "before createReport arrives": ("POST", REPORTS, False),
    "before the answer of createReport is noted": ("POST", REPORTS, True),
    "while polling": ("GET", REPORTS + "/", True),
    "before the link is there": ("GET", "/reports/2021-06-30/documents/", True),
    "in the middle of the download": ("GET", STORAGE, True),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_server_that_is_killed_asks_for_a_report_once(
    real_amazon: ReportingAmazon, server: BrokenServer, tmp_path: Path, moment: str
) -> None:
    method, path, is_answered = MOMENTS[moment]
    process: list[subprocess.Popen[bytes]] = []
    is_up = threading.Event()

    def killing(received: Received) -> bool:
        is_up.wait()
        if not process or received.method != method or not received.path.startswith(path):
            return False
        kill(process.pop())
        return True

    if is_answered:
        real_amazon.after = lambda received, reply: Reply(is_dropped=True) if killing(received) else reply
    else:
        real_amazon.before = lambda received: Reply(is_dropped=True) if killing(received) else None
    process.append(started(tmp_path, server))
    is_up.set()
    victim = process[0]
    victim.wait(timeout=60)
    assert victim.returncode == -9
    assert ask(tmp_path, server.url) == TEXT
    assert len(real_amazon.made) == 1


def test_killed_at_random_again_and_again_it_asks_once(
    real_amazon: ReportingAmazon, server: BrokenServer, tmp_path: Path
) -> None:
    chance = random.Random(7)
    real_amazon.fate = lambda made: made.__dict__.update(statuses=["IN_QUEUE"] * 30 + ["DONE"], document=TEXT)
    for _ in range(6):
        process = started(tmp_path, server)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.5 + chance.random())
        kill(process)
    assert ask(tmp_path, server.url) == TEXT
    assert len(real_amazon.made) == 1


@pytest.mark.parametrize("step", range(1, 13))
def test_whatever_call_is_the_last_one_the_next_server_goes_on(
    amazon: ReportingAmazon, open_desk: OpenDesk, tmp_path: Path, step: int
) -> None:
    amazon.fate = lambda made: setattr(made, "statuses", ["IN_QUEUE", "IN_PROGRESS", "IN_QUEUE", "IN_PROGRESS", "DONE"])
    with open_desk(tmp_path) as desk, pytest.raises(Killed):
        left = iter(range(step))
        die_after(desk.jobs, left)
        desk.text(desk.report(returns()))
        raise Killed
    with open_desk(tmp_path) as desk:
        assert desk.text(desk.report(returns())) == b"sku\tprice\r\nA\t1\r\n"
    assert amazon.creations == 1


def die_after(jobs: Jobs, left: Iterator[int]) -> None:
    """Let so many notes be written, and then none: as if the process were gone."""
    store = jobs._store
    update = store.update

    def noting(*values: object, **changes: object) -> object:
        if next(left, None) is None:
            raise Killed
        return update(*values, **changes)  # type: ignore[arg-type]

    store.update = noting  # type: ignore[method-assign, assignment]


def test_ten_clients_are_one_job(real_amazon: ReportingAmazon, server: BrokenServer) -> None:
    client, hosts = SellingPartnerClient(Journal()), frozenset({server.url.removeprefix("http://")})
    settings = settings_for(server.url)
    with open_jobs(None, client, allowed_hosts=hosts, pace=QUICK) as jobs:

        def one(number: int) -> str:
            query = QueryActivity(f"SELECT {number}", "test")
            if number % 5 == 0:
                threading.Timer(0.05, query.cancel).start()
            try:
                ((_, (finished,)),) = jobs.reports([returns()], settings, query)
                with jobs.document(finished, settings, query) as document:
                    assert b"".join(document.chunks)
            except Exception as error:
                return type(error).__name__
            return finished.report_id

        with ThreadPoolExecutor(10) as pool:
            found = set(pool.map(one, range(10)))
    client.close()
    assert found <= {"1000", "Cancelled"}
    assert "1000" in found
    assert real_amazon.creations == 1
    assert real_amazon.count("/reports/2021-06-30/documents") == 1
    assert real_amazon.count(REPORTS) < 12, "they look for themselves"


def test_two_servers_do_not_share_a_directory(open_desk: OpenDesk, tmp_path: Path) -> None:
    with (
        open_desk(tmp_path),
        pytest.raises(SettingError, match="another server uses this directory"),
        open_desk(tmp_path),
    ):
        pass


def test_what_newer_jobs_stand_for_is_forgotten_after_a_while(
    amazon: ReportingAmazon, open_desk: OpenDesk, tmp_path: Path
) -> None:
    with open_desk(tmp_path) as desk:
        for _ in range(3):
            desk.report(returns(), report_max_age_seconds=0.0)
            desk.time.now += 5
        assert len(desk.jobs.records()) == 3
        desk.time.now += 100 * 86_400
    with open_desk(tmp_path) as desk:
        assert [record.report_id for record in desk.jobs.records()] == ["1002"]


def test_a_spoilt_store_is_told(open_desk: OpenDesk, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database at all, but long enough to be taken for one " * 40)
    with pytest.raises(SettingError, match="cannot be read"), open_desk(tmp_path):
        pass


def test_the_account_is_the_same_after_a_restart_and_another_in_another_directory(
    amazon: ReportingAmazon, open_desk: OpenDesk, tmp_path: Path
) -> None:
    accounts = []
    for place in ("one", "one", "other"):
        with open_desk(tmp_path / place) as desk:
            desk.report(returns())
            accounts += [record.account for record in desk.jobs.records(desk.settings)]
            assert desk.jobs.records(replace(desk.settings, client_id="another")) == []
    assert accounts[0] == accounts[1] != accounts[2]


def test_a_job_of_a_killed_server_is_known_to_the_next(
    amazon: ReportingAmazon, open_desk: OpenDesk, tmp_path: Path, desk: Desk
) -> None:
    with open_desk(tmp_path) as first:
        first.report(returns())
    with open_desk(tmp_path) as second:
        record = second.jobs.known(returns(), second.settings)
    assert record is not None
    assert record.status == "done"
    assert desk.jobs.known(returns(), desk.settings) is None
