"""Tables whose rows belong to the value of a key: those that are there and young enough are not asked for again.

Rows of a parent's row (`child`) are young enough, too, as long as the parent has not changed since they were read, and
that is known of the parent within MaxAge.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc

from flight_server.mirror import Place
from flight_server.mirror.coverage import Stretch, is_fresh
from flight_server.mirror.tables import ACCOUNT, SCOPE
from flight_server.plan import Binding, KeptRows, Scan
from flight_server.planner.asking.key_tuples import key_tuples
from flight_server.scan.mirrored.arriving import kept_schema
from flight_server.scan.mirrored.reading import batches_of
from flight_server.scan.mirrored.request import Request
from flight_server.scan.mirrored.scopes import mirror_name

_TOGETHER = 400
"""Keys whose rows are written at once: what is lost by whoever is killed."""

_SKEW = timedelta(minutes=2)


def key_axis(scan: Scan) -> str:
    """The key column by whose values the scan's rows are covered; empty where they are not."""
    mirror = scan.table.mirror
    if mirror is None or mirror.kind not in ("keyed", "child") or len(mirror.keys) != 1:
        return ""
    (column,) = mirror.keys
    bindings = [each for each in scan.bindings if each.key_column.column == column]
    are_its_own = all(supply.keys == (column,) for supply in scan.supplies)
    is_given = any(each.values is not None or each.supplies for each in bindings)
    is_text = scan.table.columns_by_name[column].declared_type == "string"
    return column if is_given and are_its_own and is_text else ""


def kept_keys(request: Request) -> KeptRows | None:
    """The rows of the scan's keys, after those that are missing were asked for."""
    axis, notes = key_axis(request.scan), request.mirror.notes
    place, wanted = request.place(request.scan, axis), wanted_keys(request.scan, axis, request)
    if _missing(request, place, wanted):
        if not request.may_ask:
            return None
        with request.alone():
            for some in _cut(_missing(request, place, wanted)):
                _read(request, place, axis, some)
                notes.put_keys(place, some, request.context.now)
    kept = request.kept(place)
    return replace(kept, among={**kept.among, axis: tuple(wanted)})


def wanted_keys(scan: Scan, axis: str, request: Request) -> list[str]:
    """The keys that the scan asks for, each once."""
    binding = next(each for each in scan.bindings if each.key_column.column == axis)
    if not binding.supplies:
        return list(dict.fromkeys(binding.values or ()))
    return list(dict.fromkeys(values[axis] for values in key_tuples(scan, request.sources)))


def _missing(request: Request, place: Place, wanted: Iterable[str]) -> list[str]:
    known = request.mirror.notes.keys(place)
    old = [key for key in wanted if known.get(key) is None or known[key] < request.since]
    there = {key: known[key] for key in old if key in known}
    unchanged = set(_unchanged(request, there)) if there else set()
    return [key for key in old if key not in unchanged]


def _read(request: Request, place: Place, axis: str, keys: list[str]) -> None:
    bindings = [
        Binding(each.key_column, values=tuple(sorted(keys))) if each.key_column.column == axis else each
        for each in request.scan.bindings
    ]
    arriving, wanted = request.arriving(place), pa.array(keys)

    def belongs(batch: pa.RecordBatch) -> object:
        return pc.is_in(batch.column(axis), wanted)

    listed = ", ".join("'" + key.replace("'", "''") + "'" for key in keys)
    where = f"{ACCOUNT} = '{place.account}' AND {SCOPE} = '{place.scope}' AND \"{axis}\" IN ({listed})"
    request.write(arriving, arriving.batches(request.pages(bindings), belongs), where)


def _cut(keys: list[str]) -> Iterator[list[str]]:
    iterator = iter(keys)
    while some := list(islice(iterator, _TOGETHER)):
        yield some


def _unchanged(request: Request, read_at: Mapping[str, datetime]) -> Iterator[str]:
    """The keys whose parents are known not to have changed since their rows were read."""
    mirror, context = request.scan.table.mirror, request.context
    parent = mirror.parent if mirror is not None else None
    if parent is None or mirror is None or len(parent.keys) != 1:
        return
    table = context.catalog.resolve(parent.table, parent.db_schema)
    name = mirror_name(table, is_restricted=False)
    files = request.mirror.tables.files(name, request.account)
    by = table.mirror.by if table.mirror is not None else ""
    if not files or not by:
        return
    (key,) = parent.keys.values()
    fields = {field.name: field for field in kept_schema(table)}
    keys, fresh = pa.array(list(read_at)), _FreshStretches(request, name)
    for batch in batches_of(files, [fields[each] for each in dict.fromkeys((key, parent.changed, by, SCOPE))]):
        for row in batch.filter(pc.is_in(batch.column(key), keys)).to_pylist():
            at, changed = row[by], row[parent.changed]
            if at is None or changed is None or not fresh.hold(row[SCOPE], at):
                continue
            if changed + _SKEW < read_at[row[key]]:
                yield row[key]


class _FreshStretches:
    """What is known, within MaxAge, of a parent's periods: scope by scope."""

    def __init__(self, request: Request, name: str) -> None:
        self._request, self._name = request, name
        self._known: dict[str, list[Stretch]] = {}

    def hold(self, scope: str, at: datetime) -> bool:
        """Whether one of them holds this instant."""
        if scope not in self._known:
            stretches = self._request.mirror.notes.stretches(Place(self._request.account, self._name, scope))
            self._known[scope] = [each for each in stretches if is_fresh(each, self._request.since)]
        return any(each.lower <= at and (at < each.upper or each.reaches_now) for each in self._known[scope])
