"""Data Kiosk queries as jobs: the order of things, what each status means, and what is one job."""

import gzip
from dataclasses import replace
from datetime import timedelta

import pytest

from flight_server.connection.settings import RetrySettings
from flight_server.errors import ApiError
from flight_server.plan import FinishedReport, ReportRequest
from tests.client.broken_server import Reply, refusal
from tests.jobs.conftest import DAY, Desk, sales
from tests.jobs.kiosk_amazon import DOCUMENTS, LINE, QUERIES, KioskAmazon, Made

HOUR = timedelta(hours=1)


def dying(made: Made, *statuses: str, document: bytes | None = None) -> None:
    made.statuses, made.document = list(statuses), document


def pages(desk: Desk, request: ReportRequest) -> list[FinishedReport]:
    """All pages of a query, as whoever reads them asks for them."""
    found = [desk.report(request)]
    while found[-1].next_token:
        found.append(desk.report(replace(request, page_token=found[-1].next_token)))
    return found


def test_a_query_is_made_polled_and_read(kiosk: KioskAmazon, desk: Desk) -> None:
    kiosk.fate = lambda made: setattr(made, "statuses", ["IN_QUEUE", "IN_PROGRESS", "DONE"])
    found = desk.report(sales())
    assert (found.report_id, found.next_token, found.start) == ("1000", "", DAY)
    assert desk.text(found) == LINE
    assert (kiosk.creations, kiosk.count(DOCUMENTS)) == (1, 1)
    assert kiosk.made[0].query == sales().query


@pytest.mark.parametrize("headers", [{"content-encoding": "gzip"}, {}])
def test_a_packed_document_is_given_out_as_storage_has_it_and_kept(
    kiosk: KioskAmazon, desk: Desk, headers: dict[str, str]
) -> None:
    kiosk.headers |= headers
    kiosk.fate = lambda made: setattr(made, "document", gzip.compress(LINE))
    found = desk.report(sales())
    assert [desk.text(found) for _ in range(2)] == [LINE, LINE]
    assert kiosk.count(DOCUMENTS) == 1


def test_equal_texts_are_one_job_whatever_their_white_space(kiosk: KioskAmazon, desk: Desk) -> None:
    request = sales()
    loose = replace(request, query=request.query.replace("{", " {\n  "))
    assert desk.report(request).report_id == desk.report(loose).report_id == "1000"
    calls = len(kiosk.server.calls)
    desk.time.now += 60
    assert desk.report(request).report_id == "1000"
    assert (kiosk.creations, len(kiosk.server.calls)) == (1, calls)


def test_other_texts_are_other_jobs(kiosk: KioskAmazon, desk: Desk) -> None:
    assert [desk.report(sales(day)).report_id for day in range(3)] == ["1000", "1001", "1002"]


def test_a_query_older_than_report_max_age_is_made_again_unless_its_figures_are_settled(
    kiosk: KioskAmazon, desk: Desk
) -> None:
    young = sales(30)  # it ended at the first moment of the test
    desk.report(young)
    desk.report(sales())
    desk.time.now += 5 * 3600
    assert desk.report(sales()).report_id == "1001"
    assert desk.report(young).report_id == "1002"


def test_done_without_a_document_has_no_rows(kiosk: KioskAmazon, desk: Desk) -> None:
    kiosk.fate = lambda made: dying(made, "IN_QUEUE", "DONE")
    assert desk.report(sales()).document_id == ""
    assert desk.report(sales()).document_id == ""
    assert kiosk.creations == 1
    assert [record.status for record in desk.jobs.records()] == ["empty"]


def test_further_pages_are_queries_of_their_own_each_made_once(kiosk: KioskAmazon, desk: Desk) -> None:
    def fate(made: Made) -> None:
        number = int(made.page_token or 0)
        made.next_token = str(number + 1) if number < 3 else ""
        made.document = b"page %d\n" % number if number != 2 else None  # no rows, and yet a page after it

    kiosk.fate = fate
    for _ in range(2):
        found = pages(desk, sales())
        assert [desk.text(page) if page.document_id else b"" for page in found] == [
            b"page 0\n",
            b"page 1\n",
            b"",
            b"page 3\n",
        ]
        desk.time.now += 86_400
    assert [made.page_token for made in kiosk.made] == ["", "1", "2", "3"]
    assert {made.query for made in kiosk.made} == {sales().query}


def test_a_further_page_is_as_fresh_as_its_first_page(kiosk: KioskAmazon, desk: Desk) -> None:
    request = sales(30)
    kiosk.fate = lambda made: setattr(made, "next_token", "" if made.page_token else f"after {made.query_id}")
    pages(desk, request)
    desk.time.now += 3 * 3600
    pages(desk, request)
    assert kiosk.creations == 2
    desk.time.now += 3 * 3600
    pages(desk, request)
    assert [made.page_token for made in kiosk.made] == ["", "after 1000", "", "after 1002"]


def test_a_first_page_whose_further_pages_are_lost_is_asked_for_anew(kiosk: KioskAmazon, desk: Desk) -> None:
    kiosk.fate = lambda made: setattr(made, "next_token", "" if made.page_token else f"after {made.query_id}")
    assert desk.text(desk.report(sales())) == LINE  # kept, and nobody reads on
    desk.time.now += 31 * 86_400
    kiosk.made.clear()
    assert len(pages(desk, sales())) == 2
    assert [made.page_token for made in kiosk.made] == ["", f"after {kiosk.made[0].query_id}"]


def test_pages_that_are_all_kept_need_no_amazon(kiosk: KioskAmazon, desk: Desk) -> None:
    kiosk.fate = lambda made: setattr(made, "next_token", "" if made.page_token else "next")
    before = [desk.text(page) for page in pages(desk, sales())]
    desk.time.now += 31 * 86_400
    calls = len(kiosk.server.calls)
    assert [desk.text(page) for page in pages(desk, sales())] == before
    assert len(kiosk.server.calls) == calls


def test_a_page_token_that_amazon_refuses_lets_the_next_query_begin_anew(kiosk: KioskAmazon, desk: Desk) -> None:
    kiosk.fate = lambda made: setattr(made, "next_token", "" if made.page_token else f"after {made.query_id}")
    kiosk.before = lambda received: (
        refusal(400, "InvalidInput", "no such token") if b"after 1000" in received.body else None
    )
    with pytest.raises(ApiError, match="no such token"):
        pages(desk, sales())
    assert len(pages(desk, sales())) == 2
    assert [made.page_token for made in kiosk.made] == ["", "", "after 1001"]


def test_fatal_is_told_with_amazons_sentence_and_not_made_again_at_once(kiosk: KioskAmazon, desk: Desk) -> None:
    sentence = "The same start and end dates must be requested for Daily Inventory metrics"
    error = f'{{"errorDetails": "{sentence}"}}'.encode()
    kiosk.fate = lambda made: dying(made, "FATAL", document=error)
    for _ in range(2):
        with pytest.raises(ApiError, match=rf"\(query 1000\). Amazon said: {sentence}; a next try makes sense after"):
            desk.report(sales())
    assert kiosk.creations == 1


def test_cancelled_by_somebody_is_asked_once_more(kiosk: KioskAmazon, desk: Desk) -> None:
    kiosk.fate = lambda made: setattr(made, "statuses", ["DONE" if kiosk.made else "CANCELLED"])
    assert desk.report(sales()).report_id == "1001"


def test_cancelled_twice_is_an_error_that_says_so_and_no_ban(kiosk: KioskAmazon, desk: Desk) -> None:
    kiosk.fate = lambda made: setattr(made, "statuses", ["IN_QUEUE", "CANCELLED"])
    with pytest.raises(ApiError, match=r"\(query 1001\): somebody cancelled it twice"):
        desk.report(sales())
    kiosk.fate = lambda made: None
    assert desk.report(sales()).report_id == "1002"


def test_a_query_that_amazon_forgot_is_an_error(kiosk: KioskAmazon, desk: Desk) -> None:
    kiosk.fate = lambda made: setattr(made, "statuses", ["IN_QUEUE"])
    kiosk.before = lambda received: kiosk.made.clear() if received.method == "GET" else None
    with pytest.raises(ApiError, match="no longer knows the query 1000"):
        desk.report(sales())


def test_a_document_that_amazon_lost_is_asked_for_anew(kiosk: KioskAmazon, desk: Desk) -> None:
    found = desk.report(sales())
    kiosk.made.clear()
    with pytest.raises(ApiError, match="no such document"):
        desk.text(found)
    assert desk.text(desk.report(sales())) == LINE


@pytest.mark.parametrize("mode", ["RetryAny", "RetryWhenStatusCodeMatch"])
def test_a_refused_query_is_not_sent_again_for_that_costs_quota(kiosk: KioskAmazon, desk: Desk, mode: str) -> None:
    kiosk.before = lambda received: refusal(400, "InvalidInput", "bad field") if received.method == "POST" else None
    retry = RetrySettings(mode, frozenset({400, 429}), count_max=3, wait_time_ms=1)  # type: ignore[arg-type]
    with pytest.raises(ApiError, match="bad field"):
        desk.report(sales(), retry=retry)
    assert kiosk.creations == 1


def test_a_throttled_query_is_sent_again(kiosk: KioskAmazon, desk: Desk) -> None:
    replies = [refusal(429, "QuotaExceeded")]
    kiosk.before = lambda received: replies.pop() if received.method == "POST" and replies else None
    desk.report(sales())
    assert (kiosk.creations, len(kiosk.made)) == (2, 1)


def test_many_queries_are_looked_at_by_one_list(kiosk: KioskAmazon, desk: Desk) -> None:
    kiosk.fate = lambda made: setattr(made, "statuses", ["IN_QUEUE", "IN_QUEUE", "DONE"])
    list(desk.jobs.reports([sales(number) for number in range(6)], desk.settings, desk.query()))
    assert kiosk.count(QUERIES + "/") < 6


def test_the_wait_is_told_in_words_for_queries(kiosk: KioskAmazon, desk: Desk) -> None:
    kiosk.fate = lambda made: setattr(made, "statuses", ["IN_QUEUE", "IN_QUEUE", "IN_PROGRESS", "IN_PROGRESS", "DONE"])
    query = desk.query()
    list(desk.jobs.reports([sales(), sales(1)], desk.settings, query))
    assert "0 of 2 queries there · query queued 1 s" in query.waited_for
    assert any(
        text.startswith("0 of 2 queries there · query queued") and "processing" in text for text in query.waited_for
    )


# Queries of other tools


def test_a_query_that_another_tool_made_is_taken(kiosk: KioskAmazon, desk: Desk) -> None:
    loose = sales().query.replace("{", "\n{ ")
    made = kiosk.add(loose, HOUR, next_token="next")
    for number in range(5):
        kiosk.add(sales(number + 1).query, HOUR * number)
    found = desk.report(sales())
    assert (found.report_id, found.next_token, kiosk.creations) == (made.query_id, "next", 0)


def test_one_that_is_running_is_waited_for(kiosk: KioskAmazon, desk: Desk) -> None:
    made = kiosk.add(sales().query, HOUR, statuses=["IN_PROGRESS", "IN_PROGRESS", "DONE"])
    assert desk.report(sales()).report_id == made.query_id
    assert kiosk.creations == 0


@pytest.mark.parametrize("age", [HOUR, timedelta(days=12)])
def test_one_of_two_alike_may_be_a_further_page_and_is_not_taken(
    kiosk: KioskAmazon, desk: Desk, age: timedelta
) -> None:
    kiosk.add(sales().query, age + HOUR, next_token="next")
    kiosk.add(sales().query, age, page_token="next")
    assert desk.report(sales()).report_id == "1002"


def test_one_whose_first_page_may_no_longer_be_listed_is_not_taken(kiosk: KioskAmazon, desk: Desk) -> None:
    kiosk.add(sales().query, timedelta(days=25), page_token="next")
    assert desk.report(sales()).report_id == "1001"


def test_one_that_failed_has_no_further_page(kiosk: KioskAmazon, desk: Desk) -> None:
    kiosk.add(sales().query, 2 * HOUR, statuses=["FATAL"])
    made = kiosk.add(sales().query, HOUR)
    assert desk.report(sales()).report_id == made.query_id


def test_a_further_page_is_never_that_of_another_tool(kiosk: KioskAmazon, desk: Desk) -> None:
    kiosk.add(sales().query, HOUR, next_token="next")
    assert [page.report_id for page in pages(desk, sales())] == ["9000", "1001"]
    assert kiosk.made[1].page_token == "next"


def test_one_too_old_for_report_max_age_is_not_taken(kiosk: KioskAmazon, desk: Desk) -> None:
    kiosk.add(sales(30).query, 5 * HOUR)
    assert desk.report(sales(30)).report_id == "1001"


def test_one_without_a_document_is_taken_as_empty(kiosk: KioskAmazon, desk: Desk) -> None:
    kiosk.add(sales().query, HOUR, document=None)
    assert desk.report(sales()).document_id == ""
    assert kiosk.creations == 0


def test_a_long_list_is_fetched_once_and_then_only_what_is_new(kiosk: KioskAmazon, desk: Desk) -> None:
    desk.time.now += 60 * 86_400
    for number in range(20):
        kiosk.add(f"query{{q{number}}}", timedelta(days=number))
    desk.report(sales())
    lists = kiosk.lists
    assert lists >= 10
    desk.time.now += 3600
    running = kiosk.add(sales(1).query, HOUR / 2, statuses=["IN_QUEUE"] * 9 + ["DONE"])
    assert desk.report(sales(1)).report_id == running.query_id
    desk.time.now += 3600
    kiosk.add(sales(2).query, HOUR / 2, next_token="next")
    kiosk.add(sales(2).query, HOUR / 3, page_token="next")
    assert desk.report(sales(2)).report_id == "1024"
    assert kiosk.lists - lists < 5


def test_what_was_under_way_is_looked_at_again_in_the_next_list(kiosk: KioskAmazon, desk: Desk) -> None:
    cancelled = kiosk.add(sales(1).query, HOUR, statuses=["IN_QUEUE"])
    done = kiosk.add(sales(2).query, HOUR, statuses=["IN_QUEUE"])
    desk.report(sales())
    cancelled.statuses, done.statuses = ["CANCELLED"], ["DONE"]
    desk.time.now += 3600
    assert desk.report(sales(1)).report_id == "1003"
    assert desk.report(sales(2)).report_id == done.query_id


# Answers that are lost


@pytest.mark.parametrize("fault", [Reply(is_dropped=True), Reply(500), Reply(503), Reply(202, b"{", {})])
@pytest.mark.parametrize("is_made", [True, False])
@pytest.mark.parametrize("page_token", ["", "next"])
def test_after_a_lost_answer_it_is_looked_for_before_it_is_made_again(
    kiosk: KioskAmazon, desk: Desk, fault: Reply, is_made: bool, page_token: str
) -> None:
    faults = [fault]
    if is_made:
        kiosk.after = lambda received, reply: faults.pop() if received.method == "POST" and faults else reply
    else:
        kiosk.before = lambda received: faults.pop() if received.method == "POST" and faults else None
    retry = RetrySettings("RetryAny", count_max=3, wait_time_ms=10)
    desk.report(replace(sales(), page_token=page_token), retry=retry)
    assert [made.page_token for made in kiosk.made] == [page_token]
    assert kiosk.creations == (1 if is_made else 2)


def test_a_lost_answer_is_never_taken_for_that_of_another_page(kiosk: KioskAmazon, desk: Desk) -> None:
    faults = [Reply(is_dropped=True)] * 2
    kiosk.after = lambda received, reply: faults.pop() if received.method == "POST" and faults else reply
    requests = [replace(sales(), page_token=token) for token in ("", "one")]
    for request, (found,) in desk.jobs.reports(requests, desk.settings, desk.query()):
        made = next(made for made in kiosk.made if made.query_id == found.report_id)
        assert made.page_token == request.page_token


def test_a_lost_answer_is_never_taken_for_a_strangers_further_page(kiosk: KioskAmazon, desk: Desk) -> None:
    kiosk.add(sales(30).query, 9 * HOUR, next_token="next")
    faults = [Reply(is_dropped=True)]

    def before(received: object) -> Reply | None:
        if getattr(received, "method", "") == "POST" and faults:
            kiosk.add(sales(30).query, timedelta(), page_token="next")
            return faults.pop()
        return None

    kiosk.before = before
    assert desk.report(sales(30)).report_id == "1002"


# How many are under way


def test_no_more_are_under_way_than_may_be(kiosk: KioskAmazon, desk: Desk) -> None:
    kiosk.fate = lambda made: setattr(made, "statuses", ["IN_QUEUE", "IN_PROGRESS", "DONE"])
    requests = [sales(number, most_unfinished=2) for number in range(7)]
    found = list(desk.jobs.reports(requests, desk.settings, desk.query()))
    assert [request for request, _ in found] == requests
    assert kiosk.creations == 7
    assert kiosk.most_at_work == 2


def test_those_that_nobody_waits_for_any_more_count_and_are_looked_at(kiosk: KioskAmazon, desk: Desk) -> None:
    kiosk.fate = lambda made: setattr(made, "statuses", ["IN_QUEUE"] * 4 + ["DONE"])
    query = desk.query()
    query.wait = lambda seconds: query.cancel()  # type: ignore[method-assign]
    with pytest.raises(Exception, match="cancelled"):
        list(desk.jobs.reports([sales(most_unfinished=1)], desk.settings, query))
    assert desk.report(sales(1, most_unfinished=1)).report_id == "1001"
    assert kiosk.most_at_work == 1
    assert [record.status for record in desk.jobs.records()] == ["done", "done"]


@pytest.mark.parametrize("is_made", [True, False])
def test_one_whose_answer_was_lost_to_somebody_who_went_away_counts_until_it_is_known(
    kiosk: KioskAmazon, desk: Desk, is_made: bool
) -> None:
    faults = [Reply(is_dropped=True)]
    if is_made:
        kiosk.after = lambda received, reply: faults.pop() if received.method == "POST" and faults else reply
    else:
        kiosk.before = lambda received: faults.pop() if received.method == "POST" and faults else None
    with pytest.raises(Exception, match="got no answer"):
        desk.report(sales(most_unfinished=1), retry=RetrySettings("None"))
    assert desk.report(sales(1, most_unfinished=1)).document_id
    assert kiosk.creations == 2, "what nobody waits for is not made again"
    assert [record.status for record in desk.jobs.records()] == ["done" if is_made else "wanted", "done"]


def test_all_that_were_lost_at_once_do_not_wait_for_each_other(kiosk: KioskAmazon, desk: Desk) -> None:
    kiosk.fate = lambda made: setattr(made, "statuses", ["IN_QUEUE", "DONE"])
    faults = [Reply(is_dropped=True)] * 2
    kiosk.before = lambda received: faults.pop() if received.method == "POST" and faults else None
    requests = [sales(number, most_unfinished=2) for number in range(4)]
    assert len(list(desk.jobs.reports(requests, desk.settings, desk.query()))) == 4
    assert kiosk.most_at_work <= 2
    assert len(kiosk.made) == 4


def test_amazons_own_word_for_too_many_is_waited_out_while_some_of_ours_are_under_way(
    kiosk: KioskAmazon, desk: Desk
) -> None:
    kiosk.fate = lambda made: setattr(made, "statuses", ["IN_QUEUE"] * 5 + ["DONE"])
    refused = []

    def before(received: object) -> Reply | None:
        if getattr(received, "method", "") == "POST" and kiosk.under_way >= 1:
            refused.append(received)
            return refusal(400, "InvalidInput", "Too many queries are in progress for this selling partner")
        return None

    kiosk.before = before
    requests = [sales(number) for number in range(3)]
    assert len(list(desk.jobs.reports(requests, desk.settings, desk.query()))) == 3
    assert (len(kiosk.made), kiosk.most_at_work) == (3, 1)
    assert 1 <= len(refused) <= 4, "each costs quota"


@pytest.mark.parametrize("message", ["Too many unfinished queries", "Unknown field argument"])
def test_a_refusal_that_waiting_does_not_help_is_told_at_once(kiosk: KioskAmazon, desk: Desk, message: str) -> None:
    kiosk.before = lambda received: refusal(400, "InvalidInput", message) if received.method == "POST" else None
    with pytest.raises(ApiError, match=message):
        desk.report(sales())
    assert kiosk.creations == 1


def test_a_query_for_which_there_is_never_room_ends_in_amazons_words(kiosk: KioskAmazon, desk: Desk) -> None:
    kiosk.fate = lambda made: setattr(made, "statuses", ["IN_QUEUE"])
    kiosk.before = lambda received: (
        refusal(400, "InvalidInput", "Too many queries") if received.method == "POST" and kiosk.made else None
    )
    with pytest.raises(ApiError, match="Too many queries"):
        list(desk.jobs.reports([sales(), sales(1)], desk.settings, desk.query()))
    assert kiosk.creations == 5
