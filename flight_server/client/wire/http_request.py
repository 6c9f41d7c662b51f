"""One Call and its page token in, one HTTP request out, every value encoded.

Pure: knows no network, no quota and no token's origin. Facts: developer guide, "connecting to SP-API" (headers, form of
the user agent); the models' `collectionFormat` (lists are joined by commas, the few others are repeated).
"""

import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

import msgspec

from catalog.table import Operation
from flight_server import __version__
from flight_server.errors import ApiError
from flight_server.plan import Call, ParameterValue

_PLACEHOLDER = re.compile(r"\{([^}]+)\}")
_STRUCTURE = re.compile(r"[\\()=;]")  # has a meaning of its own in Amazon's form of a user agent
_BACKSLASHED = r"\\\g<0>"
_JSON = msgspec.json.Encoder(decimal_format="number")  # a decimal goes out with the digits that were asked for
_HEADER_VALUE = re.compile(r"[\x20-\x7e]*")


@dataclass(frozen=True)
class HttpRequest:
    """What goes over the wire. `path` is what may be shown: no query, no secret."""

    method: str
    url: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None = None

    def __repr__(self) -> str:
        return f"HttpRequest({self.method} {self.path})"


def http_request(call: Call, page_token: str, api_host: str, access_token: str, now: datetime) -> HttpRequest:
    """Build the request for one page of a call; an empty `page_token` asks for the first."""
    call = _for_page(call, page_token)
    path = request_path(call)
    query = _query_text(call.operation, call.url_parameters)
    headers = {name: _header_value(call.operation, name, value) for name, value in call.header_parameters.items()}
    headers |= {
        "user-agent": USER_AGENT,
        "accept": "application/json",
        "accept-encoding": "gzip",
        "x-amz-date": now.strftime("%Y%m%dT%H%M%SZ"),
        "x-amz-access-token": access_token,
    }
    body = None
    if call.body is not None:
        headers["content-type"] = "application/json"
        body = _JSON.encode(call.body)
    url = api_host.rstrip("/") + path + (f"?{query}" if query else "")
    return HttpRequest(call.operation.method.upper(), url, path, headers, body)


def request_path(call: Call) -> str:
    """The operation's path with its placeholders filled in.

    >>> operation = Operation("getListingOffers", "product_pricing", "v0", "GET", "/listings/{SellerSKU}/offers")
    >>> request_path(Call(operation, {"SellerSKU": "a/b +1"}))
    '/listings/a%2Fb%20%2B1/offers'
    """
    return _PLACEHOLDER.sub(lambda match: _path_value(call, match.group(1)), call.operation.path)


def _path_value(call: Call, name: str) -> str:
    value = call.path_parameters.get(name, "")
    if value in ("", ".", ".."):  # such a segment vanishes on the way, and another operation would answer
        raise ApiError(f"{call.operation.operation_id} cannot be called with {name} = '{value}': give a whole value")
    return quote(value, safe="")


def _query_text(operation: Operation, url_parameters: Mapping[str, ParameterValue]) -> str:
    repeated = {parameter.name for parameter in operation.parameters if parameter.repeated}
    pairs: list[str] = []
    for name, value in url_parameters.items():
        values = [quote(one, safe="") for one in ((value,) if isinstance(value, str) else value)]
        texts = values if name in repeated else [",".join(values)]
        pairs += [f"{quote(name, safe='')}={text}" for text in texts]
    return "&".join(pairs)


def _header_value(operation: Operation, name: str, value: str) -> str:
    if not _HEADER_VALUE.fullmatch(value):
        raise ApiError(f"{operation.operation_id} cannot be called with this {name}: only printable ASCII can be sent")
    return value


def _for_page(call: Call, page_token: str) -> Call:
    """The call for one page; `page_token` is the number of the first row where pages are counted."""
    paging = call.paging
    if paging is None:
        return call
    if page_token and paging.repeat == "none":
        kept = {name: value for name, value in call.url_parameters.items() if name in paging.keeps}
        call = replace(call, url_parameters=kept, body=None if call.body is None else {})
    elif paging.size and call.page_size:
        call = _with_parameter(call, paging.size, call.page_size)
    if paging.offset:
        return _with_parameter(call, paging.offset, int(page_token or 0))
    if not page_token:
        return call
    for name, value in paging.sets.items():
        call = _with_parameter(call, name, value)
    return _with_parameter(call, paging.token, page_token)


def _with_parameter(call: Call, name: str, value: str | int) -> Call:
    if any(parameter.name == name and parameter.location == "body" for parameter in call.operation.parameters):
        body = call.body if isinstance(call.body, Mapping) else {}
        return replace(call, body=_with_member(body, name.split("."), value))
    return replace(call, url_parameters={**call.url_parameters, name: str(value)})


def _with_member(body: Mapping[str, object], steps: Sequence[str], value: str | int) -> dict[str, object]:
    first, *rest = steps
    inner = body.get(first)
    return {**body, first: _with_member(inner if isinstance(inner, Mapping) else {}, rest, value) if rest else value}


def _user_agent() -> str:
    names = {
        "Language": f"Python/{platform.python_version()}",
        "Platform": f"{platform.system() or 'unknown'}/{platform.machine() or 'unknown'}",
    }
    pairs = (f"{name}={_STRUCTURE.sub(_BACKSLASHED, value)}" for name, value in names.items())
    return f"spapi-flight/{__version__} ({'; '.join(pairs)})"


USER_AGENT = _user_agent()
