"""Every type of bound value beside every kind of column, through the ADBC driver: it counts as if it were written."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import adbc_driver_manager
import numpy as np
import pyarrow as pa
import pytest

from tests.server_fixtures import Stack

PERIOD = "purchase_date >= TIMESTAMP '2026-05-01'"
INSTANT = datetime.fromisoformat("2026-06-01T12:30:15.250")

PLAIN = {
    "1": pa.array([1]),
    str(2**53 + 1): pa.array([2**53 + 1]),
    str(2**64 - 1): pa.array([2**64 - 1], pa.uint64()),
    "0.5::DOUBLE": pa.array([0.5]),
    "'nan'::DOUBLE": pa.array([float("nan")]),
    "20.50": pa.array([Decimal("20.50")]),
    "'Shipped'": pa.array(["Shipped"]),
    "'2026-06-01'": pa.array(["2026-06-01"]),
    "TRUE": pa.array([True]),
    "DATE '2026-06-01'": pa.array([date(2026, 6, 1)]),
    f"TIMESTAMP '{INSTANT}'": pa.array([INSTANT]),
    f"TIMESTAMPTZ '{INSTANT}+00'": pa.array([INSTANT], pa.timestamp("us", "America/New_York")),
    "NULL": pa.nulls(1),
    "NULL::TIMESTAMP": pa.array([None], pa.timestamp("ms")),
    "TIME '12:00'": pa.array([time(12)]),
    "INTERVAL 1 DAY": pa.array([timedelta(days=1)]),
    "'x'::BLOB": pa.array([b"x"]),
}
OTHERWISE_PACKED = [
    ("1", pa.array([1], pa.int8())),
    ("0.5::DOUBLE", pa.array(np.array([0.5], np.float16))),
    ("0.1::FLOAT", pa.array([0.1], pa.float32())),
    ("20.50", pa.array([Decimal("20.50")], pa.decimal32(5, 2))),
    ("20.50", pa.array([Decimal("20.50")], pa.decimal256(50, 2))),
    ("'Shipped'", pa.array(["Shipped"], pa.string_view())),
    ("'Shipped'", pa.array(["Shipped"], pa.large_string())),
    ("'Shipped'", pa.RunEndEncodedArray.from_arrays(pa.array([1], pa.int32()), pa.array(["Shipped"]))),
    ("NULL", pa.DictionaryArray.from_arrays(pa.array([None], pa.int32()), pa.array(["Shipped"]))),
]
DICTIONARIES = [
    (written, array.dictionary_encode())
    for written, array in PLAIN.items()
    if written not in ("NULL", "TRUE") and not pa.types.is_duration(array.type)
]
VALUES = [*PLAIN.items(), *OTHERWISE_PACKED, *DICTIONARIES]

COLUMNS = [
    "number_of_items_shipped",
    "order_total_amount",
    "order_status",
    "is_prime",
    "purchase_date",
    "CAST(purchase_date AS DATE)",
    "length(order_status)",
]
COMPARED = ["{} >= ?", "{} IN (?, ?)"]


@pytest.mark.parametrize("column", COLUMNS)
def test_every_type_counts_as_if_it_were_written(stack: Stack, column: str) -> None:
    """But for whole numbers beside texts, which are read as texts: written, they are an error."""
    with stack.connected() as connection, connection.cursor() as cursor:
        for compared in COMPARED:
            sql = f"SELECT count(*) FROM orders.orders WHERE {PERIOD} AND {compared.format(column)}"
            for written, array in VALUES:
                told = answer(
                    cursor, sql, pa.RecordBatch.from_arrays([array] * sql.count("?"), ["a", "b"][: sql.count("?")])
                )
                expected = answer(cursor, sql.replace("?", f"({written})"))
                if expected is None and column == "order_status" and pa.types.is_integer(plain(array)):
                    continue
                assert told == expected, (written, array.type, compared)


def plain(array: pa.Array) -> pa.DataType:
    return array.type.value_type if pa.types.is_dictionary(array.type) else array.type


def answer(cursor: Any, sql: str, parameters: Any = None) -> int | None:
    """The count, None where it is refused; never by an internal error."""
    try:
        cursor.execute(sql, parameters)
        return int(cursor.fetchone()[0])
    except adbc_driver_manager.Error as error:
        assert "INVALID_ARGUMENT" in str(error), error
        return None


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (np.int64(1), 1),
        (np.float64(0.5), 0.5),
        (np.str_("Shipped"), "Shipped"),
        (np.bool_(True), True),
        (np.datetime64("2026-06-01T01:02:03"), datetime.fromisoformat("2026-06-01T01:02:03")),
    ],
)
def test_values_of_numpy_are_taken(stack: Stack, value: Any, told: Any) -> None:
    assert stack.query("SELECT ? AS v", (value,)) == [{"v": told}]
