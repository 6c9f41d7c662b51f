"""A scan and its keys → the calls to make: value lists cut to request batches, one call a marketplace, switches set.

Pure and lazy: a call is made up when it is asked for, so a LIMIT that stops reading keys stops making calls. Knows no
HTTP; used by EXPLAIN and by `scan/`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice, product

from catalog.table import KeyColumn, Operation, Table
from flight_server.errors import QueryError
from flight_server.plan import Binding, Call, ParameterValue, Scan
from flight_server.planner.parameters import is_echo, parameter_of, spell


class Unknown(str):
    """Stands, where a plan is only explained, for a value that the run will know; no rule about values applies."""


@dataclass(frozen=True)
class Sources:
    """What only the run knows: values of settings, keys from suppliers, the time."""

    now: datetime
    settings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # connection parameter -> values
    all_there_is: Mapping[str, frozenset[str]] = field(default_factory=dict)  # ... -> values that the account has
    keys: Mapping[str, Iterable[str]] = field(default_factory=dict)  # supplied column -> distinct values


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
    supplied = [binding for binding in scan.bindings if binding.supply is not None]
    stated = [list(_parts(binding, scan.table, sources)) for binding in scan.bindings if binding.supply is None]
    for outer in _supplied_parts(supplied, scan.table, sources):
        for inner in product(*stated):
            yield _call(scan, scan.table.operation, fixed, (*outer, *inner))


def _supplied_parts(supplied: list[Binding], table: Table, sources: Sources) -> Iterator[tuple[_Part, ...]]:
    if not supplied:
        yield ()
        return
    first, *others = supplied
    rest = [list(_parts(binding, table, sources)) for binding in others]
    for part in _parts(first, table, sources):
        for combination in product(*rest):
            yield (part, *combination)


def _parts(binding: Binding, table: Table, sources: Sources) -> Iterator[_Part]:
    key = binding.key_column
    if binding.supply is not None:
        known = frozenset(sources.settings[binding.setting]) if binding.setting else None
        yield from _value_parts(key, table, _among(known, sources.keys[key.column]))
    elif binding.values is not None:
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
    existing = (value for value in values if _can_exist(value, key))
    for chunk in _chunks(existing, _batch_size(key, table) if key.in_ else 1):
        if is_list and not (parameter is not None and parameter.repeated):
            _refuse_commas(chunk, key, table)
        value: ParameterValue = chunk if is_list else chunk[0]
        names = (name, *key.also)
        parameters = {each: _fit(value, table, each) for each in names}
        yield _Part({**parameters, **key.sets}, {key.column: chunk[0]} if is_echo(table, key.column) else {})


def _can_exist(value: str, key: KeyColumn) -> bool:
    return not key.pattern or isinstance(value, Unknown) or re.fullmatch(key.pattern, value) is not None


def _fit(value: ParameterValue, table: Table, name: str) -> ParameterValue:
    parameter = parameter_of(table, name)
    if parameter is not None and parameter.is_list:
        return (value,) if isinstance(value, str) else value
    return value if isinstance(value, str) else value[0]


def _batch_size(key: KeyColumn, table: Table) -> int | None:
    """An echoed column tells which value was asked for, so only one can be asked for at a time."""
    if is_echo(table, key.column):
        return 1
    parameter = parameter_of(table, key.in_)
    return key.batch_max or (parameter.max_items if parameter is not None else None)


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
