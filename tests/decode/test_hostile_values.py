"""Any JSON in any place: a value, null and told, or an error that names column and operation. Never anything else."""

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.table import Column, DeclaredType, ListOf, Nested, StructOf
from flight_server.decode import decoder
from flight_server.errors import UnexpectedAnswer
from flight_server.plan import Page
from tests.decode.sample_pages import page
from tests.decode.test_properties import NESTED

TYPES: tuple[DeclaredType, ...] = get_args(DeclaredType)
EXTREME = st.sampled_from(
    [
        "1e999", "-1E999", "1E-235", "1e99999999999", "9" * 5000, "0." + "1" * 5000, "1" * 39, "-0", str(2**63), "1e18",
        '"2024-02-30"', '"0000-00-00T00:00:00Z"', '"9999-12-31T23:59:59-14:00"', '"0001-01-01T00:00:00+14:00"',
        '"N/A"', '" "', '"\\u0000"', '"\\ud83d\\ude00"', "[]", "{}", '""', "[[]]", "[{}]", '{"a":{"a":{}}}', "[null]",
        "[" * 300 + "]" * 300, '"' + "x" * 100_000 + '"', '{"a":1,"a":"x"}', "true", "false",
    ]
)  # fmt: skip
ANYTHING = st.one_of(NESTED, EXTREME)
PLACES = ("t[].a", "t[].a.b", "t[].a.b.c", "a")
NESTED_TYPES: tuple[Nested, ...] = (
    ListOf("decimal"),
    ListOf(ListOf("timestamp")),
    StructOf((("a", "a", "int64"), ("b", "b", ListOf("json")))),
    ListOf(StructOf((("a", "a", "bool"), ("b", "b", StructOf((("c", "c", "date"),)))))),
)


def holding(member: str, value: str) -> Page:
    """Two rows, the first without the member, the second with this value in its place."""
    names = member.removeprefix("t[].").split(".")
    inner = "".join(f'{{"{name}":' for name in names[:-1])
    holder = f'"{names[0]}":' + inner.removeprefix(f'{{"{names[0]}":') + (f'{{"{names[-1]}":' if len(names) > 1 else "")
    held = holder + value + "}" * (len(names) - 1)
    return page(f'{{{held},"t":[{{"z":1}},{{"z":2}}]}}' if member == "a" else f'{{"t":[{{"z":1}},{{"z":2,{held}}}]}}')


def check(column: Column, answer: Page, *, is_counted_once: bool = True) -> None:
    """Decode both ways and compare: what is an error with Error is null and told with Null, all else is the same."""
    decode = decoder("t[]", (column, Column("z", "int64", "t[].z")))
    told: list[str] = []
    lenient = decode([answer], told.append)
    lenient.validate(full=True)
    assert lenient.column("z").to_pylist() == [1, 2]
    if not told:
        assert decode([answer]).equals(lenient)
        return
    with pytest.raises(UnexpectedAnswer) as caught:
        decode([answer])
    for message in (*told, caught.value.message):
        assert f"getThings sent a value for column {column.name} " in message
        assert len(message) < 500
    assert "OnBadValue=Null" in caught.value.message
    if column.nested is None:
        assert len(told) == 1
        assert lenient.column(column.name)[1].as_py() is None


@given(st.sampled_from(TYPES), st.sampled_from(PLACES), ANYTHING)
def test_any_json_in_the_place_of_a_value(declared_type: DeclaredType, member: str, value: str) -> None:
    check(Column("v", declared_type, member), holding(member, value))


@given(st.sampled_from(TYPES), st.sampled_from(("t[].a.b", "t[].a.b.c")), ANYTHING)
def test_any_json_in_the_place_of_an_object(declared_type: DeclaredType, member: str, value: str) -> None:
    check(Column("v", declared_type, member), holding("t[].a", value))


@given(st.sampled_from(TYPES), st.integers(0, 1), ANYTHING)
def test_any_json_in_the_place_of_a_divided_text(declared_type: DeclaredType, part: int, value: str) -> None:
    check(Column("v", declared_type, "t[].a", split="--", part=part), holding("t[].a", value))


@given(st.sampled_from(NESTED_TYPES), st.sampled_from(("t[].a", "t[].a.b")), ANYTHING, st.booleans())
def test_any_json_in_the_place_of_a_list_or_a_struct(nested: Nested, member: str, value: str, is_inside: bool) -> None:
    held = f'[{value},{{"a":{value},"b":{{"c":{value}}}}}]' if is_inside else value
    check(Column("v", "json", member, nested=nested), holding(member, held))


@given(st.sampled_from(("t[]", "t", "t.a", "t[].a", "t[].a[]", "$", "$[]")), ANYTHING)
def test_any_json_on_the_way_to_the_rows(row_path: str, value: str) -> None:
    member = f"{row_path}.v" if row_path != "$" else "v"
    body = value if row_path.startswith("$") else f'{{"t":{value}}}'
    told: list[str] = []
    try:
        record_batch = decoder(row_path, (Column("v", "int64", member),))([page(body)], told.append)
    except UnexpectedAnswer as error:
        assert "getThings sent an answer that cannot be read" in error.message
        assert " belongs" in error.message
        assert json.loads(body, parse_int=str) not in ({}, [], "", None)
        return
    record_batch.validate(full=True)
    assert record_batch.num_rows >= len(told)


def told_of(*columns: Column, body: str) -> tuple[list[dict[str, Any]], list[str]]:
    told: list[str] = []
    return decoder("t[]", columns)([page(body)], told.append).to_pylist(), told


def test_each_value_that_became_null_is_told_once() -> None:
    columns = (
        Column("n", "int64", "t[].n"),
        Column("whole", "json", "t[].o"),
        Column("amount", "decimal", "t[].o.Amount"),
        Column("currency", "string", "t[].o.Currency"),
    )
    rows, told = told_of(*columns, body='{"t":[{"n":1,"o":"7 USD"},{"n":"x","o":{"Amount":"1"}},{"n":2.5}]}')
    assert [row["n"] for row in rows] == [1, None, None]
    assert [row["whole"] for row in rows] == ['"7 USD"', '{"Amount":"1"}', None]
    assert [str(row["amount"]) for row in rows] == ["None", "1.000000", "None"]
    assert sorted(message.split(" (")[0].split(" column ")[1] for message in told) == ["amount", "currency", "n", "n"]


def test_a_value_above_the_rows_is_told_once_for_all_of_them() -> None:
    columns = (Column("at", "timestamp", "at"), Column("v", "string", "t[].v"))
    rows, told = told_of(*columns, body='{"at":"soon","t":[{"v":"a"},{"v":"b"}]}')
    assert rows == [{"at": None, "v": "a"}, {"at": None, "v": "b"}]
    assert len(told) == 1


def test_an_echo_that_cannot_be_read_is_an_error_in_any_case() -> None:
    columns = (Column("n", "int64", is_echo=True), Column("v", "string", "t[].v"))
    with pytest.raises(UnexpectedAnswer, match="was asked for n = 'x'") as caught:
        decoder("t[]", columns)([page('{"t":[{"v":"a"}]}', {"n": "x"})], lambda _: None)
    assert "OnBadValue" not in caught.value.message
