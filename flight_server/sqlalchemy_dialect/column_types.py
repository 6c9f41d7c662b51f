"""The types of `information_schema.columns` → SQLAlchemy's. Values pass as the ADBC driver gives them.

What `NestedTypes=native` makes of lists and objects is a JSON to SQLAlchemy whose values are Python's lists and dicts.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import types


class NestedValue(types.JSON):
    """A LIST, STRUCT or MAP of Arrow's: read as Python's lists and dicts, not as a text to parse."""

    __visit_name__ = "nested_value"
    cache_ok = True

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def result_processor(self, dialect: Any, coltype: Any) -> None:
        """Values are what they shall be."""

    def bind_processor(self, dialect: Any) -> None:
        """Values are what they shall be."""


SqlType = types.TypeEngine[Any]

_PLAIN: Mapping[str, Callable[[], SqlType]] = MappingProxyType(
    {
        "BOOLEAN": types.BOOLEAN,
        "TINYINT": types.SMALLINT,
        "SMALLINT": types.SMALLINT,
        "INTEGER": types.INTEGER,
        "BIGINT": types.BIGINT,
        "FLOAT": lambda: types.Float(24),
        "DOUBLE": lambda: types.Float(53),
        "DATE": types.DATE,
        "TIME": types.TIME,
        "TIMESTAMP": types.TIMESTAMP,
        "TIMESTAMP WITH TIME ZONE": lambda: types.TIMESTAMP(timezone=True),
        "VARCHAR": types.VARCHAR,
        "BLOB": types.BLOB,
    }
)


def column_type(name: str, precision: int | None, scale: int | None) -> SqlType:
    """The type of a column that information_schema describes so.

    >>> column_type("DECIMAL", 38, 6)
    NUMERIC(precision=38, scale=6)
    >>> column_type("TIMESTAMP WITH TIME ZONE", None, None).timezone
    True
    """
    if name == "DECIMAL":
        return types.NUMERIC(precision, scale)
    if name in ("LIST", "STRUCT", "MAP"):
        return NestedValue(name)
    plain = _PLAIN.get(name)
    return types.NullType() if plain is None else plain()
