"""Asks the simulator's Data Kiosk as an outsider does: plain HTTP, queries written as texts. Knows none of our code."""

import json
from decimal import Decimal
from typing import Any

import requests

from tests.simulator.caller import US, Caller
from tests.simulator.reports.asking import fetched, plain

QUERIES = "/dataKiosk/2023-11-15/queries"
DOCUMENTS = "/dataKiosk/2023-11-15/documents"
TRAFFIC = "analytics_salesAndTraffic_2024_04_24"
ECONOMICS = "analytics_economics_2024_03_15"
VENDORS = "analytics_vendorAnalytics_2024_09_30"


def text(dataset: str, field: str, arguments: str, selection: str) -> str:
    """A query of one field."""
    return f"query{{{dataset}{{{field}({arguments}){{{selection}}}}}}}"


def period(start: str, end: str, *marketplace_ids: str) -> str:
    """The arguments that nearly all fields have."""
    named = json.dumps(list(marketplace_ids or (US,)))
    return f'startDate:"{start}" endDate:"{end}" marketplaceIds:{named}'


def by_date(start: str, end: str, *marketplace_ids: str, by: str = "DAY", select: str = "startDate") -> str:
    """A query of sales and traffic by date."""
    return text(TRAFFIC, "salesAndTrafficByDate", f"aggregateBy:{by} {period(start, end, *marketplace_ids)}", select)


def created(caller: Caller, query: str, token: str = "") -> str:
    """The id of a new query."""
    answer = caller.post(QUERIES, {"query": query} | ({"paginationToken": token} if token else {}))
    assert answer.status_code == 202, answer.text
    query_id: str = answer.json()["queryId"]
    return query_id


def told(caller: Caller, query_id: str) -> dict[str, Any]:
    """One query."""
    answer = caller.get(f"{QUERIES}/{query_id}")
    assert answer.status_code == 200, answer.text
    query: dict[str, Any] = answer.json()
    return query


def ended(caller: Caller, query: str, token: str = "") -> dict[str, Any]:
    """A new query of a simulator whose queries take no time."""
    return told(caller, created(caller, query, token))


def stored(caller: Caller, document_id: str) -> requests.Response:
    """What storage sends of a document, bytes as they are kept."""
    answer = caller.get(f"{DOCUMENTS}/{document_id}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["documentId"] == document_id
    return fetched({"url": answer.json()["documentUrl"]})


def lines(caller: Caller, query: str) -> list[dict[str, Any]]:
    """The lines of all pages of a new query; none where there is no document."""
    found: list[dict[str, Any]] = []
    token = ""
    while True:
        one = ended(caller, query, token)
        assert one["processingStatus"] == "DONE", one
        if "dataDocumentId" in one:
            content = plain(stored(caller, one["dataDocumentId"])).decode()
            found += [json.loads(line, parse_float=Decimal) for line in content.splitlines() if line]
        token = one.get("pagination", {}).get("nextToken", "")
        if not token:
            return found


def said(caller: Caller, query: str) -> str:
    """What the error document of a query says."""
    one = ended(caller, query)
    assert one["processingStatus"] == "FATAL", one
    assert "dataDocumentId" not in one
    sentence: str = json.loads(plain(stored(caller, one["errorDocumentId"])))["errorDetails"]
    return sentence
