"""An example's request as SQL, by nothing but what `system.tables` and `system.columns` tell an outside client."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.examples.cases import Example

Row = Mapping[str, Any]


class Unaskable(Exception):
    """A value that the column's type cannot hold."""


def conditions(example: Example, columns: Sequence[Row]) -> dict[str, str]:
    """Column → its condition, for every parameter of the request that a column is bound to."""
    parameters = dict(_flat(example.parameters, {name for column in columns for name in _names(column)}))
    found: dict[str, str] = {}
    for column in columns:
        parts = [_condition(column, name, parameters[name]) for name in _names(column) if name in parameters]
        if parts:
            found[column["column_name"]] = " AND ".join(parts)
    return found


def _names(column: Row) -> list[str]:
    return str(column["parameter"]).split(", ") if column["parameter"] else []


def _flat(parameters: Mapping[str, Any], bound: set[str]) -> Iterator[tuple[str, Any]]:
    for name, value in parameters.items():
        if name in bound or not isinstance(value, dict | list):
            yield name, value
        else:  # the body, which the cases call `body` or by a name of its own
            yield from _members("" if isinstance(value, dict) else "$", value, bound)


def _members(path: str, value: Any, bound: set[str]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _members(f"{path}.{name}" if path else name, inner, bound)
    elif isinstance(value, list) and any(name.startswith(f"{path}[].") for name in bound):
        gathered: dict[str, list[Any]] = {}
        for element in value:
            for name, inner in _members(f"{path}[]", element, bound):
                gathered.setdefault(name, []).append(inner)
        yield from gathered.items()
    elif isinstance(value, list) and any(isinstance(each, dict | list) for each in value):
        yield path, json.dumps(value)
    else:
        yield path, value


def _condition(column: Row, name: str, value: Any) -> str:
    operators = str(column["operators"]).split(", ")
    values = value if isinstance(value, list) else [value]
    if isinstance(value, list) and operators == ["="] and column["arrow_type"] == "string":
        values = list(dict.fromkeys(value))
        values = [",".join(map(str, values))] if len(values) > 1 else values  # one value that names them all
    literals = list(dict.fromkeys(literal(each, column["arrow_type"]) for each in values))
    if "=" in operators:
        return f"{column['column_name']} IN ({', '.join(literals)})"
    is_lower = _names(column).index(name) == 0 and operators[0] in (">=", ">")
    chosen = next(operator for operator in operators if operator[0] == (">" if is_lower else "<"))
    return f"{column['column_name']} {chosen} {literals[0]}"


def literal(value: Any, arrow_type: str) -> str:
    """A value as SQL of the column's type; raises Unaskable."""
    text = json.dumps(value) if isinstance(value, bool | dict | list) else str(value)
    quoted = "'" + text.replace("'", "''") + "'"
    if arrow_type == "string":
        return quoted
    if arrow_type.startswith(("timestamp", "date32")) and not text[:4].isdigit():
        raise Unaskable(text)
    if arrow_type.startswith("timestamp"):
        return f"TIMESTAMPTZ {quoted}"
    if arrow_type.startswith("date32"):
        return f"DATE {quoted}"
    if arrow_type == "bool":
        if text.lower() not in ("true", "false"):
            raise Unaskable(text)
        return text.lower()
    try:
        float(text)
    except ValueError:
        raise Unaskable(text) from None
    return text
