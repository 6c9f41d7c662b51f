"""Is what a stanza says true of Amazon's model? Names must exist there, required parameters must be given.

Goes from one stanza and its operation to sentences `key: what is wrong`; knows neither files nor where a stanza stands.
What the model cannot tell (a wrong but existing name, a rule in prose) is for the tests to find.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from catalog.columns import flattened, row_prefix
from catalog.columns.member_types import Types, is_inside_array
from catalog.declaration import (
    ColumnWords,
    KeyColumnWords,
    TableWords,
)
from catalog.forms import example_of
from catalog.lint.body_paths import gives
from catalog.lint.rules import is_pattern, rule_faults
from catalog.marketplaces import find_marketplace
from catalog.table import Column, Operation, Parameter, Table

Members = Types
Parameters = Mapping[str, Parameter]


def stanza_faults(
    words: TableWords, columns: Iterable[Column], operation: Operation | None, members: Members
) -> Iterator[str]:
    """Everything wrong with one stanza and its columns; `operation` is None where the model has none of that name."""
    if operation is None:
        yield f"operation_id: the model has no operation {words.operation_id!r}"
        return
    parameters = {parameter.name: parameter for parameter in operation.parameters}
    for key, name in _parameters_named(words):
        if name not in parameters:
            yield f"{key}: {operation.operation_id} has no parameter {name}"
    yield from _value_faults(words, parameters)
    yield from _owner_faults(words, parameters)
    row = {column.name for column in columns}
    yield from _key_faults(words, parameters, row)
    yield from rule_faults(words, operation)
    yield from _window_faults(words)
    yield from _missing_parameters(words, parameters)
    yield from _member_faults(words, members)
    yield from _column_faults(words, members, row)


def table_faults(tables: Iterable[Table]) -> Iterator[str]:
    """What is wrong between tables: doubled names, columns that clash in a child, parents that are not there."""
    by_name = {table.qualified_name: table for table in tables}
    names = Counter(table.qualified_name for table in tables)
    yield from (f"{name}: there are {count} tables of this name" for name, count in names.items() if count > 1)
    for table in tables:
        for name, count in Counter(column.name for column in table.columns).items():
            if count > 1:
                yield f"{table.qualified_name}: there are {count} columns {name}"
        for key in table.key_columns:
            if key.parent is not None:
                yield from _parent_faults(table, key.column, by_name)


def _parent_faults(table: Table, column: str, by_name: Mapping[str, Table]) -> Iterator[str]:
    """Follow a key from parent to parent: each must exist, none may be the table itself.

    Two keys may have a common ancestor, and a circle that the table is not on is a fault of the tables on it.
    """
    seen: set[str] = set()
    pending = [key.parent for key in table.key_columns if key.column == column and key.parent]
    while pending:
        parent = pending.pop()
        name = f"{parent.db_schema}.{parent.table}"
        if name == table.qualified_name:
            yield f"{table.qualified_name}: key_columns.{column}: parent: {name} is its own ancestor"
        elif name not in by_name or parent.column not in {each.name for each in by_name[name].columns}:
            yield f"{table.qualified_name}: key_columns.{column}: parent: there is no {name}.{parent.column}"
        elif name not in seen:
            seen.add(name)
            pending += [key.parent for key in by_name[name].key_columns if key.parent]


def _parameters_named(words: TableWords) -> Iterator[tuple[str, str]]:
    """(key of the stanza, parameter that it names)."""
    if words.paging is not None:
        paging = words.paging
        named = (paging.token, paging.size, paging.offset, paging.limit, *paging.keeps, *paging.sets)
        yield from (("paging", name) for name in named if name)
    for column, key in words.key_columns.items():
        yield from (
            (f"key_columns.{column}", name)
            for name in (*_bindings(key), *key.also, *filter(None, (key.alone,)), *key.sets)
        )
    if words.request_batch is not None and words.request_batch.number:
        yield "request_batch.number", words.request_batch.number
    yield from (("constants", name) for name in words.constants)
    yield from (("switches", name) for name in words.switches)


def _bindings(key: KeyColumnWords) -> list[str]:
    return [name for name in (key.eq, key.in_, key.ge, key.gt, key.le, key.lt) if name]


def _value_faults(words: TableWords, parameters: Parameters) -> Iterator[str]:
    """Values that are sent must be among those that the model lists."""
    sent = [("constants", name, value) for name, value in words.constants.items()]
    sent += [(f"switches.{name}", name, value) for name, values in words.switches.items() for value in values]
    for column, key in words.key_columns.items():
        sent += [(f"key_columns.{column}.sets", name, value) for name, value in key.sets.items()]
        asked = [value for group in key.together for value in group] + list(key.defaults)
        if key.values:
            yield from (
                f"key_columns.{column}: {value} is none of values" for value in asked if value not in key.values
            )
        sent += [(f"key_columns.{column}", key.in_ or key.eq, value) for value in (*asked, *key.values)]
    for place, name, value in sent:
        allowed = parameters[name].enum if name in parameters else ()
        if allowed and value not in allowed:
            yield f"{place}: {name} cannot be {value}; the model lists {', '.join(allowed)}"


def _owner_faults(words: TableWords, parameters: Parameters) -> Iterator[str]:
    """Of every value of a switch it must be said whose it is; what not everyone may have must be easy to leave out."""
    owned = [value for values in words.owners.values() for value in values]
    known = {value for values in words.switches.values() for value in values}
    yield from (f"owners: no switch has the value {value}" for value in sorted(set(owned) - known))
    yield from (f"owners: say who may have {value}, or everyone" for value in sorted(known - set(owned)))
    yield from (f"owners: {value} is said {count} times" for value, count in Counter(owned).items() if count > 1)
    for name, values in words.switches.items():
        in_body = name in parameters and parameters[name].location != "query"
        for value in set(values).difference(words.owners.get("everyone", ())) if in_body else ():
            yield f"owners: {value} is not everyone's, and {name} stands in no query, so that it cannot be left out"


def _key_faults(words: TableWords, parameters: Parameters, row: set[str]) -> Iterator[str]:
    for column, key in words.key_columns.items():
        place = f"key_columns.{column}"
        if not _bindings(key):
            yield f"{place}: no parameter is bound; say eq, in, ge, gt, le or lt"
        elif column not in row and not (key.eq or key.in_):
            yield f"{place}: the answer has no such member, and a bound alone has no value to echo; say eq"
        yield from (f"{place}: {fault}" for fault in _binding_faults(key, parameters))
        if key.zone_from and not key.joined:
            yield f"{place}: zone_from: only a range sent as one parameter (joined) is written in a zone"
        if key.zone_from and key.zone_from not in words.key_columns:
            yield f"{place}: {key.zone_from} is no key column"
        if key.moves and (words.paging is None or not words.primary_key or words.key_repeats):
            yield f"{place}: moves: only what has pages and a primary key that never repeats can be told once"
    if (
        words.mirror is not None
        and words.mirror.parent_changed
        and words.mirror.parent_changed.count(".") not in (1, 2)
    ):
        yield f"mirror.parent_changed: {words.mirror.parent_changed} is neither table.column nor schema.table.column"
    if words.key_repeats and not words.primary_key:
        yield "key_repeats: there is no primary_key"
    for group in words.requires_one_of:
        yield from (f"requires_one_of: {name} is no key column" for name in group if name not in words.key_columns)


def _binding_faults(key: KeyColumnWords, parameters: Parameters) -> Iterator[str]:
    listed = parameters.get(key.in_)
    if listed is not None and not listed.is_list and "[]." not in listed.name:
        yield f"in: {key.in_} takes one value; say eq"
    if listed is not None and listed.max_items is not None and (key.batch_max or 0) > listed.max_items:
        yield f"batch_max: {key.in_} takes at most {listed.max_items}"
    if key.batch_max is not None and not key.in_:
        yield "batch_max: only a list parameter (in) has one"
    if key.alone and (not key.in_ or (key.alone in parameters and parameters[key.alone].is_list)):
        yield f"alone: {key.alone} must take one value, beside a list (in)"
    if key.form and key.form.count("{}") != 1:
        yield "form: say where the value goes, once, by {}"
    if key.joined and (key.ge or key.gt) != (key.le or key.lt):
        yield "joined: both ends must name the same parameter"
    if key.earliest and not (key.ge or key.gt or key.eq):
        yield "earliest: there is no lower bound to send it as"
    if key.earliest and not _is_instant(key.earliest):
        yield f"earliest: {key.earliest} is no time of ISO 8601 with its zone"
    if key.earliest_unless and not key.earliest:
        yield "earliest_unless: there is no earliest"
    if key.parent and key.parent.count(".") not in (1, 2):
        yield f"parent: {key.parent} is neither table.column nor schema.table.column"
    for country in (*key.offered_in, *key.offered_to_vendors_in):
        if find_marketplace(country) is None:
            yield f"offered_in: {country} is no country with a marketplace"
    if key.offered_to_vendors_in and not key.offered_in:
        yield "offered_to_vendors_in: say offered_in, too"
    if key.offered_in and not key.default_from:
        yield "offered_in: it narrows the default, and there is none (default_from)"
    if not is_pattern(key.pattern):
        yield f"pattern: {key.pattern} is no regular expression"
    elif key.pattern and not re.fullmatch(key.pattern, example_of(key.pattern)):
        yield f"pattern: forms.toml has no example of {key.pattern}"


def _window_faults(words: TableWords) -> Iterator[str]:
    window = words.window
    if window is None:
        return
    key = words.key_columns.get(window.column)
    if window.until:
        until = words.key_columns.get(window.until)
        if key is None or not key.eq or until is None or not until.eq or window.max_days is None:
            yield f"window.until: {window.column} and {window.until} must be key columns bound by eq, max_days said"
    elif key is None or not (key.ge or key.gt):
        yield f"window.column: {window.column} is no key column with a lower bound"
    elif window.max_days is not None and (key.joined or key.eq or key.in_ or not (key.le or key.lt)):
        yield f"window.max_days: {window.column} cannot be cut; it needs a lower and an upper bound, and nothing else"
    for name, days in (("max_days", window.max_days), ("lookback_days", window.lookback_days)):
        if days is not None and days < 1:
            yield f"window.{name}: {days} is no number of days"
    if window.day and not is_zone(window.day):
        yield f"window.day: there is no time zone {window.day}"


def is_zone(name: str) -> bool:
    """Whether there is a time zone of that name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True


def _is_instant(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _missing_parameters(words: TableWords, parameters: Parameters) -> Iterator[str]:
    """What the model requires must be sent by every query that can be planned."""
    given = set(words.constants)
    either = {column for group in words.requires_one_of for column in group}
    for column, key in words.key_columns.items():
        if key.required or key.default_from or key.defaults or key.parent or column in either:
            given |= {*_bindings(key), *key.also, *key.sets}
    for parameter in parameters.values():
        if parameter.required and not any(_sends(name, parameter) for name in given):
            yield f"key_columns: nothing gives the required parameter {parameter.name}"


def _sends(name: str, parameter: Parameter) -> bool:
    return gives(name, parameter.name) if parameter.location == "body" else name == parameter.name


def _member_faults(words: TableWords, members: Members) -> Iterator[str]:
    prefix = row_prefix(words.row_path)
    if words.row_path != "$" and not _exists(words.row_path, members):
        yield f"row_path: the answer has no member {words.row_path}"
        return
    yield from _paging_faults(words, members)
    yield from _batch_faults(words, members)
    groups = [(f"restricted.{element}", starts) for element, starts in words.restricted.items()]
    groups += [
        (f"switches.{name}.{value}", starts)
        for name, values in words.switches.items()
        for value, starts in values.items()
    ]
    for place, relatives in (*groups, ("as_json", words.as_json)):
        for relative in relatives:
            if not _exists(prefix + relative, members):
                yield f"{place}: the row has no member {relative}"
    told = {column.member for column in words.columns.values() if isinstance(column, ColumnWords)}
    if words.errors_are_data and "errors" not in told:
        yield "errors_are_data: no column tells them; say columns.errors with the member errors"
    for name, column in words.columns.items():
        if isinstance(column, ColumnWords) and column.member and not _exists(column.member, members):
            yield f"columns.{name}: the answer has no member {column.member}"


def _paging_faults(words: TableWords, members: Members) -> Iterator[str]:
    paging = words.paging
    if paging is None:
        return
    if bool(paging.token) == bool(paging.offset):
        yield "paging: pages follow a token or are counted by an offset: say one of them"
    if paging.token and paging.next not in members:
        yield f"paging.next: the answer has no member {paging.next}"
    if paging.offset and not (paging.limit and paging.size_max):
        yield "paging.offset: say the limit and size_max, by which the last page is known"
    if paging.total and paging.total not in members:
        yield f"paging.total: the answer has no member {paging.total}"
    if paging.keeps and paging.repeat != "none":
        yield 'paging.keeps: everything goes along unless repeat = "none"'


def _batch_faults(words: TableWords, members: Members) -> Iterator[str]:
    batch, errors = words.request_batch, words.item_errors
    if batch is not None:
        if not batch.list.endswith("[]") or batch.max < 1:
            yield 'request_batch: say list = "requests[]", or "$[]" where the body is the list, and max'
        if not any(name.startswith(f"{batch.list}.") for key in words.key_columns.values() for name in _bindings(key)):
            yield f"request_batch.list: no key column stands in {batch.list}"
        if "[]" not in words.row_path:
            yield "request_batch: row_path runs through no list of answers"
        yield from (
            f"request_batch.repeats: {column} is no key column"
            for column in batch.repeats
            if column not in words.key_columns
        )
        yield from (
            f"request_batch: the answer has no member {member}"
            for member in (*batch.repeats.values(), batch.number_repeated)
            if member and not _exists(member, members)
        )
    if errors is not None:
        yield from (
            f"item_errors: the answer has no member {member}"
            for member in (errors.status, errors.errors)
            if member and not _exists(member, members)
        )


def _exists(path: str, members: Members) -> bool:
    return any(member == path or member.startswith((f"{path}.", f"{path}[]")) for member in members)


def _column_faults(words: TableWords, members: Members, row: set[str]) -> Iterator[str]:
    columns = row | set(words.key_columns)
    listed = (("timestamps", words.timestamps), ("measures", words.measures))
    inside = [(word, name) for word, names in listed for name in names if is_inside_array(name)]
    for name, said in words.columns.items():
        if is_inside_array(name):
            inside.append((f"columns.{name}", name))
            if isinstance(said, ColumnWords):
                yield f"columns.{name}: of a member inside an array, only its type can be said"
        elif name not in columns:
            yield f"columns.{name}: the row has no such member and no key column echoes it; say member"
        elif isinstance(said, ColumnWords) and said.part and not said.split:
            yield f"columns.{name}: part: nothing says what the text is split by"
    for key, names in (
        ("primary_key", words.primary_key),
        ("carried", words.carried),
        *((word, tuple(name for name in names if not is_inside_array(name))) for word, names in listed),
    ):
        missing = [name for name in names if name not in columns]
        if missing:
            yield f"{key}: there is no column {', '.join(missing)}"
    for place, name in inside:
        if row_prefix(words.row_path) + name not in members:
            yield f"{place}: the row has no member {name}"
    flat = Counter(column.name for column in flattened(row_prefix(words.row_path), members, words.as_json))
    for name, count in flat.items():
        if count > 1:
            yield f"row_path: {count} members would all become the column {name}"
