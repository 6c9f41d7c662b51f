"""Asks the simulator for reports as an outsider does: plain HTTP, plain csv. Knows none of our code."""

import csv
import gzip
import io
from typing import Any, Literal

import requests

from tests.simulator.caller import US, Caller

REPORTS = "/reports/2021-06-30/reports"
DOCUMENTS = "/reports/2021-06-30/documents"
SCHEDULES = "/reports/2021-06-30/schedules"
ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"
_CODECS = {"Cp1252": "cp1252", "Windows-31J": "cp932", "utf8": "utf-8", "UTF-8": "utf-8"}


def asked(report_type: str, start: str = "", end: str = "", *marketplace_ids: str, **options: str) -> dict[str, Any]:
    """The body of createReport."""
    body: dict[str, Any] = {"reportType": report_type, "marketplaceIds": list(marketplace_ids or (US,))}
    period = {"dataStartTime": start, "dataEndTime": end}
    body |= {name: f"{day}T00:00:00Z" if "T" not in day else day for name, day in period.items() if day}
    return body | ({"reportOptions": options} if options else {})


def created(caller: Caller, body: dict[str, Any]) -> str:
    """The id of a new report."""
    answer = caller.post(REPORTS, body)
    assert answer.status_code == 202, answer.text
    report_id: str = answer.json()["reportId"]
    return report_id


def told(caller: Caller, report_id: str) -> dict[str, Any]:
    """One report."""
    answer = caller.get(f"{REPORTS}/{report_id}")
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    return report


def link(caller: Caller, report: dict[str, Any], **asked: str) -> dict[str, Any]:
    """What getReportDocument says of a report's document."""
    path = f"{DOCUMENTS}/{report['reportDocumentId']}"
    answer = caller.get(path, caller.restricted_token(path) if asked.pop("restricted", "") else None, **asked)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def fetched(document: dict[str, Any], **headers: str) -> requests.Response:
    """What storage sends, bytes as they are kept."""
    with requests.get(document["url"], headers=headers, timeout=10, stream=True) as answer:
        answer.raw.decode_content = False
        answer._content = answer.raw.read()  # requests would undo the compression
        return answer


def plain(answer: requests.Response) -> bytes:
    """The document's bytes, unpacked where they are gzip."""
    return gzip.decompress(answer.content) if answer.content.startswith(b"\x1f\x8b") else answer.content


def text(caller: Caller, body: dict[str, Any], **more: str) -> str:
    """The document of a new report of a simulator whose reports take no time."""
    report = told(caller, created(caller, body))
    assert report["processingStatus"] == "DONE", report
    answer = fetched(link(caller, report, **more))
    assert answer.status_code == 200, answer.text
    return plain(answer).decode(_CODECS[answer.headers["Content-Type"].partition("charset=")[2]])


def rows(caller: Caller, body: dict[str, Any], **more: str) -> list[dict[str, str]]:
    """The rows of a new tab-separated report, by header."""
    quoting: Literal[1, 3] = 1 if "LEDGER" in body["reportType"] else 3  # QUOTE_ALL, QUOTE_NONE
    found = csv.DictReader(io.StringIO(text(caller, body, **more)), delimiter="\t", quoting=quoting)
    return list(found)
