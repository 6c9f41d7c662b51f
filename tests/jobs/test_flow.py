"""The order of things: a report that is there, one that is under way, createReport; and what each status means."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from catalog.reports.report import ReportOption
from flight_server.connection.settings import RetrySettings, Secret
from flight_server.errors import (
    AnswerLost,
    ApiError,
    ApiUnavailable,
    Cancelled,
    LimitReached,
    TimedOut,
    UnexpectedAnswer,
)
from flight_server.plan import ReportRequest
from tests.client.broken_server import Received, Reply, refusal
from tests.client.fake_time import FakeTime
from tests.jobs.conftest import DAY, STOCK, US, Desk, returns
from tests.jobs.reporting_amazon import DOCUMENTS, REPORTS, STORAGE, Made, ReportingAmazon

FIVE_MINUTES = timedelta(minutes=5)


def during(day: int, days: int = 30) -> dict[str, str]:
    start = DAY + timedelta(days=day)
    return {"start": start.isoformat(), "end": (start + timedelta(days=days)).isoformat()}


def test_a_report_is_asked_for_polled_and_read(amazon: ReportingAmazon, desk: Desk) -> None:
    amazon.fate = lambda made: setattr(made, "statuses", ["IN_QUEUE", "IN_PROGRESS", "DONE"])
    found = desk.report(returns())
    assert (found.report_id, found.start, found.marketplace_ids) == ("1000", DAY, (US,))
    assert desk.text(found) == b"sku\tprice\r\nA\t1\r\n"
    assert (amazon.creations, amazon.count(DOCUMENTS)) == (1, 1)


def test_the_same_query_a_minute_later_makes_no_call(amazon: ReportingAmazon, desk: Desk) -> None:
    before = desk.text(desk.report(returns()))
    calls = len(amazon.server.calls)
    desk.time.now += 60
    assert desk.text(desk.report(returns())) == before
    assert len(amazon.server.calls) == calls


def test_a_report_that_somebody_else_asked_for_is_taken(amazon: ReportingAmazon, desk: Desk) -> None:
    made = amazon.add("GET_RETURNS", timedelta(hours=1), **during(0))
    assert desk.report(returns()).report_id == made.report_id
    assert amazon.creations == 0


def test_one_that_is_running_is_waited_for_whoever_asked(amazon: ReportingAmazon, desk: Desk) -> None:
    made = amazon.add("GET_RETURNS", timedelta(hours=1), statuses=["IN_PROGRESS", "IN_PROGRESS", "DONE"], **during(0))
    assert desk.report(returns()).report_id == made.report_id
    assert amazon.creations == 0


@pytest.mark.parametrize(
    "other",
    [
        {"marketplaces": ["A2EUQ1WTGCTBG2"]},
        {"report_type": "GET_OTHER"},
        during(1),
        {"created": DAY},
    ],
)
def test_one_that_tells_something_else_or_is_too_old_is_not_taken(
    amazon: ReportingAmazon, desk: Desk, other: dict[str, object]
) -> None:
    made = amazon.add("GET_RETURNS", timedelta(hours=1), **during(0))
    for name, value in other.items():
        setattr(made, name, value)
    assert desk.report(returns()).report_id == "1001"


def test_lists_leave_out_options_so_that_a_foreign_report_is_not_taken(amazon: ReportingAmazon, desk: Desk) -> None:
    amazon.add("GET_RETURNS", timedelta(hours=1), **during(0))
    request = returns(options=(ReportOption("aggregate", "aggregate"),))
    assert desk.report(replace(request, options=(("aggregate", "DAY"),))).report_id == "1001"
    assert desk.report(replace(request, options=(("aggregate", "WEEK"),))).report_id == "1002"
    assert [made.options for made in amazon.made[1:]] == [{"aggregate": "DAY"}, {"aggregate": "WEEK"}]


def test_a_report_older_than_report_max_age_is_asked_for_again(amazon: ReportingAmazon, desk: Desk) -> None:
    request = ReportRequest(STOCK, (US,))
    assert desk.report(request).report_id == "1000"
    desk.time.now += 2 * 3600
    assert desk.report(request).report_id == "1000"
    assert desk.report(request, report_max_age_seconds=3600.0).report_id == "1001"
    desk.time.now += 5 * 3600
    assert desk.report(request).report_id == "1002"


def test_a_period_that_was_over_when_it_was_told_never_ages(amazon: ReportingAmazon, desk: Desk) -> None:
    desk.time.now += 10 * 86_400
    found = desk.report(returns())
    calls = len(amazon.server.calls)
    desk.time.now += 40 * 86_400
    assert desk.report(returns(), report_max_age_seconds=0.0) == found
    assert len(amazon.server.calls) == calls


def test_a_period_that_was_still_restated_when_it_was_told_ages(amazon: ReportingAmazon, desk: Desk) -> None:
    assert desk.report(returns()).report_id == "1000"  # it ended a day ago
    desk.time.now += 10 * 86_400
    assert desk.report(returns()).report_id == "1001"


def test_thirteen_windows_are_under_way_at_once_and_come_in_order(amazon: ReportingAmazon, desk: Desk) -> None:
    amazon.fate = lambda made: setattr(made, "statuses", ["IN_QUEUE"] * (14 - len(amazon.made)) + ["DONE"])
    requests = [returns(-30 * number) for number in range(13)]
    found = list(desk.jobs.reports(requests, desk.settings, desk.query()))
    assert [request for request, _ in found] == requests
    assert [report.report_id for _, (report,) in found] == [str(1000 + number) for number in range(13)]
    posts = [number for number, call in enumerate(amazon.server.calls) if call.method == "POST"]
    assert posts[-1] - posts[0] < 13 + 3, "one waits for another"
    assert amazon.creations == 13


def test_many_reports_are_looked_at_by_one_list(amazon: ReportingAmazon, desk: Desk) -> None:
    amazon.fate = lambda made: setattr(made, "statuses", ["IN_QUEUE", "IN_QUEUE", "DONE"])
    list(desk.jobs.reports([returns(-30 * number) for number in range(6)], desk.settings, desk.query()))
    single = sum(call.method == "GET" and call.path.startswith(REPORTS + "/") for call in amazon.server.calls)
    assert single < 6


def test_polls_come_less_and_less_often(amazon: ReportingAmazon, desk: Desk) -> None:
    amazon.fate = lambda made: setattr(made, "statuses", ["IN_QUEUE"] * 12 + ["DONE"])
    desk.report(returns())
    assert desk.time.now > 12 * 2
    assert amazon.count(REPORTS) < 16


def test_the_wait_is_told(amazon: ReportingAmazon, desk: Desk) -> None:
    amazon.fate = lambda made: setattr(made, "statuses", ["IN_QUEUE", "IN_QUEUE", "IN_PROGRESS", "IN_PROGRESS", "DONE"])
    query = desk.query()
    list(desk.jobs.reports([returns(), returns(-30)], desk.settings, query))
    assert "0 of 2 reports there · report queued 1 s" in query.waited_for
    assert any(text.endswith(" · processing") for text in query.waited_for)
    assert "waiting for reports" in query.states
    assert (query.state, query.waits_for) == ("running", "")


@pytest.mark.parametrize("fault", [Reply(is_dropped=True), Reply(500), Reply(503), Reply(202, b"{", {})])
@pytest.mark.parametrize("is_made", [True, False])
def test_after_a_lost_answer_it_is_looked_for_before_it_is_asked_for_again(
    amazon: ReportingAmazon, desk: Desk, fault: Reply, is_made: bool
) -> None:
    faults = [fault]

    def lost(received: Received, reply: Reply) -> Reply:
        return faults.pop() if received.method == "POST" and faults else reply

    if is_made:
        amazon.after = lost
    else:
        amazon.before = lambda received: faults.pop() if received.method == "POST" and faults else None
    desk.report(returns(), retry=RetrySettings("RetryAny", count_max=3, wait_time_ms=10))
    assert len(amazon.made) == 1
    assert amazon.creations == (1 if is_made else 2)


def test_a_lost_answer_is_never_taken_for_that_of_a_twin_with_other_options(
    amazon: ReportingAmazon, desk: Desk
) -> None:
    faults = [Reply(is_dropped=True)] * 2
    amazon.after = lambda received, reply: faults.pop() if received.method == "POST" and faults else reply
    base = returns(options=(ReportOption("aggregate", "aggregate"),))
    requests = [replace(base, options=(("aggregate", value),)) for value in ("DAY", "WEEK")]
    for request, (found,) in desk.jobs.reports(requests, desk.settings, desk.query()):
        made = next(made for made in amazon.made if made.report_id == found.report_id)
        assert tuple(made.options.items()) == request.options


@pytest.mark.parametrize("seed", range(6))
def test_among_failures_drops_and_cuts_the_bytes_are_the_same(amazon: ReportingAmazon, desk: Desk, seed: int) -> None:
    chance, text = random.Random(seed), b"sku\tprice\r\n" * 5000
    amazon.fate = lambda made: made.__dict__.update(statuses=["IN_QUEUE"] * 5 + ["DONE"], document=text)

    def after(received: Received, reply: Reply) -> Reply:
        luck = chance.random()
        if luck < 0.2:
            return Reply(500)
        if luck < 0.3:
            return Reply(is_dropped=True)
        is_cut = STORAGE in received.path and luck < 0.8
        return replace(reply, missing_bytes=chance.randrange(1, len(reply.text) + 1)) if is_cut else reply

    amazon.after = after
    retry = RetrySettings("RetryAny", count_max=12, wait_time_ms=1)
    requests = [returns(-30 * number) for number in range(3)]
    settings = replace(desk.settings, retry=retry)
    for _, (found,) in desk.jobs.reports(requests, settings, desk.query()):
        assert desk.text(found, retry=retry) == text
    assert len(amazon.made) == 3


def test_a_throttled_request_is_sent_again(amazon: ReportingAmazon, desk: Desk) -> None:
    replies = [refusal(429, "QuotaExceeded")]
    amazon.before = lambda received: replies.pop() if received.method == "POST" and replies else None
    desk.report(returns())
    assert (amazon.creations, len(amazon.made)) == (2, 1)


def test_without_retries_a_lost_answer_is_told_and_the_next_query_looks(amazon: ReportingAmazon, desk: Desk) -> None:
    faults = [Reply(is_dropped=True)]
    amazon.after = lambda received, reply: faults.pop() if received.method == "POST" and faults else reply
    with pytest.raises(AnswerLost, match="createReport got no answer"):
        desk.report(returns(), retry=RetrySettings("None"))
    desk.report(returns())
    assert amazon.creations == 1


def test_a_refused_request_is_told_in_amazons_words(amazon: ReportingAmazon, desk: Desk) -> None:
    amazon.before = lambda received: refusal(400, "InvalidInput", "bad option") if received.method == "POST" else None
    for _ in range(2):
        with pytest.raises(ApiError, match="bad option"):
            desk.report(returns())
    assert amazon.creations == 2, "the next query may ask again"


def test_a_look_that_fails_does_not_end_the_wait(amazon: ReportingAmazon, desk: Desk) -> None:
    amazon.fate = lambda made: setattr(made, "statuses", ["IN_QUEUE", "DONE"])
    faults = [Reply(500), Reply(503)]
    amazon.before = lambda received: faults.pop() if received.path.startswith(REPORTS + "/") and faults else None
    assert desk.report(returns()).report_id == "1000"
    faults += [Reply(500)] * 9
    with pytest.raises(ApiUnavailable):
        desk.report(returns(1))


def test_cancelled_is_empty_where_nobody_asked_shortly_before(amazon: ReportingAmazon, desk: Desk) -> None:
    amazon.fate = lambda made: setattr(made, "statuses", ["IN_QUEUE", "CANCELLED"])
    assert desk.report(returns()).document_id == ""
    assert desk.time.now < 60
    calls = len(amazon.server.calls)
    assert desk.report(returns()).document_id == ""
    assert (amazon.creations, len(amazon.server.calls)) == (1, calls)


def test_cancelled_shortly_after_another_is_asked_for_once_more(amazon: ReportingAmazon, desk: Desk) -> None:
    amazon.add("GET_STOCK", FIVE_MINUTES, statuses=["CANCELLED"])

    def fate(made: Made) -> None:
        too_soon = any(made.created - other.created < timedelta(minutes=30) for other in amazon.made)
        made.statuses = ["CANCELLED"] if too_soon else ["DONE"]

    amazon.fate = fate
    query = desk.query()
    ((_, (found,)),) = desk.jobs.reports([ReportRequest(STOCK, (US,))], desk.settings, query)
    assert (found.report_id, amazon.creations) == ("1002", 2)
    assert 25 * 60 <= desk.time.now < 26 * 60
    assert "report asked for too soon, again at 00:25 UTC" in query.waited_for


def test_cancelled_after_the_cooldown_was_waited_out_is_empty(amazon: ReportingAmazon, desk: Desk) -> None:
    amazon.add("GET_STOCK", FIVE_MINUTES, statuses=["CANCELLED"])
    amazon.fate = lambda made: setattr(made, "statuses", ["CANCELLED"])
    assert desk.report(ReportRequest(STOCK, (US,))).document_id == ""
    assert amazon.creations == 2


def test_a_query_need_not_wait_out_the_cooldown(amazon: ReportingAmazon, desk: Desk) -> None:
    amazon.add("GET_STOCK", FIVE_MINUTES, statuses=["CANCELLED"])
    amazon.fate = lambda made: setattr(made, "statuses", ["CANCELLED"])
    query = desk.query()

    def wait(seconds: float) -> None:
        desk.time.now += seconds
        if desk.time.now > 300:
            query.cancel(TimedOut(300))
        query.check()

    query.wait = wait  # type: ignore[method-assign]
    with pytest.raises(TimedOut):
        list(desk.jobs.reports([ReportRequest(STOCK, (US,))], desk.settings, query))
    (record,) = desk.jobs.records()
    assert (record.status, record.calls) == ("cooling", 2)
    assert record.cooldown_until is not None


def test_an_empty_month_among_others_is_no_question_asked_too_soon(amazon: ReportingAmazon, desk: Desk) -> None:
    amazon.fate = lambda made: setattr(made, "statuses", ["CANCELLED" if len(amazon.made) == 2 else "DONE"])
    found = list(desk.jobs.reports([returns(-30 * number) for number in range(4)], desk.settings, desk.query()))
    assert [bool(report.document_id) for _, (report,) in found] == [True, True, False, True]
    assert desk.time.now < 60


def test_fatal_is_told_with_amazons_sentence_and_not_asked_for_again_at_once(
    amazon: ReportingAmazon, desk: Desk
) -> None:
    def fate(made: Made) -> None:
        made.statuses, made.document = ["FATAL"], b'{"errorDetails": "dataStartTime must be a Sunday"}'

    amazon.fate = fate
    for _ in range(2):
        with pytest.raises(
            ApiError, match=r"dataStartTime must be a Sunday; a next try makes sense after 2026-01-01 00:3"
        ):
            desk.report(returns())
    assert amazon.creations == 1
    desk.time.now += 31 * 60
    with pytest.raises(ApiError, match="Sunday"):
        desk.report(returns())
    assert amazon.creations == 2


def test_fatal_without_a_word_is_told_all_the_same(amazon: ReportingAmazon, desk: Desk) -> None:
    def fate(made: Made) -> None:
        made.statuses, made.document = ["FATAL"], None

    amazon.fate = fate
    with pytest.raises(ApiError, match="does not say why; a next try makes sense after"):
        desk.report(returns())


@pytest.mark.parametrize(("status", "is_empty"), [("FATAL", True), ("CANCELLED", False)])
def test_fatal_for_lack_of_data_is_empty_where_the_type_says_so(
    amazon: ReportingAmazon, desk: Desk, status: str, is_empty: bool
) -> None:
    def fate(made: Made) -> None:
        made.statuses, made.document = ["FATAL"], b'{"errorDetails": "The requested data is unavailable."}'

    amazon.fate = fate
    if is_empty:
        assert desk.report(returns(no_data_status=status)).document_id == ""
    else:
        with pytest.raises(ApiError, match="unavailable"):
            desk.report(returns(no_data_status=status))


def test_two_accounts_never_share(amazon: ReportingAmazon, desk: Desk) -> None:
    other = {"refresh_token": Secret("Atzr|of another seller")}
    first = desk.report(returns(), report_max_age_seconds=0.0)
    amazon.made.clear()  # the other seller's list
    second = desk.report(returns(), **other)
    assert (first.report_id, second.report_id, amazon.creations) == ("1000", "1000", 2)
    desk.text(first)
    links = amazon.count(DOCUMENTS)
    desk.text(second, **other)
    assert amazon.count(DOCUMENTS) == links + 1
    assert len(desk.jobs.records(desk.settings)) == 1


def test_a_cancelled_query_leaves_the_job_to_the_next_one(amazon: ReportingAmazon, desk: Desk, time: FakeTime) -> None:
    amazon.fate = lambda made: setattr(made, "statuses", ["IN_QUEUE"] * 9 + ["DONE"])
    query = desk.query()
    query.wait = lambda seconds: query.cancel()  # type: ignore[method-assign]
    with pytest.raises(Cancelled):
        list(desk.jobs.reports([returns()], desk.settings, query))
    assert desk.report(returns()).report_id == "1000"
    assert amazon.creations == 1


def test_a_query_that_is_stopped_while_it_asks_leaves_one_report(amazon: ReportingAmazon, desk: Desk) -> None:
    query = desk.query()

    def after(received: Received, reply: Reply) -> Reply:
        if received.method == "POST":
            query.cancel()
        return reply

    amazon.after = after
    with pytest.raises(Cancelled):
        list(desk.jobs.reports([returns()], desk.settings, query))
    (record,) = desk.jobs.records()
    assert record.status == "asking"
    began = desk.time.now
    assert desk.report(returns()).report_id == "1000"
    assert amazon.creations == 1
    assert desk.time.now - began >= 2, "it was looked for before it could be seen"


def test_max_calls_counts_what_is_asked_for_and_not_how_often_it_is_looked_at(
    amazon: ReportingAmazon, desk: Desk
) -> None:
    amazon.fate = lambda made: setattr(made, "statuses", ["IN_QUEUE"] * 9 + ["DONE"])
    assert desk.report(returns(), max_calls=1).report_id == "1000"
    requests = [returns(-30 * number) for number in range(1, 4)]
    with pytest.raises(LimitReached):
        list(desk.jobs.reports(requests, replace(desk.settings, max_calls=2), desk.query()))
    assert [record.status for record in desk.jobs.records()].count("wanted") == 1


def test_a_document_that_amazon_lost_is_asked_for_anew_by_the_next_query(amazon: ReportingAmazon, desk: Desk) -> None:
    found = desk.report(returns())
    amazon.made.clear()
    with pytest.raises(ApiError, match="no such document"):
        desk.text(found)
    assert desk.text(desk.report(returns()))
    assert amazon.creations == 2


def test_what_is_known_is_told_without_a_call(amazon: ReportingAmazon, desk: Desk) -> None:
    assert desk.jobs.known(returns(), desk.settings) is None
    found = desk.report(returns())
    desk.jobs.note_read(found, desk.settings, rows=1, bytes_=16)
    calls = len(amazon.server.calls)
    desk.time.now += 60
    record = desk.jobs.known(returns(), desk.settings)
    assert record is not None
    assert (record.status, record.report_id, record.rows, record.bytes) == ("done", "1000", 1, 16)
    assert record.age_seconds == pytest.approx(60, abs=5)
    assert len(amazon.server.calls) == calls
    assert "Atzr" not in repr(record)


def test_a_report_that_is_done_without_a_document_is_not_taken_for_an_empty_one(
    amazon: ReportingAmazon, desk: Desk
) -> None:
    amazon.fate = lambda made: setattr(made, "document", None)
    with pytest.raises(UnexpectedAnswer, match="not where its document is"):
        desk.report(returns())
    amazon.made[0].document = b"sku\r\nA\r\n"
    assert desk.report(returns()).document_id
    assert amazon.creations == 1
