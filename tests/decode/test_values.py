from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from catalog.table import DeclaredType
from flight_server.decode.values import from_text


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]  # year to microsecond, as given


READ: list[tuple[DeclaredType, str, object]] = [
    ("timestamp", "2024-01-15T10:00:00Z", utc(2024, 1, 15, 10)),
    ("timestamp", "2024-01-15T10:00:00.123Z", utc(2024, 1, 15, 10, 0, 0, 123000)),
    ("timestamp", "2024-01-15T10:00:00.123456789Z", utc(2024, 1, 15, 10, 0, 0, 123456)),
    ("timestamp", "2024-01-15T10:00:00.1234569", utc(2024, 1, 15, 10, 0, 0, 123456)),
    ("timestamp", "2024-01-15T10:00:00", utc(2024, 1, 15, 10)),
    ("timestamp", "2024-01-15T10:00Z", utc(2024, 1, 15, 10)),
    ("timestamp", "2024-01-15 10:00:00", utc(2024, 1, 15, 10)),
    ("timestamp", "2024-01-15", utc(2024, 1, 15)),
    ("timestamp", "2024-01-15T10:00:00+09:00", utc(2024, 1, 15, 1)),
    ("timestamp", "2024-01-15T10:00:00.5-0730", utc(2024, 1, 15, 17, 30, 0, 500000)),
    ("timestamp", " 2024-01-15T10:00:00Z ", utc(2024, 1, 15, 10)),
    ("timestamp", "Mon Oct 28 18:49:32 UTC 2019", utc(2019, 10, 28, 18, 49, 32)),
    ("timestamp", "1.569521782042E9", utc(2019, 9, 26, 18, 16, 22, 42000)),
    ("timestamp", "1569521782042", utc(2019, 9, 26, 18, 16, 22, 42000)),
    ("timestamp", "1569521782", utc(2019, 9, 26, 18, 16, 22)),
    ("timestamp", "", None),
    ("date", "2024-02-29", date(2024, 2, 29)),
    ("date", "2024-02-29T00:00:00.000Z", date(2024, 2, 29)),
    ("date", "", None),
    ("int64", "3", 3),
    ("int64", "3.0", 3),
    ("int64", "1e3", 1000),
    ("int64", "-9223372036854775808", -(2**63)),
    ("int64", "0e999999999", 0),
    ("int64", "", None),
    ("double", "1.5", 1.5),
    ("double", "-2E-3", -0.002),
    ("double", "", None),
    ("decimal", "0.1", Decimal("0.1")),
    ("decimal", "-12345678901234567890123456789012.123456", Decimal("-12345678901234567890123456789012.123456")),
    ("decimal", "1.10000000000000000000", Decimal("1.1")),
    ("decimal", "0e99", Decimal(0)),
    ("decimal", " ", None),
    ("bool", "True", True),
    ("bool", "FALSE", False),
    ("bool", "", None),
    ("string", " a ", " a "),
    ("string", "", ""),
    ("json", "[1]", "[1]"),
]

REFUSED: list[tuple[DeclaredType, str]] = [
    ("timestamp", "2024-02-30T00:00:00.000Z"),
    ("timestamp", "2024-13-01T00:00:00Z"),
    ("timestamp", "2024-01-15T24:00:00Z"),
    ("timestamp", "2024-01-15T10:00:00+25:00"),
    ("timestamp", "2024-01-15T10:00:00+01:60"),
    ("timestamp", "0001-01-01T00:00:00+05:00"),
    ("timestamp", "Mon Okt 28 18:49:32 UTC 2019"),
    ("timestamp", "Mon Oct 28 18:49:32 PDT 2019"),  # a zone without an offset
    ("timestamp", "20240115"),
    ("timestamp", "0"),
    ("timestamp", "10:00"),
    ("timestamp", "tomorrow"),
    ("date", "2024-02-30"),
    ("date", "2024-02-28T00:00:01Z"),
    ("date", "20240228"),
    ("int64", "3.5"),
    ("int64", "9223372036854775808"),
    ("int64", "1180591620717411303424"),
    ("int64", "1e999999999"),
    ("int64", "1e-999999999"),
    ("int64", "true"),
    ("int64", "1_000"),
    ("int64", "٣"),  # a digit for Python, not for JSON
    ("double", "1e400"),
    ("double", "NaN"),
    ("double", "inf"),
    ("double", "0x10"),
    ("decimal", "abc"),
    ("decimal", "1,5"),
    ("decimal", "0.0000001"),
    ("decimal", "123456789012345678901234567890123"),
    ("decimal", "1e999999999"),
    ("decimal", "1e-999999999"),
    ("bool", "yes"),
    ("bool", "1"),
]


@pytest.mark.parametrize(("declared_type", "text", "expected"), READ)
def test_a_text_is_read_exactly(declared_type: DeclaredType, text: str, expected: object) -> None:
    assert from_text(text, declared_type) == expected


@pytest.mark.parametrize(("declared_type", "text"), REFUSED)
def test_a_text_that_holds_no_such_value_is_refused(declared_type: DeclaredType, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_text(text, declared_type)
