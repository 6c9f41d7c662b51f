"""The GraphQL schemas of Data Kiosk: the fields of a row with their types, the arguments of a query field.

The only reader of `models/data_kiosk`. A *member* is a path from a line of the answer, `[]` marks a list. Knows no
table.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    get_nullable_type,
)

from catalog.errors import BadDeclaration
from catalog.table import DeclaredType, Parameter

LINES = "$[]"
"""Row path of the lines of an answer, each one object."""

_TYPES: Mapping[str, DeclaredType] = {
    "String": "string",
    "ID": "string",
    "Int": "int64",
    "Long": "int64",
    "Float": "decimal",  # amounts and rates: JSON numbers, whose digits are kept
    "Boolean": "bool",
    "Date": "date",
    "DateTime": "timestamp",
}
_JSON_TYPES = {"Int": "integer", "Long": "integer", "Float": "number", "Boolean": "boolean"}
_RETENTION = re.compile(r"P(\d+)D")


@cache
def schema_of(dataset: str) -> GraphQLSchema:
    """The schema of a dataset; raises BadDeclaration where there is none."""
    path = resources.files("catalog") / f"models/data_kiosk/{dataset}.graphql"
    try:
        return build_schema(path.read_text(encoding="utf-8"), assume_valid=True)
    except FileNotFoundError:
        raise BadDeclaration(f"there is no schema models/data_kiosk/{dataset}.graphql") from None


def query_fields(dataset: str) -> Mapping[str, GraphQLField]:
    """The query fields under the versioned root of a dataset, by name."""
    query = schema_of(dataset).query_type
    assert query is not None
    root = get_named_type(query.fields[dataset].type)
    assert isinstance(root, GraphQLObjectType)
    fields: Mapping[str, GraphQLField] = root.fields
    return fields


def member_types(dataset: str, field: str) -> dict[str, DeclaredType]:
    """Every scalar member of a line, from the root of the answer, in the order of the schema."""
    return {f"{LINES}.{path}": kind for path, kind in _leaves(query_fields(dataset)[field].type)}


def arguments(dataset: str, field: str) -> tuple[Parameter, ...]:
    """The arguments of a query field as parameters: `aggregateBy.date` in an object, `filters[].asins` in a list."""
    found = query_fields(dataset)[field].args
    return tuple(each for name, argument in found.items() for each in _parameters(name, argument.type, required=True))


def retention_days(dataset: str) -> int:
    """How long Amazon keeps a query: the shortest that any field of the schema says."""
    path = resources.files("catalog") / f"models/data_kiosk/{dataset}.graphql"
    return min(map(int, _RETENTION.findall(path.read_text(encoding="utf-8"))))


def _leaves(kind: GraphQLOutputType, path: str = "") -> Iterator[tuple[str, DeclaredType]]:
    named = get_named_type(kind)
    if not isinstance(named, GraphQLObjectType):
        yield path, "string" if isinstance(named, GraphQLEnumType) else _TYPES[named.name]
        return
    for name, field in named.fields.items():
        mark = "[]" if isinstance(get_nullable_type(field.type), GraphQLList) else ""
        yield from _leaves(field.type, f"{path}.{name}{mark}".lstrip("."))


def _parameters(path: str, kind: GraphQLInputType, *, required: bool) -> Iterator[Parameter]:
    needed = required and isinstance(kind, GraphQLNonNull)
    inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    is_list = isinstance(inner, GraphQLList)
    named = get_named_type(inner)
    if isinstance(named, GraphQLInputObjectType):
        for name, field in named.fields.items():
            yield from _parameters(f"{path}{'[]' if is_list else ''}.{name}", field.type, required=needed)
        return
    yield Parameter(
        path,
        "body",
        required=needed,
        type=_JSON_TYPES.get(named.name, "string"),
        format="date" if named.name == "Date" else "",
        is_list=is_list,
        enum=tuple(named.values) if isinstance(named, GraphQLEnumType) else (),
    )
