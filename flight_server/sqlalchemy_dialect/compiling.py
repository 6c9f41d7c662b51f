"""SQLAlchemy's expressions → the SQL that the server reads: DuckDB's, where SQLAlchemy writes another by itself."""

from typing import Any

from sqlalchemy.sql import compiler
from sqlalchemy.types import STRINGTYPE

MORE_RESERVED_WORDS = frozenset(
    [
        "anti",
        "asof",
        "at",
        "by",
        "collation",
        "columns",
        "concurrently",
        "describe",
        "fetch",
        "generated",
        "glob",
        "lambda",
        "lateral",
        "map",
        "pivot",
        "pivot_longer",
        "pivot_wider",
        "positional",
        "qualify",
        "returning",
        "semi",
        "show",
        "struct",
        "summarize",
        "tablesample",
        "try_cast",
        "tuple",
        "unpack",
        "unpivot",
        "variadic",
        "window",
        "with",
    ]
)
"""DuckDB's, besides those that SQLAlchemy quotes anyway."""


class SpapiIdentifierPreparer(compiler.IdentifierPreparer):
    """Quotes what DuckDB could not read otherwise."""

    reserved_words = {*compiler.RESERVED_WORDS, *MORE_RESERVED_WORDS}  # noqa: RUF012  # so it is declared above


class SpapiCompiler(compiler.SQLCompiler):
    """Statements and expressions."""

    def limit_clause(self, select: Any, **kw: Any) -> str:
        """LIMIT and OFFSET, each where it is asked for."""
        text = ""
        if select._limit_clause is not None:
            text += "\n LIMIT " + self.process(select._limit_clause, **kw)
        if select._offset_clause is not None:
            text += "\n OFFSET " + self.process(select._offset_clause, **kw)
        return text

    def visit_empty_set_expr(self, element_types: Any, **kw: Any) -> str:
        """What `IN ()` looks through: no row."""
        return f"SELECT {', '.join('NULL' for _ in element_types or [None])} WHERE 1 != 1"

    def visit_regexp_match_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        """A match anywhere in the text, as everywhere else; DuckDB's `~` is one of the whole text."""
        arguments = [self.process(binary.left, **kw), self.process(binary.right, **kw)]
        flags = binary.modifiers.get("flags")
        if flags is not None:
            is_text = isinstance(flags, str)  # since SQLAlchemy 2
            arguments.append(self.render_literal_value(flags, STRINGTYPE) if is_text else self.process(flags, **kw))
        return f"regexp_matches({', '.join(arguments)})"

    def visit_not_regexp_match_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        """No match anywhere in the text."""
        return f"NOT {self.visit_regexp_match_op_binary(binary, operator, **kw)}"


class SpapiTypeCompiler(compiler.GenericTypeCompiler):
    """Names of types, in casts and where tools show them."""

    def visit_TIMESTAMP(self, type_: Any, **kw: Any) -> str:
        """With its zone."""
        return "TIMESTAMP WITH TIME ZONE" if type_.timezone else "TIMESTAMP"

    def visit_FLOAT(self, type_: Any, **kw: Any) -> str:
        """DuckDB's FLOAT has four bytes, Python's float eight."""
        return "FLOAT" if type_.precision is not None and type_.precision <= 24 else "DOUBLE"

    def visit_nested_value(self, type_: Any, **kw: Any) -> str:
        """Shown only: what it is made of is not told."""
        return str(type_.kind)
