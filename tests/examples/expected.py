"""The rows that an example's body holds, walked by `row_path` and each column's `member`; no code of the product."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

Row = Mapping[str, Any]

TYPES = {
    "string": pa.string(),
    "int64": pa.int64(),
    "double": pa.float64(),
    "bool": pa.bool_(),
    "decimal128(38, 6)": pa.decimal128(38, 6),
    "timestamp[us, tz=UTC]": pa.timestamp("us", tz="UTC"),
    "date32[day]": pa.date32(),
}


def rows(body: Any, row_path: str, columns: Sequence[Row]) -> list[dict[str, Any]]:
    """One dict a row; columns without a member are left out."""
    return [
        {
            column["column_name"]: typed(_member(levels, column["member"]), column["arrow_type"])
            for column in columns
            if column["member"]
        }
        for levels in _walk(body, _steps(row_path), "", {"": body})
    ]


def _steps(path: str) -> list[str]:
    return [step for step in path.removeprefix("$").replace("[]", ".[]").split(".") if step]


def _walk(value: Any, steps: list[str], at: str, levels: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if value is None:
        return
    if not steps:
        yield levels
        return
    step, *rest = steps
    if step == "[]":
        for element in value:
            yield from _walk(element, rest, f"{at}[]", {**levels, f"{at}[]": element})
    elif isinstance(value, dict):
        below = f"{at}.{step}" if at else step
        yield from _walk(value.get(step), rest, below, {**levels, below: value.get(step)})


def _member(levels: dict[str, Any], member: str) -> Any:
    path = member.removeprefix("$")
    level = max((each for each in levels if _is_at_or_below(path, each)), key=len)
    value = levels[level]
    for step in _steps(path[len(level) :].removeprefix(".")):
        if step == "[]":
            return value
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _is_at_or_below(path: str, level: str) -> bool:
    return level == "" or path == level or path.startswith((f"{level}.", f"{level}[]"))


def typed(value: Any, arrow_type: str) -> Any:
    """A JSON value as Python has the column's type; text for text, also of objects."""
    if value is None or (value == "" and arrow_type != "string"):
        return None
    if arrow_type == "string":
        return value if isinstance(value, str) else json.dumps(value)
    if arrow_type == "bool":
        return value if isinstance(value, bool) else {"true": True, "false": False}[str(value).lower()]
    if arrow_type == "int64":
        return int(value)
    if arrow_type == "double":
        return float(value)
    if arrow_type.startswith("decimal"):
        return Decimal(str(value))
    if arrow_type.startswith("date32"):
        return date.fromisoformat(str(value)[:10])
    return _instant(str(value))


def _instant(text: str) -> datetime:
    for form in ("%a %b %d %H:%M:%S %Z %Y",):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    if text.replace(".", "").replace("E", "").isdigit():
        return datetime.fromtimestamp(float(text), UTC)
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
