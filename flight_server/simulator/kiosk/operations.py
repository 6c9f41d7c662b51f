"""Data Kiosk 2023-11-15: the operations of its model, answered from the account's desk.

Declares the operations as Amazon's model does; rates are those of the fact table of Data Kiosk. A call knows the
queries of its own account only. Parameters that no operation has are refused as if the call were not allowed.
"""

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import cast

from flight_server.simulator.answers import Refused, invalid, invalid_token, not_found, throttled, unauthorized
from flight_server.simulator.kiosk.desk import Desk
from flight_server.simulator.kiosk.query import Query
from flight_server.simulator.kiosk.questions import question
from flight_server.simulator.operations import OperationCall, operation
from flight_server.simulator.paging import check_same
from flight_server.simulator.parameters import Parameter
from flight_server.simulator.storage import link

# What all of them have that other operations have not.
_operation = partial(operation, refuses_surplus=True, throttled_details="")
_OPENING = threading.Lock()
_ROOT = "/dataKiosk/2023-11-15"
_STATUSES = ("CANCELLED", "DONE", "FATAL", "IN_PROGRESS", "IN_QUEUE")
_DEFAULT_AGE = timedelta(days=90)
_DEFAULT_PAGE = 10
_BODY = frozenset({"query", "paginationToken"})
# Amazon caps the queries of an account and a dataset that have not ended, but publishes neither how many they may be
# nor how one too many is refused. Assumed: ten, and as any quota.
MOST_UNFINISHED = 10


@_operation(
    "POST",
    f"{_ROOT}/queries",
    "createQuery",
    rate="0.0167",
    burst=15,
    status=202,
)
def create_query(call: OperationCall) -> object:
    """Take a query, or the next page of one."""
    _check_role(call)
    text, token = _sent(call)
    asked = question(text, _first_line(call, text, token) if token else 0)
    desk = desk_of(call)
    if call.has_limits and desk.unfinished(asked.dataset, call.now) >= MOST_UNFINISHED:
        raise throttled(details="")
    return {"queryId": desk.create(asked, call.now).query_id}


@_operation(
    "GET",
    f"{_ROOT}/queries",
    "getQueries",
    rate="0.0222",
    burst=10,
    parameters=(
        Parameter("processingStatuses", "texts", allowed=_STATUSES),
        Parameter("pageSize", "integer", minimum=1, maximum=100),
        Parameter("createdSince", "instant"),
        Parameter("createdUntil", "instant"),
        Parameter("paginationToken"),
    ),
)
def get_queries(call: OperationCall) -> object:
    """The queries of the account, newest first."""
    asked, sent = call.parameters, call.parameters.sent
    found = _listed(call)
    if "paginationToken" in asked:
        token = call.page_tokens.read(asked.text("paginationToken"), "getQueries", "paginationToken")
        check_same(token, sent, "paginationToken", may_omit=False, free="pageSize")
        # Later pages are of what was there at the first: the list grows at its head.
        found = [one for one in found if one.place <= token.position]
    size = asked.integer("pageSize", _DEFAULT_PAGE)
    told: dict[str, object] = {"queries": [_told(call, one) for one in found[:size]]}
    if size < len(found):
        told["pagination"] = _pagination(call, "getQueries", _without_token(sent), found[size].place)
    return told


@_operation("GET", f"{_ROOT}/queries/{{queryId}}", "getQuery", rate="2", burst=15)
def get_query(call: OperationCall) -> object:
    """One query."""
    return _told(call, _query(call))


@_operation(
    "DELETE",
    f"{_ROOT}/queries/{{queryId}}",
    "cancelQuery",
    rate="0.0222",
    burst=10,
    status=204,
)
def cancel_query(call: OperationCall) -> object:
    """Cancel a query that has not ended."""
    if not desk_of(call).cancel(_query(call), call.now):
        raise invalid("Only a query that is IN_QUEUE or IN_PROGRESS can be cancelled.")
    return None


@_operation(
    "GET",
    f"{_ROOT}/documents/{{documentId}}",
    "getDocument",
    rate="0.0167",
    burst=15,
)
def get_document(call: OperationCall) -> object:
    """Where a document can be fetched for a while."""
    document_id = call.parameters.text("documentId")
    if desk_of(call).document(document_id, call.now) is None:
        raise not_found(f"There is no document {document_id}.")
    url = link(document_id, call.now, call.seconds, call.link_seconds, call.story.seed, "identity")
    return {"documentId": document_id, "documentUrl": call.origin + url}


def desk_of(call: OperationCall) -> Desk:
    """The desk of the account that calls."""
    desks = desks_in(call.memory)
    account = call.grant.account
    with _OPENING:
        if account not in desks:
            seconds = call.report_seconds / call.speed
            desks[account] = Desk(account, call.world, seconds, call.query_lines, call.has_odd_documents, call.now)
        return desks[account]


def desks_in(memory: dict[str, object]) -> dict[str, Desk]:
    """All desks of a simulator, by account."""
    return cast(dict[str, Desk], memory.setdefault("kiosk", {}))


def _check_role(call: OperationCall) -> None:
    """Refuse an application without the role, whatever it asks for."""
    if "inventory" not in call.grant.roles:
        raise unauthorized(message="Access to the resource is forbidden", reason="It needs the role Brand Analytics.")


def _sent(call: OperationCall) -> tuple[str, str]:
    """Text and token of a createQuery."""
    body = call.body
    if not isinstance(body, dict):
        raise Refused(400, "InvalidInput", "Request body is missing or no object.")
    if call.strict and body.keys() - _BODY:
        raise invalid(f"Unknown members: {', '.join(sorted(body.keys() - _BODY))}.")
    text, token = body.get("query"), body.get("paginationToken") or ""
    if not isinstance(text, str) or not text.strip():
        raise invalid("Missing query.")
    if not isinstance(token, str):
        raise invalid("paginationToken is no text.")
    return text, token


def _first_line(call: OperationCall, text: str, token: str) -> int:
    """Where the lines of a further page begin; the token is of one account and of one text."""
    read = call.page_tokens.read(token, "createQuery", "paginationToken")
    if read.sent != _page_of(call, text):
        raise invalid_token("Invalid paginationToken: it was issued for another query.")
    return read.position


def _page_of(call: OperationCall, text: str) -> dict[str, str]:
    return {"account": call.grant.account, "query": text}


def _query(call: OperationCall) -> Query:
    query_id = call.parameters.text("queryId")
    found = desk_of(call).query(query_id, call.now)
    if found is None:
        raise not_found(f"There is no query {query_id}.")
    return found


def _listed(call: OperationCall) -> list[Query]:
    asked, desk = call.parameters, desk_of(call)
    since = asked.instant("createdSince") or call.now - _DEFAULT_AGE
    until = asked.instant("createdUntil") or call.now
    if since > until:
        raise invalid("createdSince lies after createdUntil.")
    statuses = set(asked.texts("processingStatuses"))
    return [
        query
        for query in desk.queries(call.now)
        if since <= query.created <= until and (not statuses or desk.status(query, call.now) in statuses)
    ]


def _told(call: OperationCall, query: Query) -> dict[str, object]:
    desk, now = desk_of(call), call.now
    told: dict[str, object] = {
        "queryId": query.query_id,
        "query": query.question.text,
        "createdTime": _iso(query.created),
        "processingStatus": desk.status(query, now),
    }
    has_ended = query.stage(now) == "ENDED"
    if query.started_at <= min(now, query.ended_at):
        told["processingStartTime"] = _iso(query.started_at)
    if not has_ended:
        return told
    told["processingEndTime"] = _iso(query.ended_at)
    made = desk.made(query)
    if made.document:
        told["dataDocumentId" if made.status == "DONE" else "errorDocumentId"] = query.document_id
    if made.next_line:
        told["pagination"] = _pagination(call, "createQuery", _page_of(call, query.question.text), made.next_line)
    return told


def _pagination(call: OperationCall, operation_id: str, sent: Mapping[str, str], position: int) -> dict[str, object]:
    # Without the moment: a query tells the same token whenever it is asked.
    return {"nextToken": call.page_tokens.issue(operation_id, sent, position, 0)}


def _without_token(sent: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in sent.items() if name != "paginationToken"}


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
