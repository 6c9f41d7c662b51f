"""Views in a query → the queries that they stand for, as if the user had written them there.

So a condition on a view reaches the operations behind it. Comes in: a tree, and the catalog that has the views. Goes
out: the tree without them. What a view names is looked for in the catalog alone: neither the session's schema nor a
common table expression around it changes what it means.
"""

from collections.abc import Sequence

from sqlglot import exp

from catalog.catalog import Catalog
from catalog.errors import CatalogError
from catalog.table import Table
from flight_server.errors import QueryError, Unsupported
from flight_server.planner.reading.dialects import AUTO
from flight_server.planner.reading.nodes import Nodes
from flight_server.planner.reading.parse import parse
from flight_server.planner.reading.references import names_of, reads_catalog
from flight_server.planner.reading.session.own_names import Asker, with_own_names

VIEW_DIALECT = AUTO

MOST_VIEWS = 200
"""In one statement, those within views included: of views that each read another twice, ten come to a thousand."""

MOST_LEVELS = 20

_CARRIED = ("pivots", "sample", "joins", "laterals")
"""What may follow a table's name and follows a sub-query's brackets as well."""

_DROPPED = frozenset({"this", "db", "catalog", "alias", "hints", *_CARRIED})


def with_views_written_out(nodes: Nodes, catalog: Catalog, asker: Asker) -> Nodes:
    """The nodes of the tree in which each view is a sub-query; raise QueryError that names the view that is wrong."""
    return _Writing(catalog, asker).written_out(nodes, asker.db_schema, ()) if catalog.has_views else nodes


class _Writing:
    """One statement's views, counted."""

    def __init__(self, catalog: Catalog, asker: Asker) -> None:
        self._catalog = catalog
        self._asker = asker
        self._left = MOST_VIEWS

    def written_out(self, nodes: Nodes, preferred: str, within: Sequence[str]) -> Nodes:
        """`within`: the views that the tree is the query of, outermost first."""
        read = [node for node in nodes.of(exp.Table) if reads_catalog(node)]
        tables = [(node, self._catalog.resolve(*names_of(node), preferred=preferred)) for node in read]
        views = [(node, table) for node, table in tables if table.kind == "view"]
        for node, table in tables if within else ():
            node.set("db", exp.to_identifier(table.db_schema))
        _shorten_column_names(nodes, [table for _, table in views])
        for node, table in views:
            _put(node, table, self._query_of(table, within))
        return Nodes(nodes.tree) if views else nodes

    def _query_of(self, view: Table, within: Sequence[str]) -> exp.Query:
        name = view.qualified_name
        if name in within:
            cycle = " → ".join([*within[within.index(name) :], name])
            raise QueryError(f"view {name} reads itself: {cycle}")
        self._left -= 1
        if self._left < 0 or len(within) >= MOST_LEVELS:
            raise QueryError(
                f"view {name} is one too many: a statement may read {MOST_VIEWS}, {MOST_LEVELS} within one another"
            )
        try:
            return self.written_out(self._read(view.query), "", (*within, name)).tree
        except (QueryError, CatalogError) as error:
            message = str(error)
            raise QueryError(message if message.startswith("view ") else f"view {name}: {message}") from None

    def _read(self, sql: str) -> Nodes:
        parsed = parse(sql, VIEW_DIALECT)
        if parsed.kind != "query":
            raise Unsupported(f"{parsed.kind.upper()} is no view; write the query alone")
        if parsed.nodes.has(exp.Placeholder):
            raise Unsupported("a view has no parameters; write the condition where the view is read")
        return with_own_names(parsed.nodes, self._asker)


def _put(node: exp.Table, view: Table, query: exp.Query) -> None:
    """The query in the place of the view's name, under the name that columns are qualified with."""
    odd = sorted(name for name, value in node.args.items() if value and name not in _DROPPED)
    if odd:
        raise Unsupported(f"{view.qualified_name} is a view: {odd[0].replace('_', ' ')} cannot be said of it")
    alias = node.args.get("alias") or exp.TableAlias(this=node.this.copy())
    if not alias.this:
        alias.set("this", node.this.copy())
    carried = {name: value for name in _CARRIED if (value := node.args.get(name))}
    node.replace(exp.Subquery(this=query, alias=alias, **carried))


def _shorten_column_names(nodes: Nodes, views: Sequence[Table]) -> None:
    """`views.top_skus.sku` → `top_skus.sku`: a sub-query has no schema."""
    names = {(view.db_schema, view.name) for view in views}
    for column in nodes.of(exp.Column) if names else ():
        if (column.text("db").lower(), column.table.lower()) in names:
            column.set("db", None)
            column.set("catalog", None)
