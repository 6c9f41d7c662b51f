"""Tables of whose rows nothing better is known: those of an equal call are told again while they are young enough."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from flight_server.mirror import Place
from flight_server.mirror.tables import ACCOUNT, KEY, SCOPE
from flight_server.plan import Call, KeptRows
from flight_server.planner.asking.calls import calls
from flight_server.scan.mirrored.request import Request, whole_scan
from flight_server.scan.mirrored.scopes import digest
from flight_server.scan.operation import rows_of_calls


def kept_calls(request: Request) -> KeptRows | None:
    """The rows of the scan's calls, after those that are missing were made."""
    scan = whole_scan(request.scan)
    asked = {call_key(call): call for call in calls(scan, request.sources)}
    place = calls_place(request)
    if _missing(request, place, list(asked)):
        if not request.may_ask:
            return None
        with request.alone():
            for key in _missing(request, place, list(asked)):
                _make(request, place, key, asked[key])
    kept = request.kept(place)
    return replace(kept, among={**kept.among, KEY: tuple(asked)})


def calls_place(request: Request) -> Place:
    """Where the rows of a scan's calls are kept: the calls say themselves how they are narrowed."""
    return request.place(replace(whole_scan(request.scan), bindings=()), "")


def _missing(request: Request, place: Place, keys: Sequence[str]) -> list[str]:
    known = request.mirror.notes.keys(place)
    never = datetime.min.replace(tzinfo=request.context.now.tzinfo)
    return [key for key in keys if known.get(key, never) < request.since]


def _make(request: Request, place: Place, key: str, call: Call) -> None:
    arriving = request.arriving(place)
    pages = rows_of_calls(whole_scan(request.scan), iter([call]), request.context)
    where = f"{ACCOUNT} = '{place.account}' AND {SCOPE} = '{place.scope}' AND {KEY} = '{key}'"
    request.write(arriving, arriving.batches(pages, lambda _: None, key), where)
    request.mirror.notes.put_keys(place, [key], request.context.now)


def call_key(call: Call) -> str:
    """Equal for calls that Amazon answers alike."""
    return digest(
        [
            call.path_parameters,
            call.url_parameters,
            call.header_parameters,
            call.body,
            call.asked,
            call.requests,
            str(call.within),
            str(call.one_of),
        ]
    )
