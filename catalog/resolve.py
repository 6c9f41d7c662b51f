"""Stanzas and operations → resolved tables: columns, key columns, echoes, child tables, foreign keys.

What a stanza names must exist in the model, or BadDeclaration says which file, table and key. Knows no file format.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from catalog.columns import ChildRows, child_rows, row_columns
from catalog.declaration import (
    UNREAD_KEY_WORDS,
    UNREAD_PAGING_WORDS,
    UNREAD_TABLE_WORDS,
    UNREAD_WINDOW_WORDS,
    KeyColumnWords,
    TableWords,
    Word,
)
from catalog.errors import BadDeclaration
from catalog.table import (
    Column,
    DeclaredType,
    ForeignKey,
    KeyColumn,
    Operation,
    Paging,
    ParentColumn,
    Switch,
    Table,
    UsagePlan,
    Window,
)

Operations = Mapping[str, tuple[Operation, Mapping[str, str]]]

_PARAMETER_TYPES: Mapping[str, DeclaredType] = {
    "integer": "int64",
    "number": "double",
    "boolean": "bool",
    "date-time": "timestamp",
}


def resolve_tables(
    db_schema: str, stanzas: Mapping[str, TableWords], operations: Operations, file: str
) -> Iterator[Table]:
    """Every table of one file, each followed by its child tables."""
    for name, words in stanzas.items():
        place = f"{file}: {name}"
        if words.operation_id not in operations:
            raise BadDeclaration(f"{place}: operation_id: the model has no operation {words.operation_id!r}")
        _refuse_unread(words, place)
        operation, members = operations[words.operation_id]
        if words.usage_plan is not None:
            operation = replace(operation, usage_plan=UsagePlan(words.usage_plan.rate, words.usage_plan.burst))
        table = _table(db_schema, name, words, operation, members, place)
        yield table
        for child in child_rows(words, members):
            yield _child(table, child)


def _table(
    db_schema: str, name: str, words: TableWords, operation: Operation, members: Mapping[str, str], place: str
) -> Table:
    columns = row_columns(words, members)
    keys = tuple(_key_column(column, key, db_schema) for column, key in words.key_columns.items())
    echoes = _echoes(keys, columns, operation, place)
    table = Table(
        db_schema=db_schema,
        name=name,
        kind="operation",
        columns=(*columns, *echoes),
        description=words.description,
        example=words.example,
        operation=operation,
        row_path=words.row_path,
        primary_key=words.primary_key,
        key_columns=keys,
        paging=_paging(words),
        window=Window(words.window.column, lag_minutes=words.window.lag_minutes) if words.window else None,
        switches=tuple(Switch(parameter, members_) for parameter, members_ in words.switches.items()),
        constants=words.constants,
        requires_one_of=words.requires_one_of,
        empty_statuses=words.empty_status,
        foreign_keys=tuple(_foreign_key(key) for key in keys if key.parent is not None),
        restricted_always=words.restricted_always,
        restricted_generic=words.restricted_generic,
    )
    missing = set(table.primary_key) - {column.name for column in table.columns}
    if missing:
        raise BadDeclaration(f"{place}: primary_key: there is no column {', '.join(sorted(missing))}")
    return table


def _child(table: Table, child: ChildRows) -> Table:
    """The rows of an array; they carry the parent's keys and are fed by the same calls.

    An element that states itself what the parent only echoes (its marketplace) is bound in the echo's stead.
    """
    stated = {column.name for column in child.columns} & {column.name for column in table.columns if column.is_echo}
    own = {column.name for column in child.columns} - stated
    carried = {key.column for key in table.key_columns} | set(table.primary_key)
    from_parent = [column for column in table.columns if column.name in carried and column.declared_type != "json"]
    names = {column.name: _name_in_child(column.name, own) for column in from_parent}
    keys = tuple(names[column] for column in table.primary_key)
    return replace(
        table,
        name=f"{table.name}__{child.name}",
        kind="child",
        description=f"The {child.name} of each row of {table.name}, one row an element.",
        example="",
        row_path=child.row_path,
        columns=(
            *(replace(column, name=names[column.name]) for column in from_parent if column.name not in stated),
            Column("index", "int64", is_index=True),
            *child.columns,
        ),
        primary_key=(*keys, "index"),
        key_columns=tuple(_renamed_key(key, names) for key in table.key_columns if key.column in names),
        requires_one_of=tuple(_renamed(columns, names) for columns in table.requires_one_of),
        window=replace(table.window, column=names[table.window.column]) if table.window else None,
        foreign_keys=(ForeignKey(keys, table.db_schema, table.name, table.primary_key),) if keys else (),
    )


def _name_in_child(column: str, own: set[str]) -> str:
    return f"parent_{column}" if column in own else column


def _renamed(columns: tuple[str, ...], names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(names[column] for column in columns if column in names)


def _renamed_key(key: KeyColumn, names: Mapping[str, str]) -> KeyColumn:
    return replace(
        key,
        column=names[key.column],
        excludes=_renamed(key.excludes, names),
        earliest_unless=_renamed(key.earliest_unless, names),
    )


def _key_column(column: str, words: KeyColumnWords, db_schema: str) -> KeyColumn:
    return KeyColumn(
        column=column,
        eq=words.eq,
        in_=words.in_,
        ge=words.ge,
        gt=words.gt,
        le=words.le,
        lt=words.lt,
        also=words.also,
        joined=words.joined,
        values=words.values,
        pattern=words.pattern,
        batch_max=words.batch_max,
        required=words.required,
        default_from=words.default_from,
        default=words.default,
        earliest=words.earliest,
        earliest_unless=words.earliest_unless,
        parent=_parent(words.parent, db_schema) if words.parent else None,
        sets=words.sets,
        excludes=words.excludes,
        together=words.together,
    )


def _parent(text: str, db_schema: str) -> ParentColumn:
    """`table.column` of the same schema, or `schema.table.column`."""
    parts = text.split(".")
    return ParentColumn(parts[0] if len(parts) == 3 else db_schema, parts[-2], parts[-1])


def _foreign_key(key: KeyColumn) -> ForeignKey:
    assert key.parent is not None
    return ForeignKey((key.column,), key.parent.db_schema, key.parent.table, (key.parent.column,))


def _echoes(
    keys: tuple[KeyColumn, ...], columns: tuple[Column, ...], operation: Operation, place: str
) -> Iterator[Column]:
    """A key column that is no member of the answer returns the value that was asked for."""
    known = {column.name for column in columns}
    parameters = {parameter.name: parameter for parameter in operation.parameters}
    for key in keys:
        for name in filter(None, (key.eq, key.in_, key.ge, key.gt, key.le, key.lt, *key.also, *key.sets)):
            if name not in parameters:
                raise BadDeclaration(
                    f"{place}: key_columns.{key.column}: {operation.operation_id} has no parameter {name}"
                )
        if key.column not in known:
            parameter = parameters[key.eq or key.in_]
            declared = (
                "timestamp" if parameter.format == "date-time" else _PARAMETER_TYPES.get(parameter.type, "string")
            )
            yield Column(key.column, declared, is_echo=True)


def _paging(words: TableWords) -> Paging | None:
    paging = words.paging
    if paging is None:
        return None
    return Paging(
        token=paging.token,
        next=paging.next,
        size=paging.size,
        size_max=paging.size_max,
        size_min=paging.size_min,
        repeat="none" if paging.repeat == "none" else "all",
        lifetime_seconds=paging.lifetime_seconds,
    )


def _refuse_unread(words: TableWords, place: str) -> None:
    parts: list[tuple[str, Word | None, tuple[str, ...]]] = [
        ("", words, UNREAD_TABLE_WORDS),
        ("paging.", words.paging, UNREAD_PAGING_WORDS),
        ("window.", words.window, UNREAD_WINDOW_WORDS),
        *((f"key_columns.{column}.", key, UNREAD_KEY_WORDS) for column, key in words.key_columns.items()),
    ]
    for prefix, part, unread in parts:
        for word in unread if part is not None else ():
            if getattr(part, word):
                raise BadDeclaration(f"{place}: {prefix}{word} may be said, but nothing acts on it yet")
