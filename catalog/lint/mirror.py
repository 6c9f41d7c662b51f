"""Can a table be kept as its stanza says? Columns must be of the right sort, and nothing may be left unsaid.

Goes from resolved tables to sentences `schema.table: mirror.word: what is wrong`. Whether a list of changes tells every
change, no model can tell.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from catalog.mirror import Mirror, MirrorGrain, MirrorKind
from catalog.table import KeyColumn, Table

_WORDS: Mapping[str, tuple[tuple[MirrorKind, ...], tuple[MirrorKind, ...]]] = {
    "by": (("changes", "events"), ("changes", "events")),
    "changed": (("changes",), ("changes", "snapshot")),
    "untold": ((), ("changes", "snapshot")),
    "grain": ((), ("events",)),
    "settles_hours": (("events",), ("events",)),
    "unsettled": ((), ("events",)),
    "keys": (("child", "keyed"), ("child", "keyed", "snapshot")),
    "parent": (("child",), ("child",)),
}
"""Word -> the kinds that must say it, and those that may."""


def mirror_faults(tables: Iterable[Table]) -> Iterator[str]:
    """What is wrong with what is said of tables of operations, whose parents are among the tables."""
    by_name = {table.qualified_name: table for table in tables}
    for name, table in by_name.items():
        if table.kind == "operation" and table.mirror is not None:
            keys = {key.column: key for key in table.key_columns}
            yield from (f"{name}: mirror{fault}" for fault in _faults(table.mirror, table, keys, by_name))


def _faults(mirror: Mirror, table: Table, keys: Mapping[str, KeyColumn], tables: Mapping[str, Table]) -> Iterator[str]:
    yield from _word_faults(mirror)
    if mirror.kind == "call":
        yield from _call_faults(mirror, keys)
    if mirror.by:
        yield from _period_faults(mirror.by, table, keys)
    if mirror.changed:
        yield from _change_faults(mirror, table, keys)
    if mirror.settles_hours is not None and mirror.settles_hours < 1:
        yield f".settles_hours: {mirror.settles_hours} is no number of hours"
    for word, names in (("untold", mirror.untold), ("unsettled", mirror.unsettled)):
        told = {column.name for column in table.columns if column.member}
        yield from (f".{word}: no row tells {name}" for name in names if name not in told)
    for name, values in mirror.unsettled.items():
        yield from (f".unsettled: {fault}" for fault in _unknown(values, keys.get(name), table))
    if mirror.grain is not None:
        yield from _grain_faults(mirror.grain, table, keys)
    yield from _value_faults(mirror, keys)
    if mirror.kind == "snapshot":
        yield from _snapshot_faults(mirror, table)
    if mirror.parent is not None:
        yield from _parent_faults(mirror, tables)


def _word_faults(mirror: Mirror) -> Iterator[str]:
    """Each kind says its own words, and no others."""
    for word, (must, may) in _WORDS.items():
        is_said = getattr(mirror, word) not in ("", (), {}, None)
        if mirror.kind in must and not is_said:
            yield f": {mirror.kind} needs {_as_written(word)}"
        if is_said and mirror.kind not in may:
            yield f": {mirror.kind} has no {_as_written(word)}"


def _as_written(word: str) -> str:
    return "parent_changed" if word == "parent" else word


def _call_faults(mirror: Mirror, keys: Mapping[str, KeyColumn]) -> Iterator[str]:
    """A period or a parent promises more than equal calls, so that a stanza says why it does not keep that."""
    promising = [key.column for key in keys.values() if key.parent or key.ge or key.gt or key.le or key.lt]
    if promising and not mirror.reason:
        yield f": {', '.join(promising)} could be what is covered: say a kind, or call with its reason"


def _period_faults(by: str, table: Table, keys: Mapping[str, KeyColumn]) -> Iterator[str]:
    key = keys.get(by)
    if key is None or not key.ge or not (key.le or key.lt):
        yield f".by: {by} is no key column with a lower bound (ge) and an upper one (le or lt)"
    elif table.columns_by_name[by].is_echo:
        yield f".by: {by} is told by no row, so that none is known to be of a period"


def _change_faults(mirror: Mirror, table: Table, keys: Mapping[str, KeyColumn]) -> Iterator[str]:
    key = keys.get(mirror.changed)
    if key is None or not (key.ge or key.gt):
        yield f".changed: {mirror.changed} is no key column with a lower bound (ge or gt)"
        return
    if not key.moves:
        yield f".changed: {mirror.changed} is not said to list by change (moves)"
    if not table.primary_key or table.key_repeats:
        yield ".changed: changes are merged by a primary key that never repeats, and there is none"
    for name in key.needs:
        if not (keys[name].le or keys[name].lt):
            yield f".changed: {mirror.changed} needs {name}, which is no upper bound"


def _grain_faults(grain: MirrorGrain, table: Table, keys: Mapping[str, KeyColumn]) -> Iterator[str]:
    key = keys.get(grain.column)
    if key is None or not key.eq:
        yield f".grain.column: {grain.column} is no key column with a value (eq)"
        return
    yield from (f".grain: {fault}" for fault in _unknown(grain.hours + grain.days, key, table))
    if grain.days and not grain.zone:
        yield ".grain.days: nothing names the time zone of the period (zone_from)"


def _unknown(values: tuple[str, ...], key: KeyColumn | None, table: Table) -> Iterator[str]:
    """Those values that a key column cannot have, where it is known which it can."""
    if key is None or table.operation is None:
        return
    listed = {parameter.name: parameter.enum for parameter in table.operation.parameters}
    known = key.values or listed.get(key.eq or key.in_, ())
    yield from (f"{value} is no value of {key.column}" for value in values if known and value not in known)


def _value_faults(mirror: Mirror, keys: Mapping[str, KeyColumn]) -> Iterator[str]:
    for name in mirror.keys:
        if name not in keys or not (keys[name].eq or keys[name].in_):
            yield f".keys: {name} is no key column with values (eq or in)"
    known = [keys[name] for name in mirror.keys if name in keys]
    for one, other in combinations(known, 2):
        if other.column in one.excludes or one.column in other.excludes:
            yield f".keys: {one.column} and {other.column} are never given together"


def _snapshot_faults(mirror: Mirror, table: Table) -> Iterator[str]:
    """A whole list can be asked for without knowing anything, or by the values of `keys`."""
    for key in table.key_columns:
        if key.required and not (key.default or key.default_from) and key.column not in mirror.keys:
            yield f".keys: there is no list without {key.column}: say that each of its values has its own"
    if any(not set(group) & set(mirror.keys) for group in table.requires_one_of):
        yield ": there is no whole list, since something must be asked for (requires_one_of)"


def _parent_faults(mirror: Mirror, tables: Mapping[str, Table]) -> Iterator[str]:
    parent = mirror.parent
    assert parent is not None
    name = f"{parent.db_schema}.{parent.table}"
    table = tables.get(name)
    if table is None or parent.changed not in table.columns_by_name:
        yield f".parent_changed: there is no {name}.{parent.changed}"
        return
    if table.columns_by_name[parent.changed].is_echo:
        yield f".parent_changed: no row of {name} tells {parent.changed}"
    if table.mirror is None or table.mirror.kind not in ("changes", "snapshot"):
        yield f".parent_changed: {name} is itself neither kept by changes nor as a snapshot"
    yield from (f".keys: {column} is no key that {name} lists" for column in mirror.keys if column not in parent.keys)
