"""What EXPLAIN tells of a scan before the mirror, without a call: what is there, how old it is, what would be asked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flight_server.mirror.coverage import Wanted, missing
from flight_server.plan import Scan
from flight_server.planner.asking.calls import calls
from flight_server.planner.asking.key_tuples import Sources
from flight_server.scan.context import ScanContext
from flight_server.scan.mirrored.by_call import call_key, calls_place
from flight_server.scan.mirrored.by_key import key_axis, wanted_keys
from flight_server.scan.mirrored.by_period import fresh_stretches, period_axis, scope_of_period, wanted_period
from flight_server.scan.mirrored.request import LONG_AGO, Request, request_of


def mirror_outlook(scan: Scan, sources: Sources, context: ScanContext) -> Mapping[str, Any] | None:
    """What comes from the mirror, and `calls`: at least so many are still made. None where it has no part in it."""
    request = request_of(scan, {}, context, lambda *_: None, sources)
    if request is None:
        return None
    if period_axis(scan):
        return _of_period(request)
    if scan.supplies:  # which keys there are, only the run knows
        return None
    return _of_keys(request) if key_axis(scan) else _of_calls(request)


def _of_period(request: Request) -> Mapping[str, Any]:
    axis, notes = period_axis(request.scan), request.mirror.notes
    wanted = wanted_period(request, axis)
    _, place = scope_of_period(request, axis, wanted)
    known = notes.stretches(place)
    fresh = fresh_stretches(known, request)
    mirror = request.scan.table.mirror
    asked: list[str] = []
    if len(fresh) < len(known) and mirror is not None and mirror.kind == "changes":
        asked.append(f"what changed since {min(each.fetched_at for each in known):%Y-%m-%d %H:%M} UTC")
        fresh = list(known)
    asked += map(_period_text, missing(wanted, fresh))
    ages = [request.context.now - each.fetched_at for each in fresh if not each.is_settled]
    return _told(asked, len(asked), max(ages).total_seconds() if ages else None)


def _of_keys(request: Request) -> Mapping[str, Any]:
    axis = key_axis(request.scan)
    known = request.mirror.notes.keys(request.place(request.scan, axis))
    wanted = wanted_keys(request.scan, axis, request)
    old = [key for key in wanted if key not in known or known[key] < request.since]
    there = [known[key] for key in wanted if key not in set(old)]
    return _told([f"{len(old)} of {len(wanted)} keys"] if old else [], min(len(old), 1), _age(there, request))


def _of_calls(request: Request) -> Mapping[str, Any]:
    asked = [call_key(call) for call in calls(request.scan, request.sources)]
    known = request.mirror.notes.keys(calls_place(request))
    old = [key for key in asked if key not in known or known[key] < request.since]
    there = [known[key] for key in asked if key not in set(old)]
    return _told([f"{len(old)} of {len(asked)} calls"] if old else [], len(old), _age(there, request))


def _age(read_at: list[datetime], request: Request) -> float | None:
    return (request.context.now - min(read_at)).total_seconds() if read_at else None


def _told(asked: list[str], count: int, age_seconds: float | None) -> Mapping[str, Any]:
    told: dict[str, Any] = {"asked": asked or "nothing", "calls": count}
    return told | ({"age_seconds": round(age_seconds)} if age_seconds is not None else {})


def _period_text(part: Wanted) -> str:
    begin = "the beginning" if part.lower <= LONG_AGO else f"{part.lower:%Y-%m-%d %H:%M}"
    return f"{begin} to {'now' if part.is_open else format(part.upper, '%Y-%m-%d %H:%M')}"
