"""Every column of the catalog reads odd values by the rule of its type, wherever in an answer it stands."""

from decimal import Decimal
from typing import Any

import pytest

import catalog
from catalog.table import Column, DeclaredType, Table
from flight_server.decode import decoder
from flight_server.errors import UnexpectedAnswer
from tests.decode.sample_pages import page

TABLES = [
    table
    for table in catalog.load().tables
    if table.operation is not None and (table.report is None or table.report.format != "delimited")
]
BAD = "unreadable"
TIMES: dict[DeclaredType, object] = {"timestamp": BAD, "date": BAD}

RULES: list[tuple[str, dict[DeclaredType, object]]] = [
    (
        "16.663333333333334",
        {
            "string": "16.663333333333334",
            "json": "16.663333333333334",
            "decimal": Decimal("16.663333"),
            "double": 16.663333333333334,
            "int64": BAD,
            "bool": BAD,
            **TIMES,
        },
    ),
    (
        '"16.663333333333334"',
        {
            "string": "16.663333333333334",
            "json": '"16.663333333333334"',
            "decimal": BAD,
            "double": 16.663333333333334,
            "int64": BAD,
            "bool": BAD,
            **TIMES,
        },
    ),
    ('"N/A"', {"string": "N/A", "json": '"N/A"', "decimal": BAD, "double": BAD, "int64": BAD, "bool": BAD, **TIMES}),
    ('""', {"string": ""}),
    (
        r'{"1\/2" : "Tools \u0026 Home"}',
        {
            "string": '{"1/2":"Tools & Home"}',
            "json": '{"1/2":"Tools & Home"}',
            "decimal": BAD,
            "double": BAD,
            "int64": BAD,
            "bool": BAD,
            **TIMES,
        },
    ),
]


def answer(table: Table, columns: tuple[Column, ...], value: str) -> str:
    """One row, in which each of the columns has the value."""
    tree: dict[str, Any] = {}
    for member in (table.row_path, *(column.member for column in columns)):
        held = tree
        for name in member.removeprefix("$").replace("[]", ".[]").split("."):
            held = held.setdefault(name, {}) if name else held
    return written(tree, value)


def written(tree: dict[str, Any], value: str) -> str:
    if not tree:
        return value
    if "[]" in tree:
        return f"[{written(tree['[]'], value)}]"
    return "{" + ",".join(f'"{name}":{written(inner, value)}' for name, inner in tree.items()) + "}"


def outermost(table: Table) -> tuple[Column, ...]:
    """The columns that come out of an answer, without those within or around others."""
    sent = [column for column in table.columns if column.member and not column.split]
    members = {column.member for column in sent} | {table.row_path}
    return tuple(
        column
        for column in sent
        if not any(other.startswith((f"{column.member}.", f"{column.member}[]")) for other in members)
    )


@pytest.mark.parametrize(("value", "rules"), RULES, ids=[value for value, _ in RULES])
def test_every_column_reads_it_by_its_type(value: str, rules: dict[DeclaredType, object]) -> None:
    for table in TABLES:
        columns = outermost(table)
        told: list[str] = []
        decode, sent = decoder(table.row_path, columns), page(answer(table, columns, value))
        (row,) = decode([sent], told.append).to_pylist()
        wanted = {column.name: rules.get(column.declared_type) for column in columns}
        assert row == {name: None if rule is BAD else rule for name, rule in wanted.items()}, table.qualified_name
        bad = [column for column in columns if wanted[column.name] is BAD]
        assert len(told) == len(bad), table.qualified_name
        for column in bad:
            assert any(f"column {column.name} " in each for each in told)
            assert not column.restricted or "N/A" not in next(each for each in told if f" {column.name} " in each)
        if bad:
            with pytest.raises(UnexpectedAnswer, match="OnBadValue=Null"):
                decode([sent])
