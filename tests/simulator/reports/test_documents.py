"""Links and documents: how long they live, how they are packed, in which charset and language they are written."""

import csv
import gzip
import io
import json
import time

import pytest
import requests

from flight_server.simulator import Simulator, SimulatorOptions
from tests.simulator.caller import DE, US, Caller, refusal
from tests.simulator.conftest import NOW, Tick
from tests.simulator.reports.asking import DOCUMENTS, ORDERS, asked, created, fetched, link, plain, rows, text, told

GB, FR, JP = "A1F83G8C2ARO7P", "A13V1IB3VIYZZH", "A1VC38T7YXB528"
LISTINGS = "GET_MERCHANT_LISTINGS_ALL_DATA"
SHIPPING = "GET_FLAT_FILE_ORDER_REPORT_DATA_SHIPPING"
SETTLEMENT = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
PERIOD = ("2026-01-01", "2026-03-01")


def test_a_link_lives_five_minutes_and_can_be_had_anew(slow: Caller, tick: Tick) -> None:
    report_id = created(slow, asked(ORDERS, *PERIOD))
    tick.seconds += 60
    report = told(slow, report_id)
    document = link(slow, report)
    tick.seconds += 299
    assert fetched(document).status_code == 200
    tick.seconds += 1
    late = fetched(document)
    assert late.status_code == 403
    assert b"<Code>AccessDenied</Code><Message>Request has expired</Message>" in late.content
    assert fetched(link(slow, report)).status_code == 200


def test_links_that_expire_at_once_are_an_option() -> None:
    options = SimulatorOptions(port=0, orders=200, limits=False, now=NOW, report_seconds=0, link_seconds=0)
    with Simulator(options) as running:
        caller = Caller(running.url)
        assert fetched(link(caller, told(caller, created(caller, asked(ORDERS, *PERIOD))))).status_code == 403
        caller.close()


def test_altered_links_are_refused_and_need_no_token(asker: Caller) -> None:
    document = link(asker, told(asker, created(asker, asked(ORDERS, *PERIOD))))
    assert requests.get(document["url"], timeout=10).status_code == 200
    assert requests.get(document["url"].replace("identity", "gzip"), timeout=10).status_code == 403
    assert requests.get(document["url"].partition("?")[0], timeout=10).status_code == 403


def test_ranges_are_parts_of_the_whole(asker: Caller) -> None:
    document = link(asker, told(asker, created(asker, asked(ORDERS, *PERIOD))))
    whole = fetched(document)
    size = int(whole.headers["Content-Length"])
    assert len(whole.content) == size
    for asked_for, first, last in (
        ("bytes=0-9", 0, 10),
        (f"bytes={size - 7}-", size - 7, size),
        ("bytes=-5", size - 5, size),
    ):
        part = fetched(document, Range=asked_for)
        assert part.status_code == 206
        assert part.content == whole.content[first:last]
        assert part.headers["Content-Range"] == f"bytes {first}-{last - 1}/{size}"
        assert part.headers["ETag"] == whole.headers["ETag"]
    assert fetched(document, Range=f"bytes={size}-").status_code == 416


def documents(caller: Caller) -> list[tuple[str, requests.Response]]:
    """Thirty documents: what is told of their compression, and what storage sends."""
    found = []
    for day in range(1, 31):
        report = told(caller, created(caller, asked(ORDERS, "2025-12-01", f"2026-02-01T00:{day:02d}:00Z")))
        document = link(caller, report)
        found.append((document.get("compressionAlgorithm", ""), fetched(document)))
    return found


def test_documents_are_plain_or_gzip_and_say_so(asker: Caller) -> None:
    kinds = {(algorithm, answer.content[:2] == b"\x1f\x8b") for algorithm, answer in documents(asker)}
    assert kinds == {("", False), ("GZIP", True)}


def test_the_encoding_is_told_by_storage_where_that_is_asked_for(asker: Caller) -> None:
    for day in range(1, 9):
        report = told(asker, created(asker, asked(ORDERS, "2025-12-01", f"2026-02-02T00:{day:02d}:00Z")))
        document = link(asker, report, enableContentEncodingUrlHeader="true")
        encoding = fetched(document).headers["Content-Encoding"]
        assert encoding == ("gzip" if "compressionAlgorithm" in document else "identity")
        assert requests.get(document["url"], timeout=10).content.startswith(b"amazon-order-id")
        assert fetched(link(asker, report)).headers["Content-Encoding"] == "identity"


def test_odd_documents_are_not_what_they_are_told_to_be() -> None:
    options = SimulatorOptions(
        port=0, orders=200, limits=False, now=NOW, report_seconds=0, odd=True, oddities=("documents",)
    )
    with Simulator(options) as running:
        caller = Caller(running.url)
        found = documents(caller)
        kinds = {
            (algorithm, answer.content[:2] == b"\x1f\x8b", answer.headers["Content-Encoding"])
            for algorithm, answer in found
        }
        assert {plain(answer)[:15] for _, answer in found} == {b"amazon-order-id"}
        assert "," in text(caller, asked("GET_FLAT_FILE_OPEN_LISTINGS_DATA")).partition("\r\n")[0]
        caller.close()
    assert kinds == {
        ("", False, "identity"),
        ("GZIP", True, "identity"),
        ("", True, "identity"),
        ("GZIP", False, "identity"),
        ("GZIP", True, "gzip"),
    }


@pytest.mark.parametrize(
    ("place", "content_type", "first"),
    [
        (US, "text/plain;charset=utf8", "\ufeffitem-name"),
        (DE, "text/plain;charset=Cp1252", "Artikelbezeichnung"),
        (FR, "text/plain;charset=Cp1252", "nom-produit"),
        (GB, "text/plain;charset=Cp1252", "item-name"),
        (JP, "text/plain;charset=Windows-31J", "商品名"),
    ],
)
def test_listings_are_written_as_in_their_place(asker: Caller, place: str, content_type: str, first: str) -> None:
    body = asked(LISTINGS, "", "", place)
    answer = fetched(link(asker, told(asker, created(asker, body))))
    assert answer.headers["Content-Type"] == content_type
    header, *lines = text(asker, body).split("\r\n")
    assert header.split("\t")[0] == first
    assert len(lines) > 100
    assert header.count("Deprecated column") == (9 if place == GB else 0)
    assert ("fulfilment-channel" in header) == (place == GB)


def test_a_listing_header_follows_the_user(asker: Caller) -> None:
    body = asked(LISTINGS, "", "", DE, preferredReportDocumentLocale="en_US")
    assert text(asker, body).startswith("item-name\titem-description")


def test_documents_with_personal_data_need_a_restricted_token(asker: Caller) -> None:
    report = told(asker, created(asker, asked(SHIPPING, "2026-02-01", "2026-03-01")))
    path = f"{DOCUMENTS}/{report['reportDocumentId']}"
    assert refusal(asker.get(path)) == (403, "Unauthorized")
    assert fetched(link(asker, report, restricted="yes")).status_code == 200
    other = f"{DOCUMENTS}/{report['reportDocumentId']}x"
    assert refusal(asker.get(path, asker.restricted_token(other))) == (403, "Unauthorized")


def test_european_settlements_write_commas_and_points(asker: Caller) -> None:
    reports = asker.get("/reports/2021-06-30/reports", reportTypes=SETTLEMENT, marketplaceIds=DE, pageSize=100).json()[
        "reports"
    ]
    answer = fetched(link(asker, reports[0]))
    assert answer.headers["Content-Type"] == "text/plain"
    found = list(csv.DictReader(io.StringIO(plain(answer).decode("cp1252")), delimiter="\t", quoting=csv.QUOTE_NONE))
    amounts = [row["amount"].replace(",", ".") for row in found[1:]]
    assert round(sum(map(float, amounts)), 2) == float(found[0]["total-amount"].replace(",", "."))
    assert all("," in row["amount"] for row in found[1:])
    assert time.strptime(found[0]["settlement-start-date"], "%d.%m.%Y %H:%M:%S UTC")
    assert {row["currency"] for row in found[1:]} == {""}


def test_the_ledger_is_quoted_and_taxes_are_separated_by_commas(asker: Caller) -> None:
    ledger = text(asker, asked("GET_LEDGER_DETAIL_VIEW_DATA", *PERIOD))
    assert ledger.startswith('"Date"\t"FNSKU"\t"ASIN"')
    reports = asker.get("/reports/2021-06-30/reports", reportTypes="GST_MTR_B2B").json()["reports"]
    answer = fetched(link(asker, reports[0]))
    assert answer.headers["Content-Type"] == "text/csv;charset=UTF-8"
    lines = list(csv.reader(io.StringIO(plain(answer).decode())))
    assert lines[0][:3] == ["Seller Gstin", "Invoice Number", "Invoice Date"]
    assert {len(line) for line in lines} == {len(lines[0])}


def test_rows_and_ids_follow_from_the_seed(asker: Caller) -> None:
    seen = []
    for _ in range(2):
        with Simulator(SimulatorOptions(port=0, orders=200, limits=False, now=NOW, report_seconds=0)) as running:
            caller = Caller(running.url)
            report = told(caller, created(caller, asked(ORDERS, *PERIOD)))
            seen.append((report["reportId"], report["reportDocumentId"], plain(fetched(link(caller, report)))))
            caller.close()
    assert seen[0] == seen[1]


def test_downloads_break_off_anywhere_and_can_be_resumed() -> None:
    options = SimulatorOptions(
        port=0, orders=900, limits=False, now=NOW, report_seconds=0, drop_rate=0.3, fail_rate=0.2, fail_statuses=(500,)
    )
    with Simulator(options) as running:
        caller = Caller(running.url)
        document = None
        while document is None:
            try:
                report = told(caller, created(caller, asked(ORDERS, "2025-01-01", "2026-03-01")))
                document = link(caller, report)
            except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError, AssertionError, ValueError):
                continue
        held, cuts, statuses = b"", set(), set()
        size = None
        while size is None or len(held) < size:
            try:
                answer = requests.get(
                    document["url"], headers={"Range": f"bytes={len(held)}-"}, timeout=10, stream=True
                )
            except requests.ConnectionError:
                continue
            statuses.add(answer.status_code)
            if answer.status_code == 206:
                size = int(answer.headers["Content-Range"].partition("/")[2])
                got = b"".join(_until_it_breaks(answer))
                if len(held) + len(got) < size:
                    cuts.add(len(held) + len(got))
                held += got
            answer.close()
        assert statuses <= {206, 503}
        assert (gzip.decompress(held) if held[:2] == b"\x1f\x8b" else held).startswith(b"amazon-order-id")
        caller.close()


def _until_it_breaks(answer: requests.Response) -> list[bytes]:
    got = []
    try:
        while piece := answer.raw.read(64, decode_content=False):
            got.append(piece)
    except Exception:  # however urllib3 calls a body that ends too soon
        pass
    return got


def test_json_documents_repeat_what_was_asked_for(asker: Caller) -> None:
    body = asked("GET_SALES_AND_TRAFFIC_REPORT", "2026-02-01", "2026-02-07", dateGranularity="DAY")
    told_again = json.loads(text(asker, body))["reportSpecification"]
    assert told_again["dataStartTime"] == "2026-02-01" and told_again["dataEndTime"] == "2026-02-07"
    assert told_again["reportOptions"] == {"dateGranularity": "DAY"}


def test_plain_csv_reads_a_table(asker: Caller) -> None:
    assert {row["sales-channel"] for row in rows(asker, asked(ORDERS, *PERIOD))} == {"Amazon.com"}
