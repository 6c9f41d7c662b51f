"""Stanzas and operations → resolved tables: columns, key columns, echoes, child tables, foreign keys.

What a stanza names must exist in the model (`catalog.lint`), or BadDeclaration says which file, table and key, for
every fault of the file. Knows no file format.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from catalog.answer_levels import answer_level
from catalog.columns import ChildRows, child_rows, row_columns, row_prefix
from catalog.columns.member_types import Types, member_types, parameter_types, stated_types
from catalog.columns.order import in_order
from catalog.declaration import ColumnWords, KeyColumnWords, TableWords
from catalog.errors import BadDeclaration
from catalog.lint import stanza_faults
from catalog.marketplaces import find_marketplace
from catalog.mirroring import mirror_in_child, mirror_of
from catalog.parents import parent_column
from catalog.table import (
    ITEM_ERROR,
    ITEM_STATUS,
    AnswerLevel,
    Column,
    ForeignKey,
    ItemErrors,
    KeyColumn,
    Operation,
    Paging,
    RequestBatch,
    Switch,
    Table,
    Window,
)

Operations = Mapping[str, tuple[Operation, Mapping[str, str]]]

_CONDITIONS = re.compile(r" WHERE (.*?)(?= (?:GROUP BY|ORDER BY|LIMIT) |$)")

_BEGINNING, _END = {"after", "since", "start"}, {"before", "until", "end"}
"""Words in the names of columns that echo one end of a period."""


def resolve_tables(
    db_schema: str, stanzas: Mapping[str, TableWords], operations: Operations, file: str
) -> Iterator[Table]:
    """Every table of one file, each followed by its child tables; raise BadDeclaration with every fault of the file."""
    types = {name: member_types(members) for name, (_, members) in operations.items()}
    stated = {
        name: stated_types(words, row_prefix(words.row_path), types[words.operation_id])
        for name, words in stanzas.items()
        if words.operation_id in operations
    }
    columns = {name: row_columns(stanzas[name], of_members) for name, of_members in stated.items()}
    faults = [
        f"{file}: {name}: {fault}"
        for name, words in stanzas.items()
        for fault in stanza_faults(
            words,
            columns.get(name, ()),
            operations.get(words.operation_id, (None,))[0],
            types.get(words.operation_id, {}),
        )
    ]
    if faults:
        raise BadDeclaration("; ".join(faults))
    answers = {
        operation_id: _answer([words for words in stanzas.values() if words.operation_id == operation_id], members)
        for operation_id, (_, members) in operations.items()
        if any(words.operation_id == operation_id for words in stanzas.values())
    }
    for name, words in stanzas.items():
        operation = replace(
            operations[words.operation_id][0],
            grantless_scope=words.grantless_scope,
            answer=answers[words.operation_id],
        )
        table = _table(db_schema, name, words, operation, stated[name], columns[name])
        yield table
        for child in child_rows(words, stated[name]):
            yield child_table(table, child, words.carried)


def _answer(stanzas: list[TableWords], members: Mapping[str, str]) -> AnswerLevel | None:
    """The root of an operation's answer, of which all these stanzas tell rows."""
    is_batch = any(words.request_batch is not None for words in stanzas)
    return answer_level(members, [words.row_path for words in stanzas], is_batch=is_batch)


def _table(
    db_schema: str,
    name: str,
    words: TableWords,
    operation: Operation,
    types: Types,
    columns: tuple[Column, ...],
) -> Table:
    keys = tuple(key_column(column, key, db_schema) for column, key in words.key_columns.items())
    echoes = {echo.name: echo for echo in _echoes(keys, columns, operation, words)}
    keys = tuple(_with_bounds(key, echoes[key.column]) if key.column in echoes else key for key in keys)
    return Table(
        db_schema=db_schema,
        name=name,
        kind="operation",
        columns=in_order((*columns, *echoes.values()), words.primary_key, keys, tuple(_item_columns(words))),
        description=words.description,
        example=words.example,
        operation=operation,
        row_path=words.row_path,
        primary_key=words.primary_key,
        key_repeats=words.key_repeats,
        key_columns=keys,
        paging=_paging(words),
        switches=tuple(_switch(parameter, values, words) for parameter, values in words.switches.items()),
        constants=words.constants,
        requires_one_of=words.requires_one_of,
        empty_statuses=words.empty_status,
        errors_are_data=words.errors_are_data,
        window=_window(words),
        mirror=mirror_of(words.mirror, keys, db_schema),
        foreign_keys=tuple(_foreign_key(key) for key in keys if key.parent is not None),
        restricted_always=words.restricted_always,
        restricted_generic=words.restricted_generic,
        request_batch=_request_batch(words),
        item_errors=_item_errors(words, columns),
        member_types=types,
    )


def child_table(table: Table, child: ChildRows, also_carried: tuple[str, ...]) -> Table:
    """The rows of an array; they carry the parent's keys and are fed by the same calls.

    Where nothing tells the parent's rows apart, nothing tells apart those of the array: their index is no key.

    An element that states itself what the parent only echoes (its marketplace) is bound in the echo's stead.
    Where the whole array comes only with a switch or a restricted data token, every column of the child says so:
    without it there would be no row, whatever column is asked for.
    """
    stated = {column.name for column in child.columns} & {column.name for column in table.columns if column.is_echo}
    own = {column.name for column in child.columns} - stated
    carried = {key.column for key in table.key_columns} | {*table.primary_key, *also_carried}
    from_parent = [column for column in table.columns if column.name in carried and column.declared_type != "json"]
    names = {column.name: _name_in_child(column.name, own) for column in from_parent}
    keys = tuple(names[column] for column in table.primary_key)
    primary_key = (*keys, "index") if keys else ()
    key_columns = tuple(_renamed_key(key, names) for key in table.key_columns if key.column in names)
    columns = (
        *(_in_child(column, names[column.name], child) for column in from_parent if column.name not in stated),
        _in_child(Column("index", "int64", is_index=True), "index", child),
        *child.columns,
    )
    return replace(
        table,
        name=f"{table.name}__{child.name}",
        kind="child",
        description=f"The {child.name} of each row of {table.name}, one row an element.",
        example=_example_in_child(f"{table.db_schema}.{table.name}__{child.name}", table.example, names),
        row_path=child.row_path,
        parent_row_path=table.row_path,
        columns=in_order(columns, primary_key, key_columns),
        primary_key=primary_key,
        key_columns=key_columns,
        requires_one_of=tuple(_renamed(columns, names) for columns in table.requires_one_of),
        window=_renamed_window(table.window, names),
        mirror=mirror_in_child(table.mirror, names),
        foreign_keys=(ForeignKey(keys, table.db_schema, table.name, table.primary_key),) if keys else (),
    )


def _example_in_child(qualified_name: str, of_parent: str, names: Mapping[str, str]) -> str:
    """What asks for the same of a child table as the parent's example does of the parent, as far as it carries that."""
    found = _CONDITIONS.search(of_parent)
    words = [condition.split(" ", 1) for condition in found[1].split(" AND ")] if found is not None else []
    carried = " AND ".join(f"{names[column]} {compared}" for column, compared in words if column in names)
    return f"SELECT * FROM {qualified_name}" + (f" WHERE {carried}" if carried else "")


def _in_child(column: Column, name: str, child: ChildRows) -> Column:
    restricted, switches = column.restricted or child.restricted, column.switches or child.switches
    return replace(column, name=name, restricted=restricted, switches=switches)


def _name_in_child(column: str, own: set[str]) -> str:
    return f"parent_{column}" if column in own else column


def _renamed(columns: tuple[str, ...], names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(names[column] for column in columns if column in names)


def _renamed_key(key: KeyColumn, names: Mapping[str, str]) -> KeyColumn:
    return replace(
        key,
        column=names[key.column],
        excludes=_renamed(key.excludes, names),
        excludes_when={form: _renamed(columns, names) for form, columns in key.excludes_when.items()},
        needs=_renamed(key.needs, names),
        needs_when={form: _renamed(columns, names) for form, columns in key.needs_when.items()},
        earliest_unless=_renamed(key.earliest_unless, names),
        zone_from=names.get(key.zone_from, ""),
    )


def _renamed_window(window: Window | None, names: Mapping[str, str]) -> Window | None:
    if window is None or window.column not in names:
        return None
    return replace(window, column=names[window.column], until=names.get(window.until, ""))


def key_column(column: str, words: KeyColumnWords, db_schema: str) -> KeyColumn:
    """A key column as its words say."""
    return KeyColumn(
        column=column,
        eq=words.eq,
        in_=words.in_,
        ge=words.ge,
        gt=words.gt,
        le=words.le,
        lt=words.lt,
        also=words.also,
        alone=words.alone,
        joined=words.joined,
        zone_from=words.zone_from,
        values=words.values,
        pattern=words.pattern,
        lag_minutes=words.lag_minutes,
        batch_max=words.batch_max,
        required=words.required,
        default_from=words.default_from,
        offered_in=_marketplaces(words.offered_in),
        offered_to_vendors_in=_marketplaces(words.offered_to_vendors_in),
        default=words.defaults,
        earliest=words.earliest,
        earliest_unless=words.earliest_unless,
        parent=parent_column(words.parent, db_schema) if words.parent else None,
        sets=words.sets,
        latest=words.latest,
        excludes=words.excludes,
        names_rows=words.names_rows,
        excludes_when=words.excludes_when,
        needs=words.needs,
        needs_when=words.needs_when,
        brings=words.brings,
        together=words.together,
        is_encoded_twice=words.encode == "twice",
        form=words.form,
        moves=words.moves,
    )


def _marketplaces(countries: tuple[str, ...]) -> tuple[str, ...]:
    found = map(find_marketplace, countries)
    return tuple(marketplace.id for marketplace in found if marketplace is not None)


def _foreign_key(key: KeyColumn) -> ForeignKey:
    assert key.parent is not None
    return ForeignKey((key.column,), key.parent.db_schema, key.parent.table, (key.parent.column,))


def _echoes(
    keys: tuple[KeyColumn, ...], columns: tuple[Column, ...], operation: Operation, words: TableWords
) -> Iterator[Column]:
    """A key column that is no member of the answer returns the value that was asked for."""
    known = {column.name for column in columns}
    types = parameter_types(operation.parameters)
    for key in keys:
        if key.column not in known:
            said = words.columns.get(key.column)
            declared = said.type if isinstance(said, ColumnWords) else said
            declared = words.listed_types.get(key.column, declared)
            yield Column(key.column, declared or types[key.eq or key.in_], is_echo=True)


def _with_bounds(key: KeyColumn, echo: Column) -> KeyColumn:
    """An echo of the beginning or the end of a period is asked for by a bound, too; its name says which it is."""
    words = set(key.column.split("_"))
    if echo.declared_type not in ("timestamp", "date") or not key.eq:
        return key
    if words & _BEGINNING:
        return replace(key, ge=key.ge or key.eq)
    return replace(key, le=key.le or key.eq) if words & _END else key


def _switch(parameter: str, values: Mapping[str, tuple[str, ...]], words: TableWords) -> Switch:
    owners = {value: owner for owner, owned in words.owners.items() for value in owned if value in values}
    return Switch(parameter, values, owners)


def _window(words: TableWords) -> Window | None:
    window = words.window
    if window is None:
        return None
    return Window(window.column, window.max_days, window.lookback_days, window.day, window.until)


def _request_batch(words: TableWords) -> RequestBatch | None:
    said = words.request_batch
    return None if said is None else RequestBatch(said.list, said.max, said.repeats, said.number, said.number_repeated)


def _item_errors(words: TableWords, columns: tuple[Column, ...]) -> ItemErrors | None:
    said = words.item_errors
    if said is None:
        return None
    errors = said.errors.removesuffix("[]")
    return ItemErrors(said.status, said.ok, said.errors, any(errors and column.member == errors for column in columns))


def _item_columns(words: TableWords) -> Iterator[Column]:
    """What tells of a failed item, which has no row of its own in the answer; a status that every item has is told."""
    if words.item_errors is None:
        return
    status = words.item_errors.status
    is_around_row = words.row_path.startswith(f"{status.partition('[]')[0]}[]")
    yield Column(ITEM_STATUS, "string", status if is_around_row else "", is_of_refused=not is_around_row)
    yield Column(ITEM_ERROR, "string", is_of_refused=True)


def _paging(words: TableWords) -> Paging | None:
    paging = words.paging
    if paging is None:
        return None
    return Paging(
        token=paging.token,
        next=paging.next,
        size=paging.size or paging.limit,
        size_max=paging.size_max,
        size_min=paging.size_min,
        repeat=paging.repeat,
        keeps=paging.keeps,
        sets=paging.sets,
        offset=paging.offset,
        offset_max=paging.offset_max,
        total=paging.total,
        rows=words.row_path if paging.offset else "",
        lifetime_seconds=paging.lifetime_seconds,
    )
