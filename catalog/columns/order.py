"""The order of a table's columns, as a person would choose it.

The primary key; the other keys; then what Amazon tells, in the order of its model; then what is null unless it is asked
for; restricted data last. Every table of an operation and every child table is ordered here, and nowhere else.
"""

from collections.abc import Iterable

from catalog.columns.member_types import Types
from catalog.table import Column, KeyColumn


def in_order(
    columns: Iterable[Column],
    primary_key: tuple[str, ...],
    keys: tuple[KeyColumn, ...],
    of_items: tuple[Column, ...] = (),
) -> tuple[Column, ...]:
    """The columns in the order of a table; those of one kind stay as they come, the primary key as it is declared.

    `of_items` are those that tell of failed items: they are null in most rows and stand after what was asked for.
    """
    by_name = {key.column: key for key in keys}

    def place(column: Column) -> tuple[bool, int]:
        if column.name in primary_key:
            return False, primary_key.index(column.name) - len(primary_key)
        kind = 3 if column in of_items else _kind(column, by_name.get(column.name))
        return bool(column.restricted), kind

    return tuple(sorted((*columns, *of_items), key=place))


def _kind(column: Column, key: KeyColumn | None) -> int:
    if key is None:
        return 1
    return 2 if column.is_echo and not _is_always_told(key) else 0


def _is_always_told(key: KeyColumn) -> bool:
    """Whether each call sends a value for the key, so that its echo is never null."""
    return key.required or bool(key.default_from or key.default or key.parent)


def as_amazon_has_them(columns: Iterable[Column], prefix: str, types: Types) -> tuple[Column, ...]:
    """The columns of an answer as its model has their members: those of the row first, then those beside it."""
    places: dict[str, int] = {}
    for number, path in enumerate(types):
        for above in _with_what_holds(path):
            places.setdefault(above, number)
    last = len(places)
    return tuple(
        sorted(columns, key=lambda column: (not column.member.startswith(prefix), places.get(column.member, last)))
    )


def _with_what_holds(path: str) -> Iterable[str]:
    """The path and those of the objects and arrays around it.

    >>> list(_with_what_holds("Orders[].Total.Amount"))
    ['Orders[].Total.Amount', 'Orders[].Total', 'Orders[]', 'Orders']
    """
    while path:
        yield path
        path = path.removesuffix("[]") if path.endswith("[]") else path.rpartition(".")[0]
