"""Ends of names in a query of Data Kiosk → the whole names: `units_ordered` → `sales_units_ordered`.

Columns there are called by their groups, too, which every tool that lists them shows; a person writes the end. A column
of the result keeps the name that was written. Only a name that nothing in the SELECT has for its own is taken for an
end. Knows no values.
"""

from collections.abc import Sequence

from sqlglot import exp

from flight_server.planner.reading.nodes import Nodes
from flight_server.planner.reading.references import MARK, Reference


def with_whole_names(nodes: Nodes, references: Sequence[Reference]) -> Nodes:
    """The nodes of the tree in which each column that was called by its end has its whole name."""
    if not any(reference.table.short_names for reference in references):
        return nodes
    found = [(column, name) for column in nodes.of(exp.Column) if (name := _whole_name(column, references))]
    for column, name in found:
        written = column.name
        column.set("this", exp.to_identifier(name))
        if isinstance(column.parent, exp.Select) and column.arg_key == "expressions":
            column.replace(exp.alias_(column.copy(), written, quoted=True))
    return Nodes(nodes.tree) if found else nodes


def _whole_name(column: exp.Column, references: Sequence[Reference]) -> str:
    """The name that is meant; empty where the one that stands there is none of ours to change."""
    select = column.find_ancestor(exp.Select)
    if select is None or not isinstance(column.this, exp.Identifier):
        return ""
    wanted, source = column.name.lower(), column.table.lower()
    tables = _tables_in_from(select, references)
    if tables is None or wanted in {each.alias.lower() for each in select.expressions if isinstance(each, exp.Alias)}:
        return ""
    asked = [reference for alias, reference in tables if source in ("", alias)]
    if any(wanted in reference.table.columns_by_name for reference in asked):
        return ""
    meant = {reference.table.short_names.get(wanted, "") for reference in asked} - {""}
    return meant.pop() if len(meant) == 1 else ""


def _tables_in_from(select: exp.Select, references: Sequence[Reference]) -> list[tuple[str, Reference]] | None:
    """What the SELECT reads, by alias; None where something else than tables is, whose columns are not known here."""
    parts = [select.args.get("from_"), *(select.args.get("joins") or ())]
    nodes = [part.this for part in parts if part is not None]
    if not all(isinstance(node, exp.Table) and MARK in node.meta for node in nodes):
        return None
    return [(node.alias_or_name.lower(), references[node.meta[MARK]]) for node in nodes]
