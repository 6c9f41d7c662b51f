"""One call from request to delivery: login, faults, token, role, quota, parameters, the operation, the log.

Goes from a Request to a Delivery; knows no sockets. The order is SP-API's as far as clients can see it: a call without
a valid token or role costs no quota, one with bad parameters does.
"""

import gzip
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl

from flight_server.simulator import storage
from flight_server.simulator.answers import Answer, Refused, invalid, json_bytes, throttled, unauthorized
from flight_server.simulator.call_log import CallLog, Entry
from flight_server.simulator.clock import SimulatedClock
from flight_server.simulator.downloads import PREFIX, download
from flight_server.simulator.faults import Fault, Faults
from flight_server.simulator.kiosk.operations import desks_in as kiosk_desks_in
from flight_server.simulator.login import TOKEN_PATH, Grant, Login
from flight_server.simulator.oddities import answer_bytes
from flight_server.simulator.operations import Operation, OperationCall
from flight_server.simulator.options import SimulatorOptions
from flight_server.simulator.paging import PageTokens
from flight_server.simulator.parameters import read
from flight_server.simulator.reports.operations import desks_in
from flight_server.simulator.routes import find_operation
from flight_server.simulator.story import World
from flight_server.simulator.usage_plans import UsagePlans

_HTML_503 = b"<html><head><title>503</title></head><body><h1>503 Service Temporarily Unavailable</h1></body></html>"
_HTML_400 = b"<html><head><title>400</title></head><body><h1>400 Bad Request</h1></body></html>"
_SLOW_DOWN = Answer(
    503,
    b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>",
    {},
    "application/xml",
)
_USER_AGENT_MAX = 500
_TELLING_RATE = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND})


@dataclass(frozen=True)
class Request:
    """One HTTP request; header names are lower case."""

    method: str
    path: str  # as sent, percent-encoded, without the query
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Delivery:
    """An answer and how much of it reaches the caller: all, a part of it, or nothing (`share` 1, below, 0)."""

    answer: Answer
    share: float = 1.0


class Service:
    """The simulated Amazon without its sockets; may be called from any thread."""

    def __init__(self, options: SimulatorOptions, world: World, clock: SimulatedClock) -> None:
        self._options = options
        self._world = world
        self._clock = clock
        self._faults = Faults(options.seed, options.fail_rate, options.drop_rate, options.fail_statuses)
        self._plans = UsagePlans(options.speed, limits=options.limits)
        self._page_tokens = PageTokens(options.seed)
        self._memory: dict[str, object] = {}
        self.login = Login(options.seed, options.token_seconds)
        self.log = CallLog(options.log)

    def respond(self, request: Request, request_id: str) -> Delivery:
        """Answer one request and record it."""
        if self._options.latency_seconds:
            time.sleep(self._options.latency_seconds)
        entry: Entry = {
            "time": self._clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "operation": "",
            "method": request.method,
            "path": request.path,
            "query": _sent(request.query),
            "status": 0,
            "account": "",
            "request_id": request_id,
        }
        if request.path == TOKEN_PATH and request.method == "POST":
            delivery = Delivery(self._exchange(request, entry))
        elif request.path.startswith(PREFIX) and request.method == "GET":
            entry["operation"] = "document"
            delivery = self._download(request)
        else:
            delivery = self._operate(request, entry)
        entry["status"] = delivery.answer.status if delivery.share == 1.0 else 0
        self.log.add(entry)
        headers = {"x-amzn-RequestId": request_id, **delivery.answer.headers}
        answer = Answer(delivery.answer.status, delivery.answer.body, headers, delivery.answer.content_type)
        is_document = entry["operation"] == "document"
        return Delivery(answer if is_document else _packed(answer, request), delivery.share)

    def _download(self, request: Request) -> Delivery:
        """A document, as storage sends it: it breaks off anywhere, and its overload is told in XML."""
        fault = self._faults.draw(f"GET {request.path} {request.headers.get('range')}")
        if fault is Fault.NO_ANSWER:
            return Delivery(Answer(500, b""), share=0.0)
        if fault is Fault.HALF_ANSWER:
            return Delivery(self._document(request), share=self._faults.share())
        return Delivery(_SLOW_DOWN if fault else self._document(request))

    def _document(self, request: Request) -> Answer:
        if request.path.startswith(storage.PREFIX):
            return storage.fetch(
                request.path,
                request.query,
                request.headers,
                self._shelves(),
                seed=self._options.seed,
                seconds=self._clock.seconds(),
                link_seconds=self._options.link_seconds,
                now=self._clock.now(),
            )
        try:
            return download(request.path, self._world.at(self._clock.now()))
        except Refused as refusal:
            return self._error(refusal)

    def _shelves(self) -> list[storage.Shelf]:
        """Where documents stand: on the desks of every account."""
        reports, queries = desks_in(self._memory).values(), kiosk_desks_in(self._memory).values()
        return [*(desk.document for desk in reports), *(desk.document for desk in queries)]

    def _exchange(self, request: Request, entry: Entry) -> Answer:
        form = _login_form(request, takes_json=not self._options.strict)
        answer, account = self.login.exchange(form, self._clock.seconds())
        entry |= {"operation": "lwaToken", "account": account, "query": {"grant_type": form.get("grant_type", "")}}
        return answer

    def _operate(self, request: Request, entry: Entry) -> Delivery:
        if _is_malformed(request):
            return Delivery(Answer(400, _HTML_400, content_type="text/html"))
        found = find_operation(request.method, request.path)
        if found is None:
            return Delivery(self._error(Refused(403, "MissingAuthenticationToken", "Missing Authentication Token")))
        operation, path_parameters = found
        access_token = request.headers.get("x-amz-access-token")
        entry |= {"operation": operation.operation_id, "account": self.login.account(access_token)}
        fault = self._faults.draw(f"{request.method} {request.path}?{request.query} {request.body!r}")
        if fault in _FAULT_ANSWERS:
            return Delivery(_FAULT_ANSWERS[fault])
        if fault is Fault.NO_ANSWER:
            return Delivery(Answer(500, b""), share=0.0)
        headers: dict[str, str] = {}
        try:
            grant = self.login.grant(access_token, self._clock.seconds())
            data_elements = _opened(grant, operation, request)
            headers = {"x-amzn-RateLimit-Limit": self._plans.rate_text(operation)}
            answer = self._answer(operation, request, entry, grant, data_elements, path_parameters)
        except Refused as refusal:
            answer = self._error(refusal)
        if answer.status < HTTPStatus.BAD_REQUEST or answer.status in _TELLING_RATE:
            answer = Answer(answer.status, answer.body, {**answer.headers, **headers})
        return Delivery(answer, share=0.5 if fault is Fault.HALF_ANSWER else 1.0)

    def _answer(
        self,
        operation: Operation,
        request: Request,
        entry: Entry,
        grant: Grant,
        data_elements: frozenset[str],
        path_parameters: Mapping[str, str],
    ) -> Answer:
        if not self._plans.take(grant.account, operation, self._clock.seconds()):
            raise throttled(operation.throttled_details)
        sent = _sent(request.query)
        if operation.refuses_surplus and sent.keys() - {one.name for one in operation.parameters}:
            raise unauthorized(message="Unauthorized", reason="The operation has no such parameter.")
        texts = _once(operation, sent)
        has_body = operation.has_body and (operation.needs_body or bool(request.body))
        body = _json_body(request) if has_body else None
        if body is not None:
            entry["body"] = body
        now = self._clock.now()
        call = OperationCall(
            operation=operation,
            world=self._world,
            story=self._world.at(now),
            parameters=read(operation.parameters, {**texts, **path_parameters}, strict=self._options.strict),
            body=body,
            grant=grant,
            data_elements=data_elements,
            now=now,
            seconds=self._clock.seconds(),
            page_tokens=self._page_tokens,
            login=self.login,
            speed=self._options.speed,
            strict=self._options.strict,
            origin=f"http://{request.headers.get('host', '')}",
            memory=self._memory,
            has_limits=self._options.limits,
            moving=self._options.moving,
            report_seconds=self._options.report_seconds,
            link_seconds=self._options.link_seconds,
            query_lines=self._options.query_lines,
            has_odd_documents=self._options.odd and "documents" in self._options.oddities,
        )
        told = answer_bytes(call, self._options.oddities if self._options.odd else ())
        return Answer(operation.status, b"" if operation.status == HTTPStatus.NO_CONTENT else told)

    def _error(self, refusal: Refused) -> Answer:
        return _told_error(refusal, tells_reason=self._options.strict)


def _is_malformed(request: Request) -> bool:
    # The edge before SP-API refuses these with an HTML page (fact table of behaviours, section 2).
    has_foreign_body = request.method == "GET" and bool(request.body)
    return has_foreign_body or len(request.headers.get("user-agent", "")) > _USER_AGENT_MAX


def _sent(query: str) -> dict[str, object]:
    """The parameters of a query as sent, decoded; one that comes several times becomes a list."""
    sent: dict[str, object] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        earlier = sent.get(name)
        if earlier is None:
            sent[name] = text
        else:
            sent[name] = [*(earlier if isinstance(earlier, list) else [earlier]), text]
    return sent


def _once(operation: Operation, sent: Mapping[str, object]) -> dict[str, str]:
    """Every parameter with its one text; those that may be repeated are joined by commas."""
    single = {parameter.name for parameter in operation.parameters if not parameter.is_repeated}
    repeated = [name for name, text in sent.items() if isinstance(text, list) and name in single]
    if repeated:
        raise invalid(f"Sent more than once: {', '.join(repeated)}. Lists are sent as one value, comma-joined.")
    return {name: ",".join(text) if isinstance(text, list) else str(text) for name, text in sent.items()}


def _json_body(request: Request) -> object:
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise Refused(415, "UnsupportedMediaType", "The body must be application/json.")
    try:
        return json.loads(request.body)
    except ValueError:
        raise Refused(400, "InvalidRequest", "The body is no JSON.") from None


def _opened(grant: Grant, operation: Operation, request: Request) -> frozenset[str]:
    """The restricted data elements this token opens in this call; Refused if it does not fit at all."""
    if operation.role and operation.role not in grant.roles:
        raise unauthorized()
    if grant.resources is None:
        if operation.is_restricted:
            raise unauthorized(reason="A restricted data token is needed.")
        return frozenset()
    for resource in grant.resources:
        if resource.method == request.method and resource.path in {request.path, operation.path}:
            return resource.data_elements
    raise unauthorized(reason="The restricted data token was not issued for this resource.")


def _login_form(request: Request, *, takes_json: bool) -> dict[str, str]:
    """What a login sent, as a form or, which Amazon takes too, as JSON; empty if it cannot be read."""
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(request.body.decode("utf-8", "replace")))
    if not takes_json or not content_type.startswith("application/json"):
        return {}
    try:
        told = json.loads(request.body)
    except ValueError:
        return {}
    return {name: str(value) for name, value in told.items()} if isinstance(told, dict) else {}


def _packed(answer: Answer, request: Request) -> Answer:
    """The answer compressed, where the caller takes that."""
    taken = {part.partition(";")[0].strip().lower() for part in request.headers.get("accept-encoding", "").split(",")}
    if "gzip" not in taken or not answer.body:
        return answer
    body = gzip.compress(answer.body, compresslevel=1, mtime=0)
    return Answer(answer.status, body, {**answer.headers, "Content-Encoding": "gzip"}, answer.content_type)


def _told_error(refusal: Refused, *, tells_reason: bool = False) -> Answer:
    body = json_bytes(refusal.body(tells_reason=tells_reason))
    return Answer(refusal.status, body, {"x-amzn-ErrorType": refusal.error_type})


_FAULT_ANSWERS: dict[Fault | None, Answer] = {
    Fault.THROTTLED: _told_error(throttled()),
    Fault.ERROR_500: _told_error(Refused(500, "InternalFailure", "Internal error.")),
    Fault.ERROR_503: _told_error(Refused(503, "ServiceUnavailable", "Service is temporarily unavailable.")),
    Fault.PAGE_503: Answer(503, _HTML_503, content_type="text/html"),
}
