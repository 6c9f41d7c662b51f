"""A column that the engine does not know → an error that offers the nearest columns of what the query reads there.

Comes in: a name that the engine could not bind, and the statement. What stands in a FROM clause is told from the tree:
tables of the catalog, common table expressions, sub-queries. Knows no values.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence

from sqlglot import exp

from catalog.names import sql_name
from flight_server.errors import UnknownColumn
from flight_server.planner.reading.references import MARK, Reference

_NEAR_ENOUGH = 0.6
_AS_NEAR_AS_THE_NEAREST = 0.15
_WHOLE_WORDS = 0.9
_OFFERED, _LISTED = 3, 12

Sources = Mapping[str, tuple[str, Sequence[str]]]
"""Alias in FROM → (what is read, as the user knows it; the names of its columns)."""


def with_nearest(error: UnknownColumn, tree: exp.Query, references: Sequence[Reference]) -> UnknownColumn:
    """The error in our words: where there is no such column, and which ones are near."""
    sources = _sources_around(error, tree, references)
    wanted = error.column.lower()
    named = {alias: source for alias, source in sources.items() if alias.lower() == error.source.lower()}
    lacking = {alias: source for alias, source in sources.items() if wanted not in source[1]}
    meant: Sources = named or lacking or sources
    names = list(dict.fromkeys(name for _, of_source in meant.values() for name in of_source))
    elsewhere = [
        f"{alias}.{error.column}"
        for alias, (_, of_source) in sources.items()
        if error.source and alias not in meant and wanted in of_source
    ]
    near = elsewhere or nearest(error.column, names)
    where = " or ".join(dict.fromkeys(shown for shown, _ in meant.values())) or "what the query reads"
    return UnknownColumn(
        f"there is no column {error.column} in {where}{_hint(near, names, where, len(meant))}",
        error.column,
        error.source,
    )


def nearest(wanted: str, names: Sequence[str]) -> list[str]:
    """The names nearest to a misspelt one, Amazon's spelling and parts of flattened names allowed for.

    >>> nearest("purchse_date", ["amazon_order_id", "last_update_date", "purchase_date"])
    ['purchase_date']
    >>> nearest("OrderTotal", ["order_type", "order_total_amount", "order_total_currency_code"])
    ['order_total_amount', 'order_total_currency_code']
    """
    ours = sql_name(wanted)
    scores = {name: _likeness(ours, name.lower()) for name in names}
    enough = max(_NEAR_ENOUGH, max(scores.values(), default=0) - _AS_NEAR_AS_THE_NEAREST)
    return sorted((name for name in names if scores[name] >= enough), key=lambda name: -scores[name])[:_OFFERED]


def _likeness(wanted: str, name: str) -> float:
    alike = difflib.SequenceMatcher(None, wanted, name).ratio()
    return max(alike, _WHOLE_WORDS) if wanted and f"_{wanted}_" in f"_{name}_" else alike


def _hint(near: Sequence[str], names: Sequence[str], where: str, sources: int) -> str:
    if near:
        return f"; did you mean {' or '.join(near)}?"
    if names and len(names) <= _LISTED:
        return f"; there is {', '.join(names)}"
    return f"; DESCRIBE {where} lists its columns" if names and sources == 1 else ""


def _sources_around(error: UnknownColumn, tree: exp.Query, references: Sequence[Reference]) -> Sources:
    """What is read by the SELECT in which the name stands and where nothing has it."""
    wanted = error.column.lower()
    around = [
        select
        for identifier in tree.find_all(exp.Identifier)
        if identifier.name.lower() == wanted and (select := identifier.find_ancestor(exp.Select)) is not None
    ]
    found = [dict(_sources(select, tree, references)) for select in around]
    lacking = (sources for sources in found if not all(wanted in names for _, names in sources.values()))
    whole = {each.alias: (each.table.qualified_name, [*each.table.columns_by_name]) for each in references}
    return next(lacking, whole)


def _sources(
    select: exp.Select, tree: exp.Query, references: Sequence[Reference]
) -> Iterator[tuple[str, tuple[str, Sequence[str]]]]:
    from_ = select.args.get("from_")
    for part in filter(None, (from_, *(select.args.get("joins") or ()))):
        node = part.this
        if isinstance(node, exp.Table) and MARK in node.meta:
            table = references[node.meta[MARK]].table
            yield node.alias_or_name, (table.qualified_name, [*table.columns_by_name])
        elif isinstance(node, exp.Table | exp.Subquery):
            yield node.alias_or_name, (node.alias_or_name or "the sub-query", _outputs_of(node, tree, references))


def _outputs_of(node: exp.Table | exp.Subquery, tree: exp.Query, references: Sequence[Reference]) -> list[str]:
    """The columns of a sub-query, or of the common table expression that the node names."""
    defined: exp.Expr | None = node
    if isinstance(node, exp.Table):
        defined = next((cte for cte in tree.find_all(exp.CTE) if cte.alias.lower() == node.name.lower()), None)
    if defined is None:
        return []
    if isinstance(defined, exp.DerivedTable) and defined.alias_column_names:
        return list(defined.alias_column_names)
    query = defined.this
    while isinstance(query, exp.SetOperation | exp.Subquery):
        query = query.this
    return list(_outputs(query, tree, references)) if isinstance(query, exp.Select) else []


def _outputs(select: exp.Select, tree: exp.Query, references: Sequence[Reference]) -> Iterator[str]:
    for item in select.expressions:
        if not item.is_star:
            yield item.alias_or_name.lower()
            continue
        inner = dict(_sources(select, tree, references)) if item.parent is select else {}
        for alias, (_, names) in inner.items():
            if not isinstance(item, exp.Column) or item.table.lower() == alias.lower():
                yield from names
