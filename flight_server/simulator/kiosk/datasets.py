"""The datasets of Data Kiosk: Amazon's schemas without their descriptions.

Goes from the name of a versioned root field to a schema whose scalars read and write what Amazon's do; knows no query.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from graphql import GraphQLNonNull, GraphQLObjectType, GraphQLScalarType, GraphQLSchema, build_schema

_SCHEMAS = Path(__file__).parent / "schemas"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@cache
def datasets() -> Mapping[str, GraphQLSchema]:
    """Every schema by its one root field."""
    found = (_schema(file) for file in sorted(_SCHEMAS.glob("*.graphql")))
    return {name: schema for schema in found if schema.query_type for name in schema.query_type.fields}


def _schema(file: Path) -> GraphQLSchema:
    schema = build_schema(file.read_text("utf-8"))
    for name, reads in _SCALARS.items():
        scalar = schema.type_map[name]
        assert isinstance(scalar, GraphQLScalarType), name
        scalar.parse_value = reads  # type: ignore[method-assign,assignment]  # what a schema in text leaves open
    economics = schema.type_map.get("Economics")
    if isinstance(economics, GraphQLObjectType):
        # The schema says that fees are never null; documents have been seen where they are.
        fees = economics.fields["fees"]
        assert isinstance(fees.type, GraphQLNonNull)
        fees.type = fees.type.of_type
    return schema


def _day(told: Any) -> date:
    if not isinstance(told, str) or not _DAY.fullmatch(told):
        raise ValueError(f"{told!r} is no date.")
    return date.fromisoformat(told)


def _long(told: Any) -> int:
    if not isinstance(told, int) or isinstance(told, bool):
        raise ValueError(f"{told!r} is no whole number.")
    return told


_SCALARS: Mapping[str, Callable[[Any], Any]] = {"Date": _day, "Long": _long}
