"""Parameters of a body, named by their path → the body: nested objects, each value as JSON of its declared type.

`filters.marketplaceId` stands in an object, `requests[].sku` in each element of a list of requests, `$[].IdType` in
each element of a body that is itself a list. Numbers keep the digits that were asked for. Pure; knows no HTTP.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from catalog.table import Operation, Parameter, Table
from flight_server.errors import QueryError
from flight_server.plan import ParameterValue

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")

_JSON = msgspec.json.Decoder(float_hook=Decimal)


def has_body(operation: Operation) -> bool:
    """Whether the operation is asked by a body, be it an empty one."""
    return operation.method in ("POST", "PUT", "PATCH")


def body_of(table: Table, values: Mapping[str, ParameterValue]) -> dict[str, object]:
    """The body that holds these parameters; raises QueryError for a value that has not the parameter's type."""
    body: dict[str, object] = {}
    for parameter in _body_parameters(table):
        if parameter.name in values:
            _place(body, parameter.name.split("."), json_value(values[parameter.name], parameter, table))
    return body


def element_of(table: Table, list_path: str, values: Mapping[str, ParameterValue]) -> dict[str, object]:
    """One element of a list of requests: the parameters below `list_path`, named from the element on."""
    element: dict[str, object] = {}
    prefix = f"{list_path}."
    for parameter in _body_parameters(table):
        if parameter.name in values and parameter.name.startswith(prefix):
            steps = parameter.name.removeprefix(prefix).split(".")
            _place(element, steps, json_value(values[parameter.name], parameter, table))
    return element


def with_list(body: object, list_path: str, elements: Sequence[object]) -> object:
    """The body with its list of requests; the list itself where the body is one.

    >>> with_list({"a": 1}, "requests[]", [{"sku": "x"}])
    {'a': 1, 'requests': [{'sku': 'x'}]}
    >>> with_list({}, "$[]", [{"sku": "x"}])
    [{'sku': 'x'}]
    """
    path = list_path.removesuffix("[]")
    if path == "$":
        return list(elements)
    whole = dict(body) if isinstance(body, Mapping) else {}
    _place(whole, path.split("."), list(elements))
    return whole


def json_value(value: ParameterValue, parameter: Parameter, table: Table) -> object:
    """A value in Amazon's spelling as JSON of the parameter's type, lists element by element."""
    if parameter.is_list:
        texts = (value,) if isinstance(value, str) else value
        return [_scalar(text, parameter, table) for text in texts]
    return _scalar(value if isinstance(value, str) else value[0], parameter, table)


def _scalar(text: str, parameter: Parameter, table: Table) -> object:
    try:
        if parameter.type == "json":
            return _whole(_JSON.decode(text), parameter.name, parameter, table)
        if parameter.type == "boolean":
            return {"true": True, "false": False}[text.lower()]
        if parameter.type in ("integer", "number"):
            if not _NUMBER.fullmatch(text):
                raise ValueError
            return int(text) if parameter.type == "integer" else Decimal(text)
    except (ValueError, KeyError, msgspec.DecodeError, RecursionError):
        wanted = "JSON text" if parameter.type == "json" else parameter.type
        raise QueryError(f"{table.qualified_name}: {parameter.name} takes {wanted}, not {text[:60]!r}") from None
    return text


def _whole(value: object, path: str, parameter: Parameter, table: Table) -> object:
    """The value at a path of the body, in which every object has what the model requires; else raise QueryError."""
    if isinstance(value, list):
        for element in value:
            _whole(element, f"{path}[]", parameter, table)
    elif isinstance(value, dict):
        required = table.operation.body_objects.get(path, ()) if table.operation is not None else ()
        if lacking := [member for member in required if value.get(member) is None]:
            keys = (key.column for key in table.key_columns if parameter.name in (key.eq, key.in_))
            raise QueryError(
                f"{table.qualified_name}: {next(keys, parameter.name)} lacks {', '.join(lacking)}: Amazon requires "
                f"{'it' if len(lacking) == 1 else 'them'} in every object at {path}"
            )
        for member, inner in value.items():
            _whole(inner, f"{path}.{member}", parameter, table)
    return value


def _body_parameters(table: Table) -> list[Parameter]:
    operation = table.operation
    return [] if operation is None else [each for each in operation.parameters if each.location == "body"]


def _place(body: dict[str, object], steps: Sequence[str], value: object) -> None:
    first, *rest = steps
    if not rest:
        body[first] = value
        return
    inner = body.setdefault(first, {})
    assert isinstance(inner, dict)
    _place(inner, rest, value)
