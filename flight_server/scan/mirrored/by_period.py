"""Tables whose rows belong to a period: parts of it are covered, and only those that are missing are asked for.

What changes is made fresh by one list of what changed since (`changes`); what has settled is never asked for again, and
what has not is read anew (`events`). Bounds are instants; Amazon counts in milliseconds, so that one that belongs to a
period ends it a millisecond later.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from catalog.table import KeyColumn, Table
from flight_server.mirror import Place
from flight_server.mirror.coverage import Stretch, Wanted, in_few, is_fresh, missing, with_stretch
from flight_server.mirror.tables import ACCOUNT, SCOPE
from flight_server.plan import Binding, KeptRows, Scan
from flight_server.planner.asking.parameters import is_echo
from flight_server.planner.asking.spelling import as_instant, spell
from flight_server.scan.mirrored.arriving import bound, within
from flight_server.scan.mirrored.request import LONG_AGO, Request
from flight_server.scan.mirrored.scopes import widened

_LATE = timedelta(minutes=3)
"""What is younger may not be listed yet."""

_SKEW = timedelta(minutes=5)
"""A list of what changed begins so long before the last one was read: Amazon's clock is another, and its lists lag."""


def period_axis(scan: Scan) -> str:
    """The column by whose period the scan's rows are covered; empty where they are not."""
    mirror = scan.table.mirror
    if mirror is None or mirror.kind not in ("changes", "events") or mirror.grain is not None or scan.supplies:
        return ""
    bound_ = any(each.key_column.column == mirror.by and each.values is None for each in scan.bindings)
    return mirror.by if bound_ else ""


def kept_period(request: Request) -> KeptRows | None:
    """The rows of the scan's period, after what is missing of it was asked for."""
    axis, notes = period_axis(request.scan), request.mirror.notes
    wanted = wanted_period(request, axis)
    scan, place = scope_of_period(request, axis, wanted)
    request = replace(request, scan=replace(scan, outputs=request.scan.outputs))
    if missing(wanted, fresh_stretches(notes.stretches(place), request)):
        if not request.may_ask:
            return None
        with request.alone():
            _refresh(request, place, axis, wanted)
            for part in in_few(missing(wanted, fresh_stretches(notes.stretches(place), request))):
                _read(request, place, axis, part)
    return replace(
        request.kept(place), period=axis, since=wanted.lower, before=None if wanted.is_open else wanted.upper
    )


def scope_of_period(request: Request, axis: str, wanted: Wanted) -> tuple[Scan, Place]:
    """The scan and where its rows are kept: those of a wider scan, where all of the period is there, old or not."""
    wide = widened(request.scan, axis)
    place = request.place(wide, axis)
    if wide.bindings != request.scan.bindings and missing(wanted, request.mirror.notes.stretches(place)):
        return request.scan, request.place(request.scan, axis)
    return wide, place


def fresh_stretches(stretches: Sequence[Stretch], request: Request) -> list[Stretch]:
    """Those whose rows are young enough."""
    return [each for each in stretches if is_fresh(each, request.since)]


def wanted_period(request: Request, axis: str) -> Wanted:
    """The period that the scan asks for."""
    binding, key, table = _binding(request.scan, axis), _key(request.scan.table, axis), request.scan.table
    now = request.context.now
    lower = (
        as_instant(binding.lower) + (_step(table, axis) if key.gt and not key.ge else timedelta())
        if binding.lower
        else LONG_AGO
    )
    if not binding.upper:
        return Wanted(lower, now, is_open=True)
    upper = as_instant(binding.upper) + (timedelta() if key.lt else _step(table, axis))
    return Wanted(lower, min(upper, now), is_open=True) if upper >= now - _LATE else Wanted(lower, upper)


def _step(table: Table, axis: str) -> timedelta:
    is_date = table.columns_by_name[axis].declared_type == "date"
    return timedelta(days=1) if is_date else timedelta(milliseconds=1)


def _read(request: Request, place: Place, axis: str, part: Wanted) -> None:
    """Ask for a part of the period, and put it in the place of what is there of it."""
    table, key = request.scan.table, _key(request.scan.table, axis)
    own = [each for each in request.scan.bindings if each.key_column.column != axis]
    pages = request.pages([*own, _bounds(key, table, part)])
    arriving = request.arriving(place)
    unsettled = _Unsettled(table)
    belongs = within(axis, part.lower, None if part.is_open else part.upper)

    def belonging(batch: pa.RecordBatch) -> object:
        mask = belongs(batch)
        unsettled.look(batch)
        return mask

    rows = arriving.batches(pages, belonging)
    if _may_move(table, axis):
        _exchange(request, place, axis, part, pa.Table.from_batches(rows, schema=arriving.schema))
    else:
        request.write(arriving, rows, f"{_own(place)} AND {_since(axis, part, table)}")
    _note(request, place, part, has_unsettled=unsettled.found)


def _may_move(table: Table, axis: str) -> bool:
    """Whether a row that changes may leave its part of the period for another one, where it is told now."""
    mirror = table.mirror
    moves = mirror is not None and (mirror.changed == axis or bool(mirror.unsettled))
    return moves and bool(table.primary_key) and table.kind != "child"


def _exchange(request: Request, place: Place, axis: str, part: Wanted, rows: pa.Table) -> None:
    """Put the rows of a part in the place of what is there of it, and of what is there of them elsewhere."""
    own = _own(place, "t.")
    gone = f"{own} AND {_since(axis, part, request.scan.table, 't.')}"
    keys = request.scan.table.primary_key
    request.mirror.tables.merge(request.name, rows.schema, rows, keys, own, gone)


def _own(place: Place, prefix: str = "") -> str:
    return f"{prefix}{ACCOUNT} = '{place.account}' AND {prefix}{SCOPE} = '{place.scope}'"


def _bounds(key: KeyColumn, table: Table, part: Wanted) -> Binding:
    is_date = table.columns_by_name[key.column].declared_type == "date"

    def text(instant: datetime) -> str:
        return spell(instant.date() if is_date else instant)

    step = _step(table, key.column)
    lower = part.lower - step if key.gt and not key.ge else part.lower
    upper = "" if part.is_open else text(part.upper if key.lt else part.upper - step)
    return Binding(key, lower="" if part.lower == LONG_AGO else text(lower), upper=upper)


def _since(axis: str, part: Wanted, table: Table, prefix: str = "") -> str:
    """The part of a period as Delta reads it."""
    is_date = table.columns_by_name[axis].declared_type == "date"

    def text(instant: datetime) -> str:
        return f"CAST('{instant.date()}' AS DATE)" if is_date else f"'{instant.isoformat()}'"

    lower = f'{prefix}"{axis}" >= {text(part.lower)}'
    return lower if part.is_open else f'{lower} AND {prefix}"{axis}" < {text(part.upper)}'


def _note(request: Request, place: Place, part: Wanted, *, has_unsettled: bool) -> None:
    notes, now, mirror = request.mirror.notes, request.context.now, request.scan.table.mirror
    upper = max(now - _LATE, part.lower) if part.is_open else part.upper
    known = notes.stretches(place)
    settled = now - timedelta(hours=mirror.settles_hours) if mirror and mirror.settles_hours is not None else None
    if settled is not None and settled > part.lower and not has_unsettled:
        cut = min(settled, upper)
        known = with_stretch(known, Stretch(part.lower, cut, now, is_settled=True))
        part = replace(part, lower=cut)
    if part.lower < upper:
        known = with_stretch(known, Stretch(part.lower, upper, now, reaches_now=part.is_open))
    notes.put_stretches(place, known)


class _Unsettled:
    """Looks for rows that may change however old they are."""

    def __init__(self, table: Table) -> None:
        self._values = table.mirror.unsettled if table.mirror is not None else {}
        self.found = False

    def look(self, batch: pa.RecordBatch) -> None:
        """Look through a batch."""
        for column, values in self._values.items():
            if column in batch.schema.names:
                self.found = self.found or bool(pc.any(pc.is_in(batch.column(column), pa.array(values))).as_py())


def _refresh(request: Request, place: Place, axis: str, wanted: Wanted) -> None:
    """Bring what is covered up to date by a list of what changed since, where the table has one that tells all."""
    mirror, table, notes = request.scan.table.mirror, request.scan.table, request.mirror.notes
    known = notes.stretches(place)
    moves, now = _may_move(table, axis), request.context.now
    # what moves is told of all parts at one instant: else it could have left one before, and come to another after
    old = [each for each in known if each.fetched_at < now and (moves or not is_fresh(each, request.since))]
    old = [each for each in old if _overlaps(each, wanted)]
    own = _asked_beside(request, axis)
    if not old or own is None:
        return
    assert mirror is not None
    since = min(each.fetched_at for each in old)
    if mirror.changed_within and mirror.changed != axis:
        own.append(_binding(request.scan, axis))
    before = request.context.query.api_calls
    found = _changed_since(request, place, own, since)
    if not moves:
        found = found.filter(_covered(found.column(axis), known))
    if found.num_rows:
        where = _where_they_are(found, axis, place, stay=not moves)
        request.mirror.tables.merge(request.name, found.schema, found, table.primary_key, where)
    request.mirror.notes.note(request.account, request.name, request.context.query.api_calls - before)
    limits = wanted if mirror.changed_within and mirror.changed != axis else None
    notes.put_stretches(place, _brought_up(known, since, now, limits))


def _asked_beside(request: Request, axis: str) -> list[Binding] | None:
    """What the list of what changed is asked for beside the time; None where no list tells all that the rows need.

    Conditions that every row proves are left out, lest a row that no longer meets them stays as it was.
    """
    mirror, table = request.scan.table.mirror, request.scan.table
    if mirror is None or mirror.kind != "changes" or table.kind == "child":
        return None
    if set(mirror.untold) & {column.name for column in request.scan.outputs[0].columns}:
        return None
    scan = widened(request.scan, axis)
    own = [each for each in scan.bindings if each.key_column.column != axis]
    return own if all(_is_of_all(each, table) for each in own) else None


def _is_of_all(binding: Binding, table: Table) -> bool:
    """Whether no row comes to meet the binding, or ceases to, when it changes."""
    key = binding.key_column
    is_default = bool(key.default) and binding.values == tuple(sorted(key.default))
    return bool(key.default_from) or key.column in table.primary_key or is_default


def _changed_since(request: Request, place: Place, own: list[Binding], since: datetime) -> pa.Table:
    """All that has changed, in the kept table's columns; a column that repeats what was asked for is null elsewhere."""
    mirror, table = request.scan.table.mirror, request.scan.table
    assert mirror is not None
    arriving = request.arriving(place)
    changed = Binding(_key(table, mirror.changed), lower=spell(since - _SKEW))
    rows = [arriving.completed(batch) for (batch,) in request.pages([*own, changed]) if batch.num_rows]
    found = pa.Table.from_batches(rows, schema=arriving.schema)
    if not is_echo(table, mirror.changed):
        return found
    field = found.schema.field(mirror.changed)
    return found.set_column(found.schema.get_field_index(field.name), field, pa.nulls(found.num_rows, field.type))


def _where_they_are(rows: pa.Table, axis: str, place: Place, *, stay: bool) -> str:
    """The part of the table in which the rows can be: only its files are looked through."""
    own = _own(place, "t.")
    if not stay:
        return own
    ends = pc.min_max(rows.column(axis)).as_py()
    is_date = pa.types.is_date(rows.schema.field(axis).type)
    first, last = (f"CAST('{at}' AS DATE)" if is_date else f"'{at.isoformat()}'" for at in (ends["min"], ends["max"]))
    return f'{own} AND t."{axis}" >= {first} AND t."{axis}" <= {last}'


def _brought_up(known: Sequence[Stretch], since: datetime, now: datetime, limits: Wanted | None) -> list[Stretch]:
    """The stretches when all that changed `since` is known, of `limits` or at all; not those read before."""
    found = list(known)
    for each in known:
        if each.is_settled or each.fetched_at < since:
            continue
        upper = max(each.upper, now - _LATE) if each.reaches_now else each.upper
        new = replace(each, upper=upper, fetched_at=now)
        if limits is not None:
            reaches = each.reaches_now and limits.is_open
            upper = upper if reaches else min(upper, limits.upper)
            new = replace(new, lower=max(new.lower, limits.lower), upper=upper, reaches_now=reaches)
        if new.lower < new.upper:
            found = with_stretch(found, new)
    return found


def _covered(values: pa.ChunkedArray, known: Sequence[Stretch]) -> pa.ChunkedArray:
    """Which of the values are in one of the stretches."""
    mask = pa.chunked_array([pa.array([False] * len(values), pa.bool_())])
    for stretch in known:
        inside = pc.greater_equal(values, bound(stretch.lower, values.type))
        if not stretch.reaches_now:
            inside = pc.and_(inside, pc.less(values, bound(stretch.upper, values.type)))
        mask = pc.or_(mask, pc.fill_null(inside, False))
    return mask


def _overlaps(stretch: Stretch, wanted: Wanted) -> bool:
    return stretch.lower < wanted.upper and (stretch.reaches_now or stretch.upper > wanted.lower)


def _binding(scan: Scan, column: str) -> Binding:
    return next(each for each in scan.bindings if each.key_column.column == column)


def _key(table: Table, column: str) -> KeyColumn:
    return next(each for each in table.key_columns if each.column == column)
