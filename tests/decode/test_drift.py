"""Values of another JSON type than declared: coerced where nothing is lost, refused otherwise."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from catalog.table import Column, DeclaredType
from flight_server.decode import decoder
from flight_server.errors import UnexpectedAnswer
from tests.decode.sample_pages import decoded, page, rows

TEN = datetime(2024, 1, 15, 10, tzinfo=UTC)

COERCED: list[tuple[DeclaredType, str, object]] = [
    ("string", '"a"', "a"),
    ("string", '""', ""),
    ("string", "12345", "12345"),
    ("string", "12.50", "12.50"),
    ("string", "1E5", "1E5"),
    ("string", "-0", "-0"),
    ("string", "123456789012345678901234567890", "123456789012345678901234567890"),
    ("string", "true", "true"),
    ("string", '{"b": [1.10, null]}', '{"b":[1.10,null]}'),
    ("string", '["ü"]', '["ü"]'),
    ("string", '"\\u00fc\\"\\n"', 'ü"\n'),
    ("int64", "3", 3),
    ("int64", '"3"', 3),
    ("int64", "3.0", 3),
    ("int64", '""', None),
    ("int64", "9223372036854775807", 2**63 - 1),
    ("double", "1.5", 1.5),
    ("double", "3", 3.0),
    ("double", '"1.5"', 1.5),
    ("double", '""', None),
    ("double", "1e-400", 0.0),
    ("decimal", '"12.5"', Decimal("12.5")),
    ("decimal", "12.5", Decimal("12.5")),
    ("decimal", "12", Decimal(12)),
    ("decimal", "0.1000000000", Decimal("0.1")),
    ("decimal", "1.5e2", Decimal(150)),
    ("decimal", '""', None),
    ("decimal", "16.663333333333334", Decimal("16.663333")),  # computed in doubles
    ("decimal", "3.4400000000000004", Decimal("3.44")),
    ("decimal", "-0.30000000000000004", Decimal("-0.3")),
    ("decimal", "0.0000005", Decimal(0)),
    ("decimal", "0.0000015", Decimal("0.000002")),
    ("decimal", "0.00000050000000000000000000000001", Decimal("0.000001")),
    ("decimal", "-2.5E-6", Decimal("-0.000002")),
    ("decimal", "1e-235", Decimal(0)),
    ("decimal", "12345678901234567890.12345678", Decimal("12345678901234567890.123457")),
    ("decimal", "90071992547409.93", Decimal("90071992547409.93")),
    ("decimal", "12345678901234567890.123456", Decimal("12345678901234567890.123456")),  # no double holds it
    ("bool", "true", True),
    ("bool", '"False"', False),
    ("bool", '""', None),
    ("timestamp", '"2024-01-15T10:00:00Z"', TEN),
    ("timestamp", '"2024-01-15T19:00:00+09:00"', TEN),
    ("timestamp", '"2024-01-15T10:00Z"', TEN),
    ("timestamp", '"2024-01-15T10:00:00.000000000"', TEN),
    ("timestamp", '"2024-01-15"', TEN.replace(hour=0)),
    ("timestamp", "1705312800000", TEN),
    ("timestamp", "1.7053128E9", TEN),
    ("timestamp", '"1.7053128E9"', TEN),
    ("timestamp", '""', None),
    ("date", '"2024-01-15"', date(2024, 1, 15)),
    ("date", '"2024-01-15T00:00:00Z"', date(2024, 1, 15)),
    ("date", '""', None),
    ("json", '{"b":[1.10,"\\u00fc"]}', '{"b":[1.10,"ü"]}'),
    ("json", '"a"', '"a"'),
    ("json", "[]", "[]"),
    ("json", '"null"', '"null"'),
]

REFUSED: list[tuple[DeclaredType, str]] = [
    ("int64", "3.5"),
    ("int64", '"3.5"'),
    ("int64", "1180591620717411303424"),
    ("int64", "true"),
    ("int64", "{}"),
    ("int64", '"abc"'),
    ("double", "1e400"),
    ("double", '"NaN"'),
    ("double", '"-inf"'),
    ("double", "true"),
    ("double", "[1]"),
    ("decimal", '"abc"'),
    ("decimal", '"1.2345678"'),
    ("decimal", '"16.663333333333334"'),  # a text was not computed in doubles
    ("decimal", "1e33"),
    ("decimal", "1e999"),
    ("decimal", "99999999999999999999999999999999.9999999"),
    ("decimal", '"1E-235"'),  # Arrow's own cast gives 0
    ("decimal", f'"4{"0" * 32}"'),  # and here 59717633079061536536625392568231.788544
    ("decimal", f"4{'0' * 32}"),
    ("decimal", f'"0.{"0" * 60}1"'),
    ("decimal", "false"),
    ("decimal", "{}"),
    ("bool", "1"),
    ("bool", "0.0"),
    ("bool", '"Y"'),
    ("timestamp", '"2024-13-01T00:00:00Z"'),
    ("timestamp", '"2024-02-30T00:00:00.000Z"'),
    ("timestamp", "20240115"),
    ("timestamp", "true"),
    ("timestamp", "{}"),
    ("date", '"2024-02-30"'),
    ("date", '"2024-01-15T10:00:00Z"'),
    ("date", "1705312800000"),
]


@pytest.mark.parametrize(("declared_type", "json_text", "expected"), COERCED)
def test_a_value_keeps_its_meaning(declared_type: DeclaredType, json_text: str, expected: object) -> None:
    assert decoded(json_text, declared_type) == expected


@pytest.mark.parametrize(("declared_type", "json_text"), REFUSED)
def test_a_value_that_would_change_is_refused(declared_type: DeclaredType, json_text: str) -> None:
    with pytest.raises(UnexpectedAnswer, match="column a"):
        decoded(json_text, declared_type)


@pytest.mark.parametrize("declared_type", ["string", "int64", "double", "decimal", "bool", "timestamp", "date", "json"])
def test_null_and_missing_are_null(declared_type: DeclaredType) -> None:
    assert decoded("null", declared_type) is None


def test_a_refusal_names_column_member_operation_request_and_value() -> None:
    columns = [Column("things_a", "int64", "things[].a")]
    pages = (page('{"things":[{"a":1}]}', request_id="r-1"), page('{"things":[{"a":1},{"a":"x' + "y" * 99 + '"}]}'))
    with pytest.raises(UnexpectedAnswer) as caught:
        rows("things[]", columns, *pages)
    message = caught.value.message
    for expected in ("getThings", "things_a", "things[].a", "int64", "'x" + "y" * 59 + "…'", "request-1"):
        assert expected in message
    assert caught.value.detail.request_id == "request-1"
    assert caught.value.detail.operation_id == "getThings"


def test_a_refusal_never_shows_a_restricted_value() -> None:
    columns = [Column("phone", "int64", "things[].phone", restricted="buyerInfo")]
    with pytest.raises(UnexpectedAnswer, match="personal data") as caught:
        rows("things[]", columns, page('{"things":[{"phone":"+49 30 123456"}]}'))
    assert "123456" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("elements", "is_shown"), [((), False), (("buyerInfo",), True)], ids=["whole operation", "another element"]
)
def test_nor_any_value_of_an_operation_that_is_restricted_as_a_whole(elements: tuple[str, ...], is_shown: bool) -> None:
    sent = page('{"things":[{"phone":"+49 30 123456"}]}')
    call = replace(sent.call, needs_restricted_token=True, restricted_elements=elements)
    told: list[str] = []
    decoder("things[]", (Column("phone", "int64", "things[].phone"),))([replace(sent, call=call)], told.append)
    assert ("123456" in told[0]) == is_shown


def test_a_refusal_of_a_child_value_names_the_page_that_held_it() -> None:
    columns = [Column("n", "int64", "things[].parts[].n")]
    first = page('{"things":[{"parts":[{"n":1},{"n":2}]},{"parts":[]}]}', request_id="r-1")
    second = page('{"things":[{},{"parts":[{"n":3},{"n":"x"}]}]}', request_id="r-2")
    third = page('{"things":[{"parts":[{"n":4}]}]}', request_id="r-3")
    with pytest.raises(UnexpectedAnswer, match="request id r-2"):
        rows("things[].parts[]", columns, first, second, third)


def test_numbers_and_texts_beside_each_other_keep_their_rules() -> None:
    columns = [Column("a", "decimal", "t[].a")]
    body = '{"t":[{"a":0.30000000000000004},{"a":"0.5"},{"a":7},{"a":""},{"a":null},{"a":1e-9}]}'
    wanted = [Decimal("0.3"), Decimal("0.5"), Decimal(7), None, None, Decimal(0)]
    assert rows("t[]", columns, page(body)) == [(value,) for value in wanted]
    with pytest.raises(UnexpectedAnswer, match=r"'0\.30000000000000004'"):
        rows("t[]", columns, page('{"t":[{"a":0.30000000000000004},{"a":"0.30000000000000004"}]}'))


def test_drift_in_one_column_leaves_the_others_alone() -> None:
    columns = [Column("a", "int64", "t[].a"), Column("b", "string", "t[].b"), Column("c", "decimal", "t[].c")]
    body = '{"t":[{"a":1,"b":"x","c":"1.5"},{"a":"2","b":7.0,"c":2},{"a":3,"b":null,"c":""}]}'
    assert rows("t[]", columns, page(body)) == [
        (1, "x", Decimal("1.5")),
        (2, "7.0", Decimal(2)),
        (3, None, None),
    ]
