"""Columns → the source that each belongs to, where the query's shape leaves no doubt.

sqlglot's `qualify` knows all rules of SQL and takes longer than the rest of planning; queries that tools write need few
of them. So this names the columns of plain queries, to the same effect, and leaves every other to `qualify`.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from flight_server.planner.reading.nodes import Nodes
from flight_server.planner.reading.references import MARK, Reference
from flight_server.planner.reading.wanted import STARRED

# Sources and names with rules of their own.
_SPECIAL = (
    exp.Columns,
    exp.Comprehension,
    exp.Dot,
    exp.Kwarg,
    exp.Lambda,
    exp.Parameter,
    exp.Pivot,
    exp.PropertyEQ,
    exp.Pseudocolumn,
    exp.TableColumn,
    exp.UDTF,
)

Names = Mapping[str, Collection[str]]
"""Alias of a source → the names of its columns."""


def name_columns(nodes: Nodes, references: Sequence[Reference]) -> list[Scope] | None:
    """Write its source before every column of the tree, and the columns for stars and places.

    Returns the scopes, innermost first; None where sqlglot must do it: then the tree is of no further use.
    """
    if not _is_plain(nodes):
        return None
    for identifier in nodes.of(exp.Identifier):
        if not (name := identifier.name).islower():
            identifier.set("this", name.lower())  # the engine takes no notice of case
    try:
        scopes = traverse_scope(nodes.tree)
        known: set[int] = set()  # ids of columns that need nothing more
        if not all(_name_columns_of(scope, references, known) for scope in scopes):
            return None
    except SqlglotError:
        return None
    rest = (column for column in nodes.of(exp.Column) if id(column) not in known)
    return scopes if all(_is_star(column) or _is_output(column) for column in rest) else None


def _is_plain(nodes: Nodes) -> bool:
    return (
        isinstance(nodes.tree, exp.Select | exp.SetOperation)
        and not nodes.has(*_SPECIAL)
        and not any(alias.columns for alias in nodes.of(exp.TableAlias))
        and not any(with_.args.get("recursive") for with_ in nodes.of(exp.With))
        and not any(operation.args.get("by_name") for operation in nodes.of(exp.SetOperation))
        and all(map(_is_plain_table, nodes.of(exp.Table)))
        and all(map(_is_plain_join, nodes.of(exp.Join)))
        and all(map(_is_plain_star, nodes.of(exp.Star)))
        and all(map(_is_plain_bracket, nodes.of(exp.Subquery)))
    )


def _is_plain_table(table: exp.Table) -> bool:
    return isinstance(table.this, exp.Identifier) and not table.args.get("joins")


def _is_plain_join(join: exp.Join) -> bool:
    return not join.method and not join.args.get("using") and not join.is_semi_or_anti_join


def _is_plain_star(star: exp.Star) -> bool:
    """Whether the star stands for all columns of the query or of a source, or counts rows."""
    if any(star.args.values()):
        return False
    item = star.parent if isinstance(star.parent, exp.Column) else star
    return isinstance(item.parent, exp.Select) or (item is star and isinstance(star.parent, exp.Count))


def _is_plain_bracket(bracket: exp.Subquery) -> bool:
    """Whether it holds a query of its own, which has a name where it is a source."""
    if not isinstance(bracket.this, exp.Query) or bracket.args.get("joins"):
        return False
    return bool(bracket.alias) or not isinstance(bracket.parent, exp.From | exp.Join)


def _name_columns_of(scope: Scope, references: Sequence[Reference], known: set[int]) -> bool:
    """Name the columns of one scope, after those of the scopes inside it; whether that left no doubt.

    A column that no source of the scope has is left to the scope around it.
    """
    query = scope.expression
    names = _names_of_sources(scope, references)
    if names is None or not isinstance(query, exp.Select | exp.SetOperation):
        return False
    if isinstance(query, exp.Select) and any(map(_is_star, query.expressions)):
        query.set("expressions", list(_without_stars(query, names)))
        scope.clear_cache()
    outputs = query.named_selects
    for column in scope.columns:
        name, source = column.name, column.table
        owners = [source] if source else [alias for alias, columns in names.items() if name in columns]
        if len(owners) > 1 or column.args.get("db") or (source in names and name not in names[source]):
            return False
        if not source and owners:
            column.set("table", exp.to_identifier(owners[0]))
        if owners and owners[0] in names:
            known.add(id(column))
        elif not source and name in outputs and not _stands_alone(column):
            return False
    return not isinstance(query, exp.Select) or (
        _write_out_groups(query, known) and (scope.is_root or _write_out_order(query))
    )


def _names_of_sources(scope: Scope, references: Sequence[Reference]) -> Names | None:
    names: dict[str, Collection[str]] = {}
    for alias, (_, source) in scope.selected_sources.items():
        if isinstance(source, Scope):
            columns: Collection[str] = source.expression.assert_is(exp.Query).named_selects
            if "*" in columns or "" in columns or len(set(columns)) < len(columns):
                return None
        elif MARK in source.meta:
            columns = references[source.meta[MARK]].table.columns_by_name
        else:
            return None
        names[alias] = columns
    return names


def _is_star(item: exp.Expr) -> bool:
    return isinstance(item.this if isinstance(item, exp.Column) else item, exp.Star)


def _without_stars(select: exp.Select, names: Names) -> Iterator[exp.Expr]:
    for item in select.expressions:
        if not _is_star(item):
            yield item
            continue
        for alias in [item.table] if isinstance(item, exp.Column) else names:
            if alias not in names:
                raise SqlglotError(f"{alias}.* is not of this scope")
            for name in names[alias]:
                column = exp.column(name, table=alias)
                column.meta[STARRED] = True
                yield column


def _stands_alone(column: exp.Column) -> bool:
    return isinstance(column.parent, exp.Group | exp.Ordered)


def _is_output(column: exp.Column) -> bool:
    """Whether it is one of the query's own columns, told by name in ORDER BY."""
    order = column.parent.parent if isinstance(column.parent, exp.Ordered) else None
    query = order.parent if isinstance(order, exp.Order) else None
    return not column.table and isinstance(query, exp.Query) and query.named_selects.count(column.name) == 1


def _write_out_groups(select: exp.Select, known: set[int]) -> bool:
    """Write the expression for its place or its alias in GROUP BY; whether all could be."""
    group = select.args.get("group")
    for key in list(group.expressions) if group is not None else ():
        if _is_place(key):
            items = select.expressions[int(key.name) - 1 : int(key.name)]
        elif isinstance(key, exp.Column) and not key.table:
            items = [item for item in select.expressions if item.alias_or_name == key.name]
        else:
            continue
        meant = items[0].unalias() if len(items) == 1 else None
        if meant is None or isinstance(meant, exp.CONSTANTS) or meant.is_number or meant.find(exp.AggFunc):
            return False
        key.replace(meant.copy())
        known.add(id(key))
    return True


def _is_place(key: exp.Expr) -> bool:
    return isinstance(key, exp.Literal) and key.is_int


def _write_out_order(select: exp.Select) -> bool:
    """Write the name for its place in ORDER BY, which tells the first rows; whether all could be."""
    order = select.args.get("order")
    outputs = select.named_selects
    for ordered in order.expressions if order is not None else ():
        if _is_place(ordered.this):
            name = "".join(outputs[int(ordered.this.name) - 1 : int(ordered.this.name)])
            if not name or outputs.count(name) > 1:
                return False
            ordered.this.replace(exp.column(name))
    return True
