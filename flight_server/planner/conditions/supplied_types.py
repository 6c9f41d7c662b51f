"""A supply's query → the kinds of values that it yields, as far as sqlglot can tell.

Keys are asked for as they are spelled: of two values that the engine holds equal, '007' and 7, Amazon knows one. So a
supply of another kind than the column that it is compared with is none.
"""

from collections.abc import Iterable

from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types

from flight_server.planner.conditions.analysis import Analysis
from flight_server.planner.reading.dialects import DUCKDB
from flight_server.planner.reading.qualified import schema_of

SUPPLY = "supply"
"""Alias of a subquery within a supply's query; its columns are k0, k1, ..."""

_KINDS = (
    (exp.DataType.TEXT_TYPES, "text"),
    (exp.DataType.INTEGER_TYPES, "integer"),
    (frozenset({exp.DType.DECIMAL}), "decimal"),
    (exp.DataType.FLOAT_TYPES, "double"),
    (frozenset({exp.DType.BOOLEAN}), "bool"),
    (frozenset({exp.DType.DATE}), "date"),
    (frozenset({exp.DType.TIMESTAMPTZ}), "timestamp"),
    (frozenset({exp.DType.UNKNOWN, exp.DType.NULL}), ""),
)


def kind_of(declared_type: str) -> str:
    """The kind of a declared type.

    >>> kind_of("json"), kind_of("int64")
    ('text', 'integer')
    """
    return {"string": "text", "json": "text", "int64": "integer"}.get(declared_type, declared_type)


def kinds_of_supply(query: exp.Select, reads: Iterable[int], analysis: Analysis) -> list[str]:
    """The kind of each projection; empty where it is not known."""
    known = schema_of(analysis.references[position] for position in reads)
    return [_kind(item) for item in _values(annotate_types(query.copy(), known, dialect=DUCKDB))]


def _values(query: exp.Expr) -> list[exp.Expr]:
    """The projections whose types are known: those of the subquery, where it is only given other names."""
    assert isinstance(query, exp.Select)
    source = query.args["from_"].this
    if not isinstance(source, exp.Subquery) or source.alias != SUPPLY:
        return query.selects
    inner = source.this.selects
    return [inner[int(item.name.removeprefix("k"))] for item in query.selects]


def _kind(item: exp.Expr) -> str:
    found = item.type
    return "" if found is None else next((kind for types, kind in _KINDS if found.this in types), "another")
