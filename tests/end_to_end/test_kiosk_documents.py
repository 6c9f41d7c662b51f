"""Documents in the form of Data Kiosk's real ones, served as the results of queries, through SQL."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.client.broken_server import Received, Reply
from tests.decode.documents.test_report_documents import cases, other_values, table_of
from tests.scripted_amazon import ScriptedAmazon, scripted_amazon
from tests.server_fixtures import NOW

KIOSK = "/dataKiosk/2023-11-15"
QUERY: dict[str, object] = {
    "queryId": "1",
    "createdTime": NOW.isoformat(),
    "processingStatus": "DONE",
    "dataDocumentId": "d",
}
QUICK = {"x-amzn-RateLimit-Limit": "1000"}


@pytest.fixture
def kiosk() -> Iterator[ScriptedAmazon]:
    """A server before an Amazon whose every query is done and has one document, which a test gives it."""
    with scripted_amazon() as scripted:
        queries: list[str] = []

        def listed_or_created(received: Received) -> Reply:
            if received.method == "GET":
                return Reply(200, {"queries": []}, QUICK)
            queries.append(json.loads(received.body)["query"])
            return Reply(202, {"queryId": "1"}, QUICK)

        scripted.by_path[f"{KIOSK}/queries"] = listed_or_created
        scripted.by_path[f"{KIOSK}/queries/1"] = lambda _: Reply(200, {**QUERY, "query": queries[-1]}, QUICK)
        url = f"{scripted.amazon.url}/storage/d"
        scripted.answer(f"{KIOSK}/documents/d", {"documentId": "d", "documentUrl": url})
        yield scripted


def serve(kiosk: ScriptedAmazon, content: bytes, content_type: str, content_encoding: str | None) -> None:
    headers = {"content-type": content_type, **({"content-encoding": content_encoding} if content_encoding else {})}
    kiosk.by_path["/storage/d"] = lambda _: Reply(200, content, headers)


@pytest.mark.parametrize(("case", "expected"), list(cases(of_data_kiosk=True)))
def test_a_document_gives_exactly_the_rows_expected_of_it(
    case: Path, expected: dict[str, Any], kiosk: ScriptedAmazon
) -> None:
    document, table = expected["document"], table_of(expected)
    content = (case / document["file"]).read_bytes()
    serve(kiosk, content, document["content_type"], document["content_encoding"])
    rows = kiosk.query(
        f"SELECT * FROM {table.qualified_name} WHERE start_date >= '2026-06-01' AND start_date < '2026-06-03'"
    )
    assert len(rows) == len(expected["rows"])
    assert {name: [row[name] for row in rows] for name in other_values(rows, expected)} == {}
    assert all(row["query_id"] == "1" and row["query_created_at"] for row in rows)


def test_rows_nested_in_lines_are_rows_and_keep_what_their_line_tells(kiosk: ScriptedAmazon) -> None:
    lines = [
        {
            "startDate": f"2026-06-0{day}",
            "endDate": f"2026-06-0{day}",
            "marketplaceId": "ATVPDKIKX0DER",
            "metrics": metrics,
        }
        for day, metrics in (
            (1, [{"groupByKey": {"asin": "B1"}, "metrics": {"shippedOrders": None}}]),
            (2, [{"groupByKey": {"asin": asin}, "metrics": {"traffic": {"glanceViews": 7}}} for asin in ("B1", "B2")]),
            (3, None),
            (4, []),
        )
    ]
    serve(kiosk, b"\n\n".join(json.dumps(line).encode() for line in lines), "application/octet-stream", None)
    rows = kiosk.query(
        "SELECT start_date, group_by_key_asin, metrics_traffic_glance_views FROM data_kiosk.manufacturing_view "
        "WHERE start_date >= '2026-06-01' AND start_date < '2026-06-05' ORDER BY 1, 2"
    )
    assert [
        (str(row["start_date"]), row["group_by_key_asin"], row["metrics_traffic_glance_views"]) for row in rows
    ] == [
        ("2026-06-01", "B1", None),
        ("2026-06-02", "B1", 7),
        ("2026-06-02", "B2", 7),
    ]


@pytest.mark.parametrize(
    "document", [b'{"errors":[{"code":"InternalFailure","message":"x"}]}', b"{}", b"<html>no</html>", b"[{}]"]
)
def test_what_is_no_line_of_rows_is_an_error_and_never_no_rows(kiosk: ScriptedAmazon, document: bytes) -> None:
    serve(kiosk, document, "application/json", None)
    with pytest.raises(Exception, match="cannot be read"):
        kiosk.query("SELECT start_date FROM data_kiosk.economics WHERE start_date = '2026-06-01'")
