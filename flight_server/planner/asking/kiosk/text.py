"""Arguments and members → the text of a GraphQL query, in its shortest form, checked against Amazon's schema.

A query that Amazon refuses costs a minute of quota, and a wrong one may look like an outage of Amazon's: so none is
sent that is not valid. Knows no table.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
    parse,
    strip_ignored_characters,
    validate,
)

from catalog.kiosk.dataset import Dataset
from catalog.kiosk.schemas import LINES, query_fields, schema_of
from flight_server.errors import QueryError

MOST_CHARACTERS = 8000
"""Of a text; facts of Data Kiosk: counted after needless white space is taken out."""

Arguments = Mapping[str, Any]
"""As JSON has them: objects, lists, texts, numbers as int or Decimal."""


def query_text(dataset: Dataset, given: Arguments, members: Sequence[str]) -> str:
    """The text; raises QueryError where the arguments are none that the schema takes."""
    known = query_fields(dataset.name)[dataset.field].args
    arguments = " ".join(f"{name}:{_value(value, known[name].type)}" for name, value in given.items())
    fields = _selection(_tree(member.removeprefix(f"{LINES}.").replace("[]", "") for member in members))
    text: str = strip_ignored_characters(f"{{{dataset.name}{{{dataset.field}({arguments}){fields}}}}}")
    if faults := validate(schema_of(dataset.name), parse(text)):
        raise QueryError(f"{dataset.name}.{dataset.field} cannot be asked so: {faults[0].message}")
    return text


Tree = dict[str, "Tree"]


def _tree(paths: Iterable[str]) -> Tree:
    root: Tree = {}
    for path in paths:
        here = root
        for name in path.split("."):
            here = here.setdefault(name, {})
    return root


def _selection(tree: Tree) -> str:
    return f"{{{' '.join(name + _selection(below) for name, below in tree.items())}}}" if tree else ""


def _value(value: object, kind: GraphQLInputType) -> str:
    """A value as GraphQL writes it: names of enumerations stand bare, numbers keep their digits."""
    inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    if isinstance(value, list | tuple):
        element = inner.of_type if isinstance(inner, GraphQLList) else inner
        return f"[{' '.join(_value(each, element) for each in value)}]"
    if isinstance(value, Mapping):
        named = get_named_type(inner)
        fields = named.fields if isinstance(named, GraphQLInputObjectType) else {}
        return f"{{{' '.join(f'{name}:{_value(each, fields[name].type)}' for name, each in value.items())}}}"
    if isinstance(get_named_type(inner), GraphQLEnumType):
        return str(value)
    return f"{value:f}" if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)
