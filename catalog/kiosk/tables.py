"""Stanzas of query fields and Amazon's schemas → tables of the schema `data_kiosk`: tables of the one operation that
asks a query.

Columns are the fields of a line, key columns the arguments; a list within the rows is a table of its own, at any depth.
Knows no file and no GraphQL text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from catalog.columns import ChildRows, child_rows, row_columns, row_prefix
from catalog.columns.member_types import parameter_types
from catalog.columns.order import in_order
from catalog.declaration import KeyColumnWords, TableWords
from catalog.kiosk.dataset import END, END_DATE, QUERY_CREATED_AT, QUERY_ID, START, START_DATE, Dataset, ObjectList
from catalog.kiosk.schemas import LINES, arguments, member_types, query_fields, retention_days
from catalog.kiosk.words import QueryFieldWords
from catalog.names import column_name, sql_name
from catalog.reports.report import Report
from catalog.resolve import child_table, key_column
from catalog.table import Column, DeclaredType, KeyColumn, Operation, Switch, Table, Window

SCHEMA = "data_kiosk"

Types = Mapping[str, DeclaredType]


def dataset_tables(dataset: str, stanzas: Mapping[str, QueryFieldWords], create_query: Operation) -> Iterator[Table]:
    """Every table of one file, each followed by its child tables; `create_query` is as Amazon's model has it."""
    for name, words in stanzas.items():
        types = _types(dataset, words)
        table = _table(dataset, name, words, types, create_query)
        yield table
        yield from _child_tables(table, words, types)


def dataset_faults(dataset: str, stanzas: Mapping[str, QueryFieldWords]) -> Iterator[str]:
    """What a file's stanzas leave out or name wrongly: query fields, arguments, columns."""
    fields = query_fields(dataset)
    for missing in fields.keys() - {words.field for words in stanzas.values()}:
        yield f"the query field {missing} has no stanza"
    for name, words in stanzas.items():
        if words.field not in fields:
            yield f"{name}: field: there is no {words.field}"
            continue
        known = {each.name: each for each in arguments(dataset, words.field)}
        switched = {each.name for each in known.values() if _values_of_switches(words) & set(each.enum)}
        named = {START, END, *switched} | {each for key in words.key_columns.values() for each in _named(key)}
        if not words.example:
            yield f"{name}: example: there is none"
        yield from (f"{name}: the argument {each} has no key column" for each in known.keys() - named)
        yield from (f"{name}: there is no argument {each}" for each in named - known.keys())
        if words.grain and words.grain not in words.key_columns:
            yield f"{name}: grain: there is no key column {words.grain}"
        columns = {column.name for column in _line_columns(words, _types(dataset, words))}
        for column in (*words.primary_key, *words.carried):
            if column not in columns | words.key_columns.keys():
                yield f"{name}: there is no column {column}"


def _values_of_switches(words: QueryFieldWords) -> set[str]:
    return {value for values in words.switches.values() for value in values}


def _named(key: KeyColumnWords) -> Iterator[str]:
    yield from (each for each in (key.eq, key.in_) if each)
    yield from key.sets


def _types(dataset: str, words: QueryFieldWords) -> Types:
    """The type of every member that the row set tells, by its path from the root."""
    found = member_types(dataset, words.field)
    if not words.only:
        return found
    starts = tuple(f"{LINES}.{member}" for member in words.only)
    return {path: kind for path, kind in found.items() if path.startswith(starts)}


def _row_path(words: QueryFieldWords) -> str:
    return f"{LINES}.{words.row_path}" if words.row_path else LINES


def _table(dataset: str, name: str, words: QueryFieldWords, types: Types, create_query: Operation) -> Table:
    keys = tuple(_keys(words))
    told = _line_columns(words, types)
    known = {column.name for column in told}
    operation = _operation(dataset, words, create_query)
    argument_types = parameter_types(operation.parameters)
    echoes = (
        Column(key.column, argument_types[key.eq or key.in_], is_echo=True) for key in keys if key.column not in known
    )
    first = [key.column for key in keys]
    by_key = sorted(told, key=lambda column: first.index(column.name) if column.name in first else len(first))
    beside = (Column(QUERY_ID, "string"), Column(QUERY_CREATED_AT, "timestamp"))
    return Table(
        db_schema=SCHEMA,
        name=name,
        kind="data_kiosk",
        columns=(*in_order((*by_key, *echoes), words.primary_key, keys), *beside),
        description=words.description,
        example=words.example,
        operation=operation,
        row_path=_row_path(words),
        primary_key=words.primary_key,
        key_repeats=True,  # nobody promises that a day is told once
        key_columns=keys,
        switches=tuple(_switches(words, operation)),
        requires_one_of=_requirements(words),
        window=Window(START_DATE, lookback_days=words.lookback_days) if words.grain else None,
        member_types=types,
        report=_report(dataset, words),
        short_names=_short_names(told, words),
        dataset=_dataset(dataset, words),
    )


def _short_names(columns: Iterable[Column], words: QueryFieldWords) -> Mapping[str, str]:
    """The ends of names, without the groups that they begin with, where no other column has that name or that end."""
    columns = tuple(columns)
    ends: dict[str, set[str]] = {"date": {START_DATE}} if words.grain else {}
    for column in columns:
        parts = column.member.removeprefix(f"{_row_path(words)}.").split(".")
        for start in range(1, len(parts)):
            ends.setdefault(column_name(".".join(parts[start:])), set()).add(column.name)
    names = {column.name for column in columns}
    return {end: next(iter(whole)) for end, whole in ends.items() if len(whole) == 1 and end not in names}


def _line_columns(words: QueryFieldWords, types: Types) -> tuple[Column, ...]:
    """The columns of a row, and those of the line that it stands in."""
    as_table = TableWords(description=words.description, row_path=_row_path(words))
    told = row_columns(as_table, types)
    above = [path for path in types if words.row_path and not set(path.removeprefix(f"{LINES}.")) & set(".[")]
    columns = (*(Column(column_name(path.removeprefix(f"{LINES}.")), types[path], path) for path in above), *told)
    return tuple(_switched(column, words, types) for column in columns)


def _switched(column: Column, words: QueryFieldWords, types: Types) -> Column:
    """The column with the values of the argument that brings it, or parts of it."""
    inside = (path for path in types if path.startswith((f"{column.member}.", f"{column.member}[]")))
    below = [path.removeprefix(_row_path(words)) for path in (column.member, *inside)]
    values = (value for member, values in words.switches.items() if _is_in(member, below) for value in values)
    return replace(column, switches=tuple(values))


def _is_in(member: str, paths: Iterable[str]) -> bool:
    return any(f".{member}[]" in path or path.endswith(f".{member}") for path in paths)


def _child_tables(table: Table, words: QueryFieldWords, types: Types) -> Iterator[Table]:
    """One table for every list of objects within the rows, at any depth."""
    pending: list[tuple[str, str, tuple[Column, ...]]] = [("", table.row_path, ())]
    while pending:
        above, row_path, outer = pending.pop(0)
        for found in child_rows(TableWords(description=words.description, row_path=row_path), types):
            name = f"{above}__{found.name.removeprefix('_')}".removeprefix("__")
            own = {column.name for column in found.columns}
            carried = tuple(column for column in outer if column.name not in own)
            columns = tuple(_switched(column, words, types) for column in (*carried, *found.columns))
            whole = _switched(Column(name, "json", found.row_path.removesuffix("[]")), words, {})
            child = ChildRows(name, found.row_path, columns, switches=whole.switches)
            yield replace(child_table(table, child, words.carried), short_names={})
            plain = (
                each for each in found.columns if each.declared_type != "json" and _is_direct(each, found.row_path)
            )
            pending.append((name, found.row_path, (*outer, *plain)))


def _is_direct(column: Column, row_path: str) -> bool:
    return "." not in column.member.removeprefix(row_prefix(row_path))


def _keys(words: QueryFieldWords) -> Iterator[KeyColumn]:
    is_counted = bool(words.grain)
    yield KeyColumn(
        START_DATE, eq=START, ge=START, le=END, lt=END, required=is_counted, is_told_as_sent=True, is_supplied=False
    )
    yield KeyColumn(END_DATE, eq=END, ge=START, le=END, lt=END, is_told_as_sent=True, is_supplied=False)
    for column, said in words.key_columns.items():
        key = key_column(column, said, SCHEMA)
        yield replace(key, is_told_if_named=bool(key.in_ and key.default))


def _requirements(words: QueryFieldWords) -> tuple[tuple[str, ...], ...]:
    """Whatever is told of a whole window needs one, and an argument that several columns give needs one of them."""
    shared: dict[str, list[str]] = {}
    for column, key in words.key_columns.items():
        shared.setdefault(key.eq or key.in_, []).append(column)
    of_window = () if words.grain else ((START_DATE,),)
    return (*of_window, *(tuple(columns) for columns in shared.values() if len(columns) > 1))


def _operation(dataset: str, words: QueryFieldWords, create_query: Operation) -> Operation:
    """createQuery with the arguments of the query field, which Amazon's model has within one text."""
    return replace(create_query, parameters=arguments(dataset, words.field), body_objects={})


def _switches(words: QueryFieldWords, operation: Operation) -> Iterator[Switch]:
    for parameter in operation.parameters:
        members = {member: values for member, values in words.switches.items() if set(values) <= set(parameter.enum)}
        if parameter.is_list and members:
            yield Switch(parameter.name, {value: tuple(members) for values in members.values() for value in values})


def _report(dataset: str, words: QueryFieldWords) -> Report:
    return Report(
        report_type=f"{dataset}.{words.field}",
        category=_category(dataset),
        format="json_lines",
        audience=words.audience,
        roles=words.roles,
        period="required",
        retention_days=retention_days(dataset),
        restated_hours=words.restated_hours,
        most_unfinished=words.most_unfinished,
    )


def _category(dataset: str) -> str:
    """What the dataset is about: its name without the word that begins them all and without the version.

    >>> _category("analytics_salesAndTraffic_2024_04_24")
    'sales_and_traffic'
    """
    return sql_name(re.sub(r"^analytics_|_\d{4}_\d{2}_\d{2}$", "", dataset))


def _dataset(dataset: str, words: QueryFieldWords) -> Dataset:
    said = words.objects
    return Dataset(
        name=dataset,
        field=words.field,
        grain=words.grain,
        lookback_days=words.lookback_days,
        ahead_days=words.ahead_days,
        always=tuple(f"{_row_path(words)}.{member}" for member in words.always),
        single_day=words.single_day,
        objects=None if said is None else ObjectList(said.path, said.max, said.once),
    )
