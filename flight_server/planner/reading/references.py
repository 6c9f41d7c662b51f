"""Names in a query → tables of the catalog: every place where the query reads one.

Comes in: a tree. Goes out: the tree with each such place marked, and the list of references. Common table expressions
and table functions are none of ours. Knows no predicate and no parameter.
"""

from dataclasses import dataclass

from sqlglot import exp

from catalog.catalog import Catalog
from catalog.table import Table
from flight_server.planner.reading.nodes import Nodes

MARK = "reference"
"""Key in a node's `meta` that holds the position of its reference in the list."""


@dataclass(frozen=True)
class Reference:
    """One place in the query that reads a table."""

    position: int
    table: Table
    alias: str  # the name that columns are qualified with, as the user wrote it
    relation: str  # what the engine reads for it, unless another reference reads the same


def resolve(nodes: Nodes, catalog: Catalog, db_schema: str = "") -> list[Reference]:
    """Mark every table node of a tree with its reference, and let it read the reference's own relation.

    Raises UnknownTable or AmbiguousTable. Unqualified names are looked for in `db_schema` first, which is the
    connection's current schema.
    """
    references: list[Reference] = []
    prefix = _prefix_of_relations(nodes)
    for node in nodes.of(exp.Table):
        if not reads_catalog(node):
            continue
        table = catalog.resolve(*names_of(node), preferred=db_schema)
        position = len(references)
        reference = Reference(position, table, node.alias or node.name, f"{prefix}{position}")
        references.append(reference)
        node.meta[MARK] = position
        read_relation(node, reference.relation, reference.alias)
    _drop_schema_of_column_names(nodes, references)
    return references


def reads_catalog(node: exp.Table) -> bool:
    """Whether the node names a table of the catalog: no table function, and no common table expression."""
    return isinstance(node.this, exp.Identifier) and (bool(node.db) or not _is_common_table_expression(node))


def names_of(node: exp.Table) -> tuple[str, str | None, str | None]:
    """Table, schema and catalog; BigQuery's parser takes `information_schema.tables` for one name."""
    db_schema, dot, name = node.name.rpartition(".")
    return (name, db_schema, node.db or None) if dot else (node.name, node.db or None, node.catalog or None)


def read_relation(node: exp.Table, relation: str, alias: str) -> None:
    """Make a table node read `relation`, under the name that the query's columns are qualified with."""
    node.set("this", exp.to_identifier(relation))
    node.set("db", None)
    node.set("catalog", None)
    if not node.args.get("alias"):
        node.set("alias", exp.TableAlias(this=exp.to_identifier(alias)))


def _prefix_of_relations(nodes: Nodes) -> str:
    """What relations are called, numbered: as nothing is that the query itself names."""
    taken = {alias.name.lower() for alias in nodes.of(exp.TableAlias)}
    prefix = "r"
    while any(name.startswith(prefix) and name.removeprefix(prefix).isdigit() for name in taken):
        prefix += "_"
    return prefix


def _is_common_table_expression(node: exp.Table) -> bool:
    """Whether the name is one that a WITH clause around the node defines, and that is visible from there."""
    name = node.name.lower()
    path: list[exp.Expr] = [node]
    while (outer := path[-1].parent) is not None:
        with_ = outer.args.get("with_")
        if with_ is not None and name in _visible_names(with_, path):
            return True
        path.append(outer)
    return False


def _visible_names(with_: exp.With, path: list[exp.Expr]) -> set[str]:
    """The query and later expressions see an expression; it sees itself only if the clause is recursive."""
    expressions = list(with_.expressions)
    if not with_.args.get("recursive"):
        inside = next((index for index, cte in enumerate(expressions) if any(cte is step for step in path)), None)
        expressions = expressions[:inside]
    return {cte.alias.lower() for cte in expressions}


def _drop_schema_of_column_names(nodes: Nodes, references: list[Reference]) -> None:
    """`orders.orders.purchase_date` → `orders.purchase_date`: the engine sees relations without a schema."""
    long = [column for column in nodes.of(exp.Column) if column.args.get("db")]
    names = {(reference.table.db_schema.lower(), reference.table.name.lower()) for reference in references}
    for column in long:
        if (column.text("db").lower(), column.table.lower()) in names:
            column.set("db", None)
            column.set("catalog", None)
