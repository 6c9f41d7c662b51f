"""Cells of delimited documents: numbers and dates as marketplaces write them, and what cannot be read."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from catalog.table import DeclaredType
from flight_server.errors import UnexpectedAnswer
from tests.decode.documents.report_tables import DE, IN, JP, UK, US, column_of, hand_made, rows_of


def cells(declared: DeclaredType, texts: list[str], marketplace: str = US, **said: Any) -> list[Any]:
    table = hand_made({"id": "string", "cell": declared})
    sent = "id\tcell\n" + "".join(f"{number}\t{text}\n" for number, text in enumerate(texts))
    return column_of(sent.encode(), table, "cell", marketplaces=[marketplace], **said)


@pytest.mark.parametrize(
    ("texts", "marketplace", "numbers"),
    [
        (["1141,18", "-0,5", "7", ""], DE, ["1141.18", "-0.5", "7", None]),
        (["1.141,18", "1.250", "2,50"], DE, ["1141.18", "1250", "2.50"]),
        (["1.250", "9.99"], DE, ["1.250", "9.99"]),
        (["1,250", "7"], DE, ["1.250", "7"]),
        (["1,250", "7"], US, ["1250", "7"]),
        (["1,234,567.89", "-3423.78"], US, ["1234567.89", "-3423.78"]),
        (["1,00,000.50", "100,00"], IN, ["100000.50", "100.00"]),
        (["1 017,95", "1\u00a0000,00"], DE, ["1017.95", "1000.00"]),
        (["1E+2", "0E-8", "16.663333333333334", " 2.5 "], US, ["100", "0", "16.663333", "2.5"]),
    ],
)
def test_a_number_is_read_by_the_signs_of_its_document(
    texts: list[str], marketplace: str, numbers: list[str | None]
) -> None:
    wanted = [None if number is None else Decimal(number) for number in numbers]
    assert cells("decimal", texts, marketplace) == wanted


def test_a_number_beyond_the_digits_of_a_decimal_is_no_other_number() -> None:
    for size in (40, 1):
        texts = ["1.50"] * 60_000 + ["4" + "0" * 32] * size
        told: list[str] = []
        assert cells("decimal", texts, note=told.append)[-1] is None
        assert len(told) == size


@pytest.mark.parametrize(
    ("text", "marketplace", "instant"),
    [
        ("2026-07-06T00:00:00-0700", US, "2026-07-06T07:00:00"),
        ("2026-06-05T02:11:00+09:00", JP, "2026-06-04T17:11:00"),
        ("2026-03-13 20:21:38 UTC", US, "2026-03-13T20:21:38"),
        ("14.03.2023 07:49:55 UTC", DE, "2023-03-14T07:49:55"),
        ("29/09/2025 16:19:39 BST", UK, "2025-09-29T15:19:39"),
        ("24/03/2011 09:29:39 GMT", UK, "2011-03-24T09:29:39"),
        ("2021-11-07 01:30:00 PST", US, "2021-11-07T09:30:00"),
        ("2021-11-07 01:30:00 PDT", US, "2021-11-07T08:30:00"),
        ("2026-01-15 10:00:00 MEZ", DE, "2026-01-15T09:00:00"),
        ("17/06/2025 18:00:00 MESZ", DE, "2025-06-17T16:00:00"),
        ("2026/01/15 10:00:00 JST", JP, "2026-01-15T01:00:00"),
        ("2026-01-15 10:00:00 IST", IN, "2026-01-15T04:30:00"),
        ("10-Jul-2026", US, "2026-07-10T00:00:00"),
        ("07/31/2026 1:05:00 PM", US, "2026-07-31T13:05:00"),
    ],
)
def test_a_time_is_read_in_every_form_that_was_seen(text: str, marketplace: str, instant: str) -> None:
    wanted = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert cells("timestamp", [text, "", "2026-01-01T00:00:00Z"], marketplace)[:2] == [wanted, None]


@pytest.mark.parametrize(
    ("texts", "marketplace", "days"),
    [
        (["07/06/2026", "12/31/2025"], US, [(2026, 7, 6), (2025, 12, 31)]),
        (["07/06/2026", "31/12/2025"], US, [(2026, 6, 7), (2025, 12, 31)]),
        (["07/06/2026"], US, [(2026, 7, 6)]),
        (["07/06/2026"], UK, [(2026, 6, 7)]),
        (["05.11.26", "31.12.2025"], DE, [(2026, 11, 5), (2025, 12, 31)]),
        (["13-02-2026", "10-Jul-2026"], IN, [(2026, 2, 13), (2026, 7, 10)]),
        (["06/2026"], US, [(2026, 6, 1)]),
    ],
)
def test_which_of_day_and_month_comes_first_is_settled_by_the_column(
    texts: list[str], marketplace: str, days: list[tuple[int, int, int]]
) -> None:
    assert cells("date", texts, marketplace) == [date(*day) for day in days]


def test_dates_that_turn_out_to_be_in_the_other_order_are_an_error() -> None:
    texts = ["01/02/2026"] * 200_000 + ["31/01/2026"]
    with pytest.raises(UnexpectedAnswer, match="the day or the month"):
        cells("date", texts, US)


def test_flags_are_read_as_words_too() -> None:
    assert cells("bool", ["true", "FALSE", "Y", "n", "Yes", ""]) == [True, False, True, False, True, None]


def test_a_cell_that_cannot_be_read_is_an_error_that_says_where_it_stands() -> None:
    texts = ["1"] * 300_000 + ["many", "2"]
    with pytest.raises(UnexpectedAnswer, match=r"row 300001 of .* column cell .*: 'many'; .*OnBadValue=Null"):
        cells("int64", texts)


def test_a_cell_that_cannot_be_read_is_null_where_that_is_wanted_and_no_row_is_lost() -> None:
    told: list[str] = []
    texts = ["1"] * 300_000 + ["many", "2", "few"]
    assert cells("int64", texts, note=told.append)[-3:] == [None, 2, None]
    assert ["row 300001" in told[0], "row 300003" in told[1], len(told)] == [True, True, 2]


def test_what_may_be_personal_is_not_shown() -> None:
    table = hand_made({"id": "string", "cell": "int64"}, restricted=True)
    with pytest.raises(UnexpectedAnswer, match="value not shown") as caught:
        rows_of(b"id\tcell\n1\tMiller\n", table)
    assert "Miller" not in str(caught.value)
