"""Reports that Amazon makes by itself, as settlements: found, each read once, in order."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from catalog.reports.report import Report
from flight_server.errors import QueryError
from flight_server.plan import ReportRequest
from tests.client.fake_time import START
from tests.jobs.conftest import US, Desk, OpenDesk
from tests.jobs.reporting_amazon import REPORTS, Made, ReportingAmazon

SETTLEMENT = Report("GET_SETTLEMENT", "settlement", "delimited", is_requestable=False, period="optional")


def settle(amazon: ReportingAmazon, count: int = 5) -> list[Made]:
    """Settlements of two weeks each, the last of which ended a day ago."""
    made = []
    for number in range(count):
        end = START - timedelta(days=1 + 14 * number)
        period = {"start": (end - timedelta(days=14)).isoformat(), "end": end.isoformat()}
        age = timedelta(days=14 * number, hours=12)
        made.append(amazon.add("GET_SETTLEMENT", age, report_id=f"s{number}", **period))
    return made


def ask(since_days: float | None = None, until_days: float | None = None) -> ReportRequest:
    start = None if since_days is None else START - timedelta(days=since_days)
    end = None if until_days is None else START - timedelta(days=until_days)
    return ReportRequest(SETTLEMENT, (US,), start, end)


def ids(desk: Desk, request: ReportRequest, **settings: object) -> list[str]:
    return [report.report_id for report in desk.reports(request, **settings)]


def test_all_pages_are_found_in_the_order_of_their_periods(amazon: ReportingAmazon, desk: Desk) -> None:
    settle(amazon)
    assert ids(desk, ask()) == ["s4", "s3", "s2", "s1", "s0"]
    assert (amazon.creations, amazon.count(REPORTS)) == (0, 3)


def test_the_period_selects_those_that_overlap_it(amazon: ReportingAmazon, desk: Desk) -> None:
    settle(amazon)
    assert ids(desk, ask(30, 20)) == ["s2", "s1"]
    assert ids(desk, ask(15, 1)) == ["s0"]


def test_other_marketplaces_and_equal_documents_are_left_out(amazon: ReportingAmazon, desk: Desk) -> None:
    made = settle(amazon, 2)
    made[1].marketplaces = ["A2EUQ1WTGCTBG2"]
    assert ids(desk, ask()) == ["s0"]
    assert ids(desk, replace(ask(), marketplace_ids=())) == ["s1", "s0"]


def test_asked_again_it_lists_only_what_may_be_new(amazon: ReportingAmazon, desk: Desk) -> None:
    settle(amazon)
    ids(desk, ask(60))
    calls = amazon.count(REPORTS)
    assert len(ids(desk, ask(30))) == 3
    assert amazon.count(REPORTS) == calls
    amazon.add("GET_SETTLEMENT", timedelta(0), report_id="new", start=START.isoformat(), end=START.isoformat())
    assert ids(desk, ask(30), report_max_age_seconds=0.0)[-1] == "new"


def test_a_period_that_is_long_over_is_listed_once(amazon: ReportingAmazon, desk: Desk) -> None:
    settle(amazon)
    assert ids(desk, ask(70, 50)) == ["s4", "s3"]
    calls = amazon.count(REPORTS)
    assert ids(desk, ask(70, 50), report_max_age_seconds=0.0) == ["s4", "s3"]
    assert amazon.count(REPORTS) == calls


def test_what_amazon_no_longer_lists_is_an_error_unless_it_is_known(
    amazon: ReportingAmazon, open_desk: OpenDesk, tmp_path: Path
) -> None:
    settle(amazon)
    with open_desk(tmp_path) as desk:
        with pytest.raises(QueryError, match="keeps GET_SETTLEMENT for 90 days"):
            desk.reports(ask(120))
        found = desk.reports(ask(80))
        texts = [desk.text(report) for report in found]
    with open_desk(tmp_path) as desk:
        desk.time.now += 60 * 86_400
        amazon.made.clear()
        assert desk.reports(ask(80)) == found
        assert [desk.text(report) for report in found] == texts


def test_a_document_that_is_neither_kept_nor_at_amazon_is_an_error(amazon: ReportingAmazon, desk: Desk) -> None:
    settle(amazon)
    desk.reports(ask(80))
    desk.time.now += 60 * 86_400
    with pytest.raises(QueryError, match="ask for what ends after"):
        desk.reports(ask(80))
