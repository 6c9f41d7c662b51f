"""Every expression of `dialect_values.txt` has the value that it has at home, through the real driver and server."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.server_fixtures import Stack

ROWS = "(VALUES (3, CAST('2026-01-31' AS date), 'x'), (4, CAST('2026-01-31' AS date), 'x')) AS t(n, d, name)"


def _written() -> Iterator[tuple[str, str, str]]:
    dialect = ""
    for line in Path(__file__).with_name("dialect_values.txt").read_text().splitlines():
        if line.startswith("["):
            dialect = line.strip("[]")
        elif line and not line.startswith("#"):
            expression, value = line.rsplit(" => ", 1)
            yield dialect, expression, value


VALUES = list(_written())


@pytest.fixture(scope="module")
def connections(stack: Stack) -> Iterator[dict[str, Any]]:
    with (
        stack.connected(SqlDialect="tsql") as tsql,
        stack.connected(SqlDialect="postgres") as postgres,
        stack.connected(SqlDialect="mysql") as mysql,
    ):
        yield {"tsql": tsql, "postgres": postgres, "mysql": mysql}


def test_there_are_enough_of_them() -> None:
    assert len(VALUES) >= 150
    assert {dialect for dialect, *_ in VALUES} == {"tsql", "postgres", "mysql"}


@pytest.mark.parametrize(("dialect", "expression", "value"), VALUES)
def test_an_expression_has_the_value_that_it_has_at_home(
    dialect: str, expression: str, value: str, connections: dict[str, Any]
) -> None:
    with connections[dialect].cursor() as cursor:
        if value.startswith("!"):
            with pytest.raises(Exception, match=re.escape(value[1:])):
                cursor.execute(_query(dialect, expression))
                cursor.fetchall()
            return
        cursor.execute(_query(dialect, expression))
        found = _plain(cursor.fetchall()[0][0])
    with duckdb.connect() as engine:
        wanted = _plain(engine.execute(f"SELECT {value}").fetchall()[0][0])
    assert found == (pytest.approx(wanted) if isinstance(wanted, float) else wanted)
    assert isinstance(wanted, bool) == isinstance(found, bool)
    assert isinstance(wanted, int | float) or type(found) is type(wanted)


def _query(dialect: str, expression: str) -> str:
    if dialect == "tsql" and re.search(r"\bLIKE\b", expression):
        expression = f"IIF({expression}, CAST(1 AS BIT), CAST(0 AS BIT))"  # a condition is no value there
    return (
        f"SELECT {expression} AS x FROM {ROWS}"
        if re.search(r"\b(n|d|name)\b", expression)
        else f"SELECT {expression} AS x"
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
