"""Where and as whom a query is asked: `current_schema()`, `current_user`, `version()` and their like → what they are.

The engine would tell of itself, which is nobody's business and leads tools astray. Comes in: a tree. Goes out: the tree
with texts in their place, under the names that the functions give their columns. Knows no table.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from catalog.catalog import CATALOG_NAME
from flight_server import __version__
from flight_server.planner.reading.nodes import Nodes

VERSION = f"spapi-flight {__version__}"


@dataclass(frozen=True)
class Asker:
    """What a query may ask of its connection; empty where there is none."""

    db_schema: str = ""  # for unqualified names
    user: str = ""  # the profile


_USER_NAMES = ("current_user", "user", "session_user", "system_user", "current_role")

# Name, as a function and (but for those that take a call) as a bare word -> what it asks for.
_CALLS: Mapping[str, str] = {
    **dict.fromkeys(("current_catalog", "current_database", "db_name"), "catalog"),
    **dict.fromkeys(("current_schema", "schema_name"), "schema"),
    **dict.fromkeys((*_USER_NAMES, "suser_name", "suser_sname"), "user"),
    "version": "version",
}
_WORDS = frozenset({*_USER_NAMES, "current_catalog", "current_database", "current_schema"})

_FUNCTIONS: Mapping[type[exp.Expr], str] = {
    exp.CurrentCatalog: "current_catalog",
    exp.CurrentDatabase: "current_database()",
    exp.CurrentSchema: "current_schema()",
    exp.CurrentUser: "current_user",
    exp.CurrentVersion: "version()",
    exp.SessionUser: "session_user",
}


def with_own_names(nodes: Nodes, asker: Asker) -> Nodes:
    """Write what the query's connection is for each function that asks for it."""
    facts = {"catalog": CATALOG_NAME, "schema": asker.db_schema, "user": asker.user, "version": VERSION}
    found = [(node, name) for node in _askers(nodes) if (name := _name_of(node))]
    lists = nodes.of(exp.CurrentSchemas)
    for node, name in found:
        _put(node, name, _text(facts[_CALLS[name.removesuffix("()")]]))
    for each in lists:
        names = [_text(asker.db_schema)] if asker.db_schema else []
        _put(each, each.sql("duckdb").lower(), exp.cast(exp.Array(expressions=names), "VARCHAR[]", dialect="duckdb"))
    return Nodes(nodes.tree) if found or lists else nodes


def _askers(nodes: Nodes) -> list[exp.Expr]:
    """Nodes that may be such a function; a bare word is none where the query itself gives something that name."""
    calls: list[exp.Expr] = [*nodes.of(exp.Anonymous)]
    calls += [node for kind in _FUNCTIONS for node in nodes.of(kind)]
    words = [node for node in nodes.of(exp.Column) if node.name.lower() in _WORDS and _is_bare(node)]
    if not words:
        return calls
    aliases = {node.alias.lower() for node in nodes.of(exp.Alias)}
    aliases |= {column.name.lower() for node in nodes.of(exp.TableAlias) for column in node.args.get("columns") or []}
    return calls + [node for node in words if node.name.lower() not in aliases]


def _is_bare(column: exp.Column) -> bool:
    return not column.table and isinstance(column.this, exp.Identifier) and not column.this.quoted


def _name_of(node: exp.Expr) -> str:
    """What the column of a result is called that consists of this; empty if it asks for nothing of ours."""
    if isinstance(node, exp.Column):
        return node.name.lower()
    if isinstance(node, exp.Anonymous):
        return f"{node.name.lower()}()" if node.name.lower() in _CALLS and not node.expressions else ""
    return _FUNCTIONS[type(node)]


def _put(node: exp.Expr, name: str, fact: exp.Expr) -> None:
    is_column_of_result = isinstance(node.parent, exp.Select) and node.arg_key == "expressions"
    node.replace(exp.alias_(fact, name, quoted=True) if is_column_of_result else fact)


def _text(fact: str) -> exp.Expr:
    """A text as a cast: a bare one may not stand in ORDER BY."""
    return exp.cast(exp.Literal.string(fact), exp.DType.VARCHAR)
