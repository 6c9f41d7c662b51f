"""Whatever Amazon sends: a value arrives as it was sent or is refused; the fast way and the exact way agree."""

import json
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, get_args

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from catalog.table import Column, DeclaredType
from flight_server.decode.columns import exact_array, plain_array
from flight_server.decode.json_rows import Number
from flight_server.errors import UnexpectedAnswer
from tests.decode.sample_pages import decoded, page, rows

TYPES: tuple[DeclaredType, ...] = tuple(declared for declared in get_args(DeclaredType) if declared != "json")


NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,40})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
NUMBER_TEXTS = st.from_regex(r"[+-]?[0-9]{0,40}\.?[0-9]{0,25}([eE][+-]?[0-9]{0,3})?", fullmatch=True)
TIME_TEXTS = st.from_regex(
    r"(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]([T ][0-2][0-9](:[0-6][0-9](:[0-6][0-9](\.[0-9]{1,10})?)?)?"
    r"(Z|[+-][0-2][0-9](:?[0-6][0-9])?)?)?",
    fullmatch=True,
)
ODD_TEXTS = st.sampled_from(
    ["", " ", "NaN", "inf", "-Infinity", "nan", "true", "False", "null", "0x1F", "1_0", "１", "1 "]
)
TEXTS = st.one_of(st.text(max_size=12), NUMBER_TEXTS, TIME_TEXTS, ODD_TEXTS)
SCALARS = st.one_of(NUMBERS, TEXTS.map(json.dumps), st.sampled_from(["true", "false", "null"]))
NESTED = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]"),
        st.dictionaries(st.text(max_size=3), inner, max_size=3).map(
            lambda held: "{" + ",".join(f"{json.dumps(key)}:{value}" for key, value in held.items()) + "}"
        ),
    ),
    max_leaves=6,
)


def meant(json_text: str) -> str | None:
    """What the JSON text says, as text: the second, independent reading."""
    value: Any = json.loads(json_text, parse_float=str, parse_int=str)
    if isinstance(value, str):
        return value
    return None if value is None else json_text


class Digits(str):
    """A number as it was written."""


def written(value: Any) -> str:
    """JSON in its plainest spelling, by the standard library."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{written(key)}:{written(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return f"[{','.join(map(written, value))}]"
    return value if isinstance(value, Digits) else json.dumps(value, ensure_ascii=False)


def instant(text: str) -> datetime:
    """The standard library's reading of a time; its digits beyond microseconds are cut, too."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        number = Decimal(text)
        seconds = number if number < 10**11 else number / 1000
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(seconds * 10**6))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@given(st.sampled_from(TYPES), NESTED)
def test_drift_never_changes_a_value_unseen(declared_type: DeclaredType, json_text: str) -> None:
    text = meant(json_text)
    try:
        value = decoded(json_text, declared_type)
    except UnexpectedAnswer:
        assert declared_type != "string"
        return
    if value is None:
        assert text is None or (declared_type != "string" and not text.strip())
        return
    assert text is not None
    if declared_type == "string":
        assert value == text or json.loads(str(value), parse_float=str) == json.loads(json_text, parse_float=str)
    elif declared_type == "decimal" and not json_text.startswith('"'):
        assert value == Decimal(text).quantize(Decimal("0.000001"), ROUND_HALF_EVEN, Context(prec=100))
    elif declared_type in ("int64", "decimal"):
        assert value == Decimal(text)
    elif declared_type == "double":
        assert value == float(text)
    elif declared_type == "bool":
        assert str(value).lower() == text.strip().lower()
    else:
        assert value == instant(text.strip()) if declared_type == "timestamp" else str(value) == text.strip()[:10]


@given(st.sampled_from(TYPES), st.lists(SCALARS, max_size=4))
def test_the_fast_way_gives_what_the_exact_way_gives(declared_type: DeclaredType, json_texts: list[str]) -> None:
    body = f"[{','.join(json_texts)}]".encode()
    plain = plain_array(msgspec.json.Decoder(list[Any], float_hook=Number).decode(body), declared_type)
    if plain is None:
        return
    exact = exact_array(msgspec.json.decode(body, type=list[msgspec.Raw]), declared_type)
    for bad in exact.bad_values:
        raise AssertionError(f"Arrow read {json_texts[bad.number]} as {plain[bad.number]}")
    assert plain.equals(exact.array)


@given(st.lists(NESTED, max_size=4))
def test_json_columns_hold_what_was_sent_in_plain_spelling(json_texts: list[str]) -> None:
    body = '{"t":[' + ",".join(f'{{"a":{text}}}' for text in json_texts) + "]}"
    found = [value for (value,) in rows("t[]", [Column("a", "json", "t[].a")], page(body))]
    for text, value in zip(json_texts, found, strict=True):
        expected = written(json.loads(text, parse_int=Digits, parse_float=Digits))
        assert value == (None if expected in ("null", '""') else expected)


@given(
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)),  # noqa: DTZ001 - hypothesis wants naive bounds
    st.integers(-14 * 60, 14 * 60),
    st.sampled_from(["microseconds", "milliseconds", "seconds"]),
)
def test_an_instant_survives_any_zone(moment: datetime, offset_minutes: int, precision: str) -> None:
    instant = moment.replace(tzinfo=UTC)
    cut = datetime.fromisoformat(instant.isoformat(timespec=precision))
    sign, (hours, minutes) = "-" if offset_minutes < 0 else "+", divmod(abs(offset_minutes), 60)
    local = (cut + timedelta(minutes=offset_minutes)).replace(tzinfo=None).isoformat(timespec=precision)
    assert decoded(f'"{local}{sign}{hours:02}:{minutes:02}"', "timestamp") == cut


@given(st.lists(st.lists(st.lists(st.integers(0, 9), max_size=3), max_size=3), max_size=3))
def test_child_rows_are_the_nested_loops_over_the_arrays(tree: list[list[list[int]]]) -> None:
    bodies = [json.dumps({"a": [{"k": i, "b": [{"v": v} for v in vs]} for i, vs in enumerate(each)]}) for each in tree]
    columns = [Column("k", "int64", "a[].k"), Column("i", "int64", is_index=True), Column("v", "int64", "a[].b[].v")]
    expected = [(k, i, v) for each in tree for k, vs in enumerate(each) for i, v in enumerate(vs)]
    assert rows("a[].b[]", columns, *(page(body) for body in bodies)) == expected
