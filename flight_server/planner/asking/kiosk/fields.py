"""Columns that a query reads → the members of a line that it has to ask for. Pure; knows no GraphQL."""

from collections.abc import Collection, Iterator, Sequence

from catalog.columns import row_prefix
from catalog.kiosk.schemas import member_types
from catalog.table import Column, Table
from flight_server.plan import Output


def wanted_members(outputs: Sequence[Output], told: Collection[str]) -> tuple[str, ...]:
    """The scalar members to ask for, in the order of the schema; columns in `told` are known without.

    A row of a list is there only if something of it is asked for: the member with the shortest name then.
    """
    types, wanted = _types(outputs[0].table), set[str]()
    for output in outputs:
        dataset = output.table.dataset
        always = dataset.always if dataset is not None else ()
        columns = (each for each in output.columns if each.name not in output.left_out and each.name not in told)
        found = {member for column in columns for member in _members(column, output.table)}
        prefix = row_prefix(output.table.row_path)
        if not any(member.startswith(prefix) for member in (*found, *always)):
            found.add(min((path for path in output.table.member_types if path.startswith(prefix)), key=_cost))
        wanted.update(found, always)
    return tuple(path for path in types if path in wanted)


def _types(table: Table) -> Collection[str]:
    """Every scalar member of a line, whichever of its row sets the table tells."""
    assert table.dataset is not None
    return member_types(table.dataset.name, table.dataset.field)


def _members(column: Column, table: Table) -> Iterator[str]:
    """The scalars of a column: itself, or all that are in it."""
    if not column.member:
        return
    inside = (f"{column.member}.", f"{column.member}[]")
    yield from (path for path in table.member_types if path == column.member or path.startswith(inside))


def _cost(path: str) -> tuple[int, str]:
    return len(path), path
