"""What a query asks for, and which of it is refused at once.

Goes from the text of a query to a Question, or to a Refused with Amazon's own sentence. What Amazon takes and only
finds wrong later is not this room's affair. Which wrong selections Amazon answers with 400 and which with 500 is not
known: here a field that does not exist is a 500, everything else that the schema forbids a 400.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLDirective,
    GraphQLError,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    TypeInfo,
    TypeInfoVisitor,
    ValueNode,
    Visitor,
    get_argument_values,
    get_directive_values,
    get_named_type,
    is_required_argument,
    is_required_input_field,
    parse,
    strip_ignored_characters,
    validate,
    visit,
)
from graphql.validation import FieldsOnCorrectTypeRule, KnownArgumentNamesRule

from flight_server.simulator.answers import Refused
from flight_server.simulator.kiosk.datasets import datasets
from flight_server.simulator.reports.places import place

_MOST_CHARACTERS = 8000
_LONGEST_RETENTION = timedelta(days=30)
_NOT_VALID = "The provided query is invalid"


@dataclass(frozen=True)
class Question:
    """One query field of one dataset, with its arguments and the fields that lines shall hold."""

    text: str  # as it was sent
    dataset: str
    name: str
    arguments: Mapping[str, Any]
    fields: frozenset[str]  # every field selected anywhere, by its bare name
    retention: timedelta
    first_line: int = 0  # where the lines begin: those before were in earlier pages
    document: DocumentNode = field(repr=False, kw_only=True)


def question(text: str, first_line: int = 0) -> Question:
    """What a text asks for."""
    document = _parsed(text)
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if len(operations) != 1 or operations[0].variable_definitions:
        raise refused(_NOT_VALID, "it must be one operation without variables")
    names = _names(document)
    if any(name.startswith("__") for name in names):
        raise refused("Introspection is not supported.")
    dataset, asked = _asked(operations[0])
    schema = datasets()[dataset]
    definition = _query_field(schema, dataset, asked.name.value)
    _check(schema, document, asked, definition)
    arguments = _arguments(definition, asked)
    retention = _retention(schema, document)
    return Question(text, dataset, asked.name.value, arguments, names, retention, first_line, document=document)


def refused(message: str, reason: str = "", status: int = 400) -> Refused:
    """A refusal in Amazon's words."""
    return Refused(status, "InvalidInput" if status == 400 else "InternalFailure", message, reason=reason)


def _parsed(text: str) -> DocumentNode:
    try:
        if len(strip_ignored_characters(text)) > _MOST_CHARACTERS:
            # Amazon's sentence for it is not known.
            raise refused(_NOT_VALID, f"it has more than {_MOST_CHARACTERS} characters")
        return parse(text)
    except GraphQLError as error:
        raise refused(_NOT_VALID, error.message) from None


def _asked(operation: OperationDefinitionNode) -> tuple[str, FieldNode]:
    """The dataset and the one query field under it."""
    if operation.operation != OperationType.QUERY:
        raise refused("Query did not have a versioned domain field")
    roots = operation.selection_set.selections
    root = roots[0]
    if len(roots) != 1 or not isinstance(root, FieldNode) or root.name.value not in datasets():
        raise refused("Query did not have a versioned domain field")
    under = root.selection_set.selections if root.selection_set else ()
    if len(under) > 1:
        raise refused("Versioned domain cannot select multiple query fields")
    if not under or not isinstance(under[0], FieldNode):
        raise refused(_NOT_VALID, "the versioned domain selects no query field")
    return root.name.value, under[0]


def _query_field(schema: GraphQLSchema, dataset: str, name: str) -> GraphQLField:
    assert schema.query_type is not None
    domain = get_named_type(schema.query_type.fields[dataset].type)
    assert isinstance(domain, GraphQLObjectType)
    if name not in domain.fields:
        raise _broken(f"{dataset} has no field {name}")
    found: GraphQLField = domain.fields[name]
    return found


def _check(schema: GraphQLSchema, document: DocumentNode, asked: FieldNode, definition: GraphQLField) -> None:
    unknown = validate(schema, document, [FieldsOnCorrectTypeRule])
    if unknown:
        raise _broken(unknown[0].message)
    for error in validate(schema, document, [KnownArgumentNamesRule]):
        for node in error.nodes or ():
            raise refused(f"Unknown field argument {getattr(node, 'name').value}")  # noqa: B009  # of an argument
    missing = list(_missing(asked, definition))
    if missing:
        raise refused(f"Missing required fields '[{', '.join(missing)}]'")
    others = validate(schema, document)
    if others:
        raise refused(_NOT_VALID, others[0].message)


def _broken(reason: str) -> Refused:
    return refused("We encountered an internal error", reason, 500)


def _missing(asked: FieldNode, definition: GraphQLField) -> Iterator[str]:
    """What is required and was not sent: arguments, and members of objects in them."""
    sent = {argument.name.value: argument.value for argument in asked.arguments}
    for name, argument in definition.args.items():
        if name in sent:
            yield from _missing_in(sent[name], argument.type)
        elif is_required_argument(argument):
            yield name


def _missing_in(value: ValueNode, kind: GraphQLInputType) -> Iterator[str]:
    kind = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    if isinstance(kind, GraphQLList):
        for one in value.values if isinstance(value, ListValueNode) else (value,):
            yield from _missing_in(one, kind.of_type)
    elif isinstance(kind, GraphQLInputObjectType) and isinstance(value, ObjectValueNode):
        sent = {member.name.value: member.value for member in value.fields}
        for name, member in kind.fields.items():
            if name in sent:
                yield from _missing_in(sent[name], member.type)
            elif is_required_input_field(member):
                yield name


def _arguments(definition: GraphQLField, asked: FieldNode) -> Mapping[str, Any]:
    arguments = get_argument_values(definition, asked)
    named = [*arguments.get("marketplaceIds", ()), *(one["marketplaceId"] for one in arguments.get("filters", ()))]
    named += [arguments["marketplaceId"]] if "marketplaceId" in arguments else []
    for marketplace_id in named:
        place(marketplace_id)
    if not named and {"marketplaceIds", "filters"} & arguments.keys():
        raise refused(_NOT_VALID, "no marketplace is named")
    return arguments


class _Names(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        """Take note of a field, wherever it is selected."""
        self.names.add(node.name.value)


def _names(document: DocumentNode) -> frozenset[str]:
    visitor = _Names()
    visit(document, visitor)
    return frozenset(visitor.names)


class _Retentions(Visitor):
    def __init__(self, directive: GraphQLDirective, types: TypeInfo) -> None:
        super().__init__()
        self._directive = directive
        self._types = types
        self.found = {_LONGEST_RETENTION}

    def enter_field(self, *_: object) -> None:
        """Take note of how long results with a field are kept, where the schema says it."""
        definition = self._types.get_field_def()
        node = definition.ast_node if definition else None
        told = get_directive_values(self._directive, node) if node else None
        days = re.fullmatch(r"P(\d+)D", told["duration"]) if told else None
        if days:
            self.found.add(timedelta(days=int(days[1])))


def _retention(schema: GraphQLSchema, document: DocumentNode) -> timedelta:
    """The shortest that the schema tells of any field selected."""
    directive = schema.get_directive("resultRetention")
    assert directive is not None
    types = TypeInfo(schema)
    visitor = _Retentions(directive, types)
    visit(document, TypeInfoVisitor(types, visitor))
    return min(visitor.found)
