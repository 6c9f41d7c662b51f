"""What Amazon's model requires inside a body: an object that is sent at all must have all of its required members.

Names only: whether something gives a member, not what. What stands in JSON text is looked at where the text is read.
"""

from collections.abc import Iterator, Mapping

from catalog.lint.body_paths import below, gives, is_within
from catalog.operators import parameters_of
from catalog.table import KeyColumn, Table
from flight_server.plan import Binding
from flight_server.planner.asking.companions import Bindings, leave_out, missing_columns
from flight_server.planner.asking.request_body import has_body, json_value

Objects = Mapping[str, tuple[str, ...]]


def with_whole_body(table: Table, chosen: Mapping[str, Binding]) -> Bindings:
    """The bindings that make a body Amazon takes; raise MissingKeyColumn where the query must say more."""
    bound = dict(chosen)
    if table.operation is None or not has_body(table.operation):
        return bound
    objects = table.operation.body_objects
    always = set(_always(objects))
    _read_json(table, bound)
    while lacking := next(_lacking(objects, _given(table, bound)), None):
        path, members = lacking
        required = [column for member in members for column in _required_columns(table, member, objects)]
        columns = tuple(required or (column for member in members for column in _columns_in(table, member)))
        beside = tuple(column for column, binding in bound.items() if _stands_in(binding.key_column, path))
        if path in always or not beside:
            raise missing_columns(table, columns, all_of=bool(required))
        leave_out(table, bound, beside, columns, all_of=bool(required))
    return bound


def _read_json(table: Table, bound: Bindings) -> None:
    """Refuse JSON text that Amazon would, before anything is asked for its sake."""
    parameters = {each.name: each for each in table.operation.parameters} if table.operation is not None else {}
    for binding in bound.values():
        parameter = parameters.get(binding.key_column.eq)
        if parameter is not None and (parameter.location, parameter.type) == ("body", "json"):
            for value in binding.values or ():
                json_value(value, parameter, table)


def _always(objects: Objects) -> Iterator[str]:
    """The objects without which there is no body."""
    pending = [""]
    while pending:
        path = pending.pop()
        yield path
        pending += [below(path, member) for member in objects.get(path, ())]


def _lacking(objects: Objects, given: set[str]) -> Iterator[tuple[str, list[str]]]:
    """Every object that is sent, with what it lacks; outer objects first."""
    for path in sorted(objects, key=len):
        if path == "" or any(is_within(name, path) for name in given):
            members = [below(path, member) for member in objects[path]]
            if lacking := [member for member in members if not any(gives(name, member) for name in given)]:
                yield path, lacking


def _given(table: Table, bound: Bindings) -> set[str]:
    """Every parameter that is sent."""
    given = set(table.constants)
    for binding in bound.values():
        key = binding.key_column
        given |= {key.eq, key.in_, *key.also, *key.sets}
        given |= {key.ge or key.gt if binding.lower else "", key.le or key.lt if binding.upper else ""}
    if table.paging is not None:
        given |= {table.paging.size, table.paging.offset}
    if table.request_batch is not None:
        given.add(table.request_batch.number)
    return given - {""}


def _required_columns(table: Table, member: str, objects: Objects) -> list[str]:
    """The key columns that a member cannot do without: its own, or those of the members that it must have."""
    own = [key.column for key in table.key_columns if member in parameters_of(key)]
    inner = [below(member, name) for name in objects.get(member, ())]
    return own or [column for name in inner for column in _required_columns(table, name, objects)]


def _columns_in(table: Table, member: str) -> list[str]:
    return [key.column for key in table.key_columns if _stands_in(key, member)]


def _stands_in(key: KeyColumn, path: str) -> bool:
    return any(is_within(name, path) for name in parameters_of(key))
