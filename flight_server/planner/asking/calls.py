"""A scan and its keys → the calls to make: value lists cut to request batches, one call a marketplace, switches set.

Pure and lazy: a call is made up when it is asked for, so a LIMIT that stops reading keys stops making calls. Knows no
HTTP; used by EXPLAIN and by `scan/`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby, islice, product
from urllib.parse import quote

from catalog.kiosk.dataset import END, START
from catalog.table import KeyColumn, Operation, Parameter, RequestBatch, Table
from flight_server.plan import Binding, Call, OneOf, Output, ParameterValue, Scan, Within
from flight_server.planner.asking.key_tuples import KeyTuple, Sources, Unknown, key_tuples
from flight_server.planner.asking.kiosk.queries import asked_windows, is_of_window, with_texts
from flight_server.planner.asking.parameters import (
    batch_size,
    breaks_list,
    can_be_left_out,
    is_echo,
    parameter_of,
)
from flight_server.planner.asking.reports.requests import is_of_period, period_parts
from flight_server.planner.asking.request_body import body_of, element_of, has_body, with_list
from flight_server.planner.asking.spelling import in_milliseconds, spell
from flight_server.planner.asking.windows import echoed_stretches, in_zone, stretches


@dataclass(frozen=True)
class _Part:
    """What one binding contributes to one call."""

    parameters: Mapping[str, ParameterValue]
    asked: Mapping[str, str | None] = field(default_factory=dict)
    within: Within | None = None
    one_of: OneOf | None = None


def calls(scan: Scan, sources: Sources) -> Iterator[Call]:
    """Every call of the scan, in order; none for an impossible one."""
    if scan.impossible or scan.table.operation is None:
        return
    fixed = _fixed_parameters(scan)
    stated = [
        list(_parts(binding, scan, sources))
        for binding in scan.bindings
        if not binding.supplies and not is_of_period(binding, scan) and not is_of_window(binding, scan)
    ]
    combined = ((*outer, *inner) for outer in _supplied_parts(scan, sources) for inner in product(*stated))
    if scan.table.dataset is not None:
        yield from with_texts(scan, list(_query_calls(scan, scan.table.operation, fixed, combined, sources)))
    elif scan.table.report is not None:
        yield from _report_calls(scan, scan.table.operation, fixed, combined, sources)
    elif scan.table.request_batch is None:
        for parts in combined:
            named = {name: value for part in parts for name, value in part.parameters.items()}
            for parameters in echoed_stretches(in_zone(named, scan), scan.table, sources.now):
                yield _call(scan, scan.table.operation, {**fixed, **parameters}, parts)
    else:
        yield from _batched_calls(scan, scan.table.request_batch, scan.table.operation, fixed, combined)


def _report_calls(
    scan: Scan,
    operation: Operation,
    fixed: Mapping[str, ParameterValue],
    combined: Iterator[tuple[_Part, ...]],
    sources: Sources,
) -> Iterator[Call]:
    """One call a report: for each choice of marketplace and options, its periods."""
    for parts in combined:
        named = {**fixed, **{name: value for part in parts for name, value in part.parameters.items()}}
        for period in period_parts(scan, named, sources.now, allows_partial=sources.allows_partial):
            part = _Part(period.parameters, period.asked, period.within)
            yield _call(scan, operation, {**named, **period.parameters}, (*parts, part))


def _query_calls(
    scan: Scan,
    operation: Operation,
    fixed: Mapping[str, ParameterValue],
    combined: Iterator[tuple[_Part, ...]],
    sources: Sources,
) -> Iterator[tuple[Call, Mapping[str, ParameterValue]]]:
    """A call a query, its body the arguments, and all its parameters: for each choice of the others, its windows."""
    for parts in combined:
        named = {**fixed, **{name: value for part in parts for name, value in part.parameters.items()}}
        for window in asked_windows(scan, named, sources.now):
            days = {START: window.start.isoformat(), END: window.end.isoformat()}
            call = _call(scan, operation, {**named, **days}, parts)
            yield replace(call, asked={**call.asked, **_told_marketplace(call, scan.table)}), {**named, **days}


def _told_marketplace(call: Call, table: Table) -> Mapping[str, str]:
    """Of one marketplace it is known which one the rows tell of: it need not be asked."""
    if len(call.marketplaces) != 1 or (table.dataset is not None and table.dataset.objects is not None):
        return {}
    return {key.column: call.marketplaces[0] for key in table.key_columns if key.names_marketplaces}


def looked_for(scan: Scan) -> tuple[str, ...]:
    """Columns by which rows are told apart that a call without their list brings: keys come that no list can hold."""
    supplied = (binding.key_column for binding in scan.bindings if binding.supplies)
    return tuple(key.column for key in supplied if key.in_ and not key.alone and can_be_left_out(key, scan.table))


def _supplied_parts(scan: Scan, sources: Sources) -> Iterator[tuple[_Part, ...]]:
    """What each call gets of the supplied keys: one tuple of them, or several that differ in one list parameter."""
    supplied = [binding.key_column for binding in scan.bindings if binding.supplies]
    tuples = key_tuples(scan, sources)
    listed = next((key for key in supplied if key.in_ and _batch_size(key, scan) != 1), None)
    single = [key for key in supplied if key is not listed]
    if listed is None:
        for values in tuples:
            yield tuple(part for key in single for part in _value_parts(key, scan, (values[key.column],), sources))
        return
    for shared, group in _grouped(tuples, [key.column for key in single], scan):
        parts = [part for key in single for part in _value_parts(key, scan, (shared[key.column],), sources)]
        for part in _value_parts(listed, scan, (values[listed.column] for values in group), sources):
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


def _parts(binding: Binding, scan: Scan, sources: Sources) -> Iterator[_Part]:
    key = binding.key_column
    if binding.values is not None:
        yield from _value_parts(key, scan, _among(sources.all_there_is.get(binding.setting), binding.values), sources)
    elif binding.setting:
        yield from _value_parts(key, scan, sources.settings[binding.setting], sources)
    else:
        yield from _period_parts(binding, scan.table, sources.now)


def _among(known: frozenset[str] | None, values: Iterable[str]) -> Iterable[str]:
    return values if known is None else (value for value in values if value in known or isinstance(value, Unknown))


def _value_parts(key: KeyColumn, scan: Scan, values: Iterable[str], sources: Sources) -> Iterator[_Part]:
    """The values in as few calls as may be; one that cannot stand in a list goes alone, or its rows are looked for."""
    unlisted: list[str] = []  # filled while the others are read
    for chunk in _chunks(_listable(values, key, scan, unlisted, sources), _batch_size(key, scan)):
        yield _part(key, scan, chunk)
    if key.alone:
        yield from (_Part({key.alone: value, **key.sets}) for value in unlisted)
    elif unlisted:
        yield _Part({}, one_of=OneOf(key.column, frozenset(unlisted)))


def _listable(
    values: Iterable[str], key: KeyColumn, scan: Scan, unlisted: list[str], sources: Sources
) -> Iterator[str]:
    """The values that a list can hold; those of the others that can be had in another way become `unlisted`."""
    supplied = [binding.key_column for binding in scan.bindings if binding.supplies]
    for value in values:
        if not breaks_list(key, scan.table, value, is_one=key in supplied):
            yield value
        elif key.alone or can_be_left_out(key, scan.table):
            unlisted.append(value)
        else:
            sources.refuse(_has_comma(value, key, scan.table))


def _part(key: KeyColumn, scan: Scan, chunk: tuple[str, ...]) -> _Part:
    table, name = scan.table, key.in_ or key.eq
    parameter = parameter_of(table, name)
    is_list = parameter is not None and parameter.is_list
    asked = chunk if key.in_ or parameter is None or not is_list else _elements(chunk[0], parameter)
    sent = tuple(_sent(key, value, table) for value in asked)
    value: ParameterValue = sent if is_list else sent[0]
    parameters = {each: _fit(value, table, each) for each in (name, *key.also)}
    is_told = _is_echoed(key, scan) or (len(chunk) == 1 and (table.request_batch is not None or key.is_told_if_named))
    return _Part({**parameters, **key.sets}, {key.column: chunk[0]} if is_told else {})


def _elements(value: str, parameter: Parameter) -> tuple[str, ...]:
    """What a list gets of the one value of `=`: in the URL its parts between commas, which Amazon would see anyway.

    In a body it is one element, commas and all, unless it is itself a list, in JSON.
    """
    if parameter.location != "body":
        return tuple(value.split(","))
    try:
        listed = json.loads(value) if value.startswith("[") else None
    except ValueError:
        listed = None
    is_texts = isinstance(listed, list) and all(isinstance(each, str) for each in listed)
    return tuple(listed) if listed and is_texts else (value,)


def _batch_size(key: KeyColumn, scan: Scan) -> int | None:
    if _is_echoed(key, scan):
        return 1
    return key.batch_max if key.is_told_if_named else batch_size(key, scan.table)


def _is_echoed(key: KeyColumn, scan: Scan) -> bool:
    """Whether any table that is decoded from the answer tells by this column what was asked for."""
    return any(
        is_echo(output.table, key.column) and (not key.is_told_if_named or _is_named(key, output))
        for output in scan.outputs
    )


def _is_named(key: KeyColumn, output: Output) -> bool:
    others = output.starred | output.left_out
    return any(column.name == key.column and column.name not in others for column in output.columns)


def _sent(key: KeyColumn, value: str, table: Table) -> str:
    """What goes out for a value: the value, unless the stanza says otherwise."""
    column = table.columns_by_name.get(key.column)
    if column is not None and column.declared_type == "timestamp":
        value = in_milliseconds(value, upwards=bool(key.le))
    if key.form:
        return key.form.replace("{}", quote(value, safe=""))
    return quote(value, safe="") if key.is_encoded_twice else value


def _fit(value: ParameterValue, table: Table, name: str) -> ParameterValue:
    parameter = parameter_of(table, name)
    if parameter is not None and parameter.is_list:
        return (value,) if isinstance(value, str) else value
    return value if isinstance(value, str) else value[0]


def _chunks(values: Iterable[str], size: int | None) -> Iterator[tuple[str, ...]]:
    iterator = iter(values)
    while chunk := tuple(islice(iterator, size)):
        yield chunk


def _has_comma(value: str, key: KeyColumn, table: Table) -> str:
    return (
        f"{table.qualified_name}: Amazon takes {key.column} as a list divided by commas, so the value {value!r} cannot "
        f"be asked for; leave it out, or where it comes from another table, leave it out there (NOT LIKE '%,%'), or "
        "let OnItemError=Row pass it over"
    )


def _period_parts(binding: Binding, table: Table, now: datetime) -> Iterator[_Part]:
    key = binding.key_column
    if key.joined:
        end = binding.upper or spell(now.replace(microsecond=0))
        yield _Part({key.ge or key.gt: f"{binding.lower}{key.joined}{end}"})
        return
    for stretch in stretches(binding, table, now):
        bounds = ((key.ge or key.gt, stretch.lower), (key.le or key.lt, stretch.upper))
        is_cut = stretch.since is not None or stretch.before is not None
        within = Within(stretch.since, stretch.before) if is_cut else None
        yield _Part({name: bound for name, bound in bounds if bound}, within=within)


def _fixed_parameters(scan: Scan) -> dict[str, ParameterValue]:
    fixed: dict[str, ParameterValue] = {
        name: _fit(value, scan.table, name) for name, value in scan.table.constants.items()
    }
    brought = {value for binding in scan.bindings for value in binding.key_column.brings}
    for switch in scan.table.switches:
        asked = scan.switches.get(switch.parameter, ())
        values = (*asked, *(value for value in switch.members if value in brought and value not in asked))
        if values:
            fixed[switch.parameter] = _fit(values, scan.table, switch.parameter)
    return fixed


def _call(scan: Scan, operation: Operation, parameters: Mapping[str, ParameterValue], parts: tuple[_Part, ...]) -> Call:
    asked: dict[str, str | None] = {
        column.name: None for output in scan.outputs for column in output.table.columns if column.is_echo
    }
    for part in parts:
        asked.update(part.asked)
    places = {parameter.name: parameter.location for parameter in operation.parameters}
    paging = scan.table.paging
    return Call(
        operation=operation,
        path_parameters={name: _text(value) for name, value in parameters.items() if places.get(name) == "path"},
        url_parameters={name: value for name, value in parameters.items() if places.get(name, "query") == "query"},
        header_parameters={name: _text(value) for name, value in parameters.items() if places.get(name) == "header"},
        body=_body(scan.table, operation, parameters),
        paging=paging,
        page_size=(scan.page_size or paging.size_max) if paging is not None and paging.size else None,
        asked=asked,
        restricted_elements=scan.restricted_elements,
        needs_restricted_token=scan.needs_restricted_token,
        restricted_path=operation.path if scan.table.restricted_generic else "",
        empty_statuses=() if scan.table.request_batch is not None else scan.table.empty_statuses,
        empty_item_statuses=scan.table.empty_statuses,
        item_errors=scan.table.item_errors,
        errors_are_data=scan.table.errors_are_data,
        within=next((part.within for part in parts if part.within is not None), None),
        marketplaces=_marketplaces(scan.table, [parameters]),
        dispensable=scan.dispensable,
        one_of=next((part.one_of for part in parts if part.one_of is not None), None),
    )


def _body(table: Table, operation: Operation, parameters: Mapping[str, ParameterValue]) -> object:
    """The body, the requests of a batch and the objects of a list left out."""
    if not has_body(operation):
        return None
    objects = table.dataset.objects if table.dataset is not None else None
    listed = (
        objects.path if objects is not None else table.request_batch.list if table.request_batch is not None else ""
    )
    prefix = f"{listed}." if listed else ""
    own = {name: value for name, value in parameters.items() if not prefix or not name.startswith(prefix)}
    return body_of(table, own)


def _batched_calls(
    scan: Scan,
    batch: RequestBatch,
    operation: Operation,
    fixed: Mapping[str, ParameterValue],
    combined: Iterator[tuple[_Part, ...]],
) -> Iterator[Call]:
    """Calls that carry many requests each: requests go together as long as the rest of their calls is the same."""
    prefix = f"{batch.list}."

    def rest(parts: tuple[_Part, ...]) -> list[tuple[str, ParameterValue]]:
        named = (item for part in parts for item in part.parameters.items())
        return sorted((name, value) for name, value in named if not name.startswith(prefix))

    def call_of(chunk: list[tuple[_Part, ...]]) -> Call:
        first = {name: value for part in chunk[0] for name, value in part.parameters.items()}
        call = _call(scan, operation, {**fixed, **first}, chunk[0])
        requests = [dict(item for part in parts for item in part.parameters.items()) for parts in chunk]
        numbers = [{batch.number: str(number)} if batch.number else {} for number in range(1, len(chunk) + 1)]
        elements = [
            element_of(scan.table, batch.list, {**fixed, **request, **number})
            for request, number in zip(requests, numbers, strict=True)
        ]
        asked = [dict(item for part in parts for item in part.asked.items()) for parts in chunk]
        body = with_list(call.body, batch.list, elements)
        return replace(call, body=body, requests=tuple(asked), marketplaces=_marketplaces(scan.table, requests))

    gathered: dict[str, list[tuple[_Part, ...]]] = {}
    for parts in combined:
        chunk = gathered.setdefault(str(rest(parts)), [])
        chunk.append(parts)
        if len(chunk) == batch.max:
            yield call_of(gathered.pop(str(rest(parts))))
    yield from map(call_of, gathered.values())


def _marketplaces(table: Table, requests: Iterable[Mapping[str, ParameterValue]]) -> tuple[str, ...]:
    names = {key.in_ or key.eq for key in table.key_columns if key.names_marketplaces}
    told = (value for request in requests for name, value in request.items() if name in names)
    return tuple(dict.fromkeys(each for value in told for each in ((value,) if isinstance(value, str) else value)))


def _text(value: ParameterValue) -> str:
    return value if isinstance(value, str) else ",".join(value)
