"""A scan and its keys → the calls to make: value lists cut to request batches, one call a marketplace, switches set.

Pure and lazy: a call is made up when it is asked for, so a LIMIT that stops reading keys stops making calls. Knows no
HTTP; used by EXPLAIN and by `scan/`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, islice, product

from catalog.table import KeyColumn, Operation, Table
from flight_server.errors import QueryError
from flight_server.plan import Binding, Call, ParameterValue, Scan
from flight_server.planner.key_tuples import KeyTuple, Sources, Unknown, can_exist, key_tuples
from flight_server.planner.parameters import batch_size, is_echo, parameter_of, spell


@dataclass(frozen=True)
class _Part:
    """What one binding contributes to one call."""

    parameters: Mapping[str, ParameterValue]
    asked: Mapping[str, str | None] = field(default_factory=dict)


def calls(scan: Scan, sources: Sources) -> Iterator[Call]:
    """Every call of the scan, in order; none for an impossible one."""
    if scan.impossible or scan.table.operation is None:
        return
    fixed = _fixed_parameters(scan)
    stated = [list(_parts(binding, scan.table, sources)) for binding in scan.bindings if not binding.supplies]
    for outer in _supplied_parts(scan, sources):
        for inner in product(*stated):
            yield _call(scan, scan.table.operation, fixed, (*outer, *inner))


def _supplied_parts(scan: Scan, sources: Sources) -> Iterator[tuple[_Part, ...]]:
    """What each call gets of the supplied keys: one tuple of them, or several that differ in one list parameter."""
    supplied = [binding.key_column for binding in scan.bindings if binding.supplies]
    tuples = key_tuples(scan, sources)
    listed = next((key for key in supplied if key.in_ and batch_size(key, scan.table) != 1), None)
    single = [key for key in supplied if key is not listed]
    if listed is None:
        for values in tuples:
            yield tuple(part for key in single for part in _value_parts(key, scan.table, (values[key.column],)))
        return
    for shared, group in _grouped(tuples, [key.column for key in single], scan):
        parts = [part for key in single for part in _value_parts(key, scan.table, (shared[key.column],))]
        for part in _value_parts(listed, scan.table, (values[listed.column] for values in group)):
            yield (*parts, part)


def _grouped(
    tuples: Iterator[KeyTuple], columns: list[str], scan: Scan
) -> Iterator[tuple[KeyTuple, Iterator[KeyTuple]]]:
    """Tuples that agree in `columns`, put together; of a parent that is read bit by bit, those that come together."""

    def shared(values: KeyTuple) -> tuple[str, ...]:
        return tuple(values[column] for column in columns)

    at_hand = all(supply.parent is None for supply in scan.supplies)
    ordered = iter(sorted(tuples, key=shared)) if columns and at_hand else tuples
    for values, group in groupby(ordered, shared):
        yield dict(zip(columns, values, strict=True)), group


def _parts(binding: Binding, table: Table, sources: Sources) -> Iterator[_Part]:
    key = binding.key_column
    if binding.values is not None:
        yield from _value_parts(key, table, _among(sources.all_there_is.get(binding.setting), binding.values))
    elif binding.setting:
        yield from _value_parts(key, table, sources.settings[binding.setting])
    else:
        yield _Part(dict(_range_parameters(binding, sources.now)))


def _among(known: frozenset[str] | None, values: Iterable[str]) -> Iterable[str]:
    return values if known is None else (value for value in values if value in known or isinstance(value, Unknown))


def _value_parts(key: KeyColumn, table: Table, values: Iterable[str]) -> Iterator[_Part]:
    name = key.in_ or key.eq
    parameter = parameter_of(table, name)
    is_list = parameter is not None and parameter.is_list
    existing = (value for value in values if can_exist(value, key))
    for chunk in _chunks(existing, batch_size(key, table)):
        if is_list and not (parameter is not None and parameter.repeated):
            _refuse_commas(chunk, key, table)
        value: ParameterValue = chunk if is_list else chunk[0]
        names = (name, *key.also)
        parameters = {each: _fit(value, table, each) for each in names}
        yield _Part({**parameters, **key.sets}, {key.column: chunk[0]} if is_echo(table, key.column) else {})


def _fit(value: ParameterValue, table: Table, name: str) -> ParameterValue:
    parameter = parameter_of(table, name)
    if parameter is not None and parameter.is_list:
        return (value,) if isinstance(value, str) else value
    return value if isinstance(value, str) else value[0]


def _chunks(values: Iterable[str], size: int | None) -> Iterator[tuple[str, ...]]:
    iterator = iter(values)
    while chunk := tuple(islice(iterator, size)):
        yield chunk


def _refuse_commas(values: tuple[str, ...], key: KeyColumn, table: Table) -> None:
    broken = next((value for value in values if "," in value), None)
    if broken is not None:
        raise QueryError(
            f"{table.qualified_name}: Amazon takes {key.column} as a list divided by commas, so the value {broken!r} "
            "cannot be asked for; leave it out"
        )


def _range_parameters(binding: Binding, now: datetime) -> Iterator[tuple[str, str]]:
    key = binding.key_column
    if key.joined:
        yield key.ge or key.gt, f"{binding.lower}{key.joined}{binding.upper or spell(now.replace(microsecond=0))}"
        return
    if binding.lower:
        yield key.ge or key.gt, binding.lower
    if binding.upper:
        yield key.le or key.lt, binding.upper


def _fixed_parameters(scan: Scan) -> dict[str, ParameterValue]:
    fixed: dict[str, ParameterValue] = {
        name: _fit(value, scan.table, name) for name, value in scan.table.constants.items()
    }
    for name, values in scan.switches.items():
        if values:
            fixed[name] = _fit(values, scan.table, name)
    return fixed


def _call(scan: Scan, operation: Operation, fixed: Mapping[str, ParameterValue], parts: tuple[_Part, ...]) -> Call:
    parameters = dict(fixed)
    asked: dict[str, str | None] = {column.name: None for column in scan.table.columns if column.is_echo}
    for part in parts:
        parameters.update(part.parameters)
        asked.update(part.asked)
    places = {parameter.name: parameter.location for parameter in operation.parameters}
    paging = scan.table.paging
    return Call(
        operation=operation,
        path_parameters={name: _text(value) for name, value in parameters.items() if places.get(name) == "path"},
        url_parameters={name: value for name, value in parameters.items() if places.get(name, "query") == "query"},
        header_parameters={name: _text(value) for name, value in parameters.items() if places.get(name) == "header"},
        paging=paging,
        page_size=(scan.page_size or paging.size_max) if paging is not None and paging.size else None,
        asked=asked,
        restricted_elements=scan.restricted_elements,
        needs_restricted_token=scan.needs_restricted_token,
        restricted_path=operation.path if scan.table.restricted_generic else "",
        empty_statuses=scan.table.empty_statuses,
    )


def _text(value: ParameterValue) -> str:
    return value if isinstance(value, str) else ",".join(value)
