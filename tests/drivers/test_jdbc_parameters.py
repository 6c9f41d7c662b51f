"""Parameters of every kind through JDBC, which converts what is set to the type that it was told."""

import pytest

from tests.drivers.jdbc_driver import VERSIONS, bound, driver
from tests.drivers.test_jdbc import properties, url
from tests.server_fixtures import Stack

ORDERS = "SELECT count(*) AS n FROM orders.orders WHERE purchase_date >= TIMESTAMP '2026-05-01' AND "

COUNTED = [
    ("number_of_items_shipped = ?", "setInt", "1", "1"),
    ("number_of_items_shipped = ?", "setLong", "1", "1"),
    ("number_of_items_shipped = ?", "setShort", "1", "1"),
    ("number_of_items_shipped = ?", "setDouble", "0.5", "0.5"),
    ("number_of_items_shipped > ?", "setDouble", "0.5", "0.5"),
    ("number_of_items_shipped > ?", "setFloat", "0.5", "0.5"),
    ("number_of_items_shipped > ?", "setBigDecimal", "0.5", "0.5"),
    ("order_total_amount > ?", "setBigDecimal", "20.50", "20.50"),
    ("order_total_amount > ?", "setInt", "20", "20"),
    ("order_total_amount > ?", "setLong", "20", "20"),
    ("order_total_amount > ?", "setDouble", "20.5", "20.5"),
    ("order_total_amount = ?", "setBigDecimal", "41.3000001", "41.3000001"),
    ("order_total_amount > round(?, 1)", "setDouble", "50.25", "50.25"),
    ("order_total_amount > abs(?)", "setInt", "-50", "-50"),
    ("order_status = ?", "setString", "Shipped", "'Shipped'"),
    ("upper(order_status) LIKE ?", "setString", "S%", "'S%'"),
    ("is_prime = ?", "setBoolean", "true", "TRUE"),
    ("purchase_date >= ?", "setTimestamp", "2026-06-01 12:30:15.25", "TIMESTAMP '2026-06-01 12:30:15.25'"),
    ("CAST(purchase_date AS DATE) = ?", "setDate", "2026-06-02", "DATE '2026-06-02'"),
    ("purchase_date::DATE = ?", "setDate", "2026-06-02", "DATE '2026-06-02'"),
    ("purchase_date >= CAST(? AS DATE)", "setDate", "2026-06-02", "DATE '2026-06-02'"),
    ("purchase_date < ? + INTERVAL 1 DAY", "setTimestamp", "2026-06-02 00:00:00", "TIMESTAMP '2026-06-02'"),
    ("year(purchase_date) = year(?)", "setTimestamp", "2026-06-02 00:00:00", "TIMESTAMP '2026-06-02'"),
    ("number_of_items_shipped = ?::INT", "setInt", "1", "1"),
    ("number_of_items_shipped = CAST(? AS BIGINT)", "setLong", "1", "1"),
    ("order_total_amount > CAST(? AS DECIMAL(10, 2))", "setBigDecimal", "20.50", "20.50"),
    ("order_status = CAST(? AS VARCHAR)", "setString", "Shipped", "'Shipped'"),
    ("order_status = ?", "setNull", "12", "NULL"),
]

TOLD = [
    ("SELECT ?", "setString", "text", "text"),
    ("SELECT ?::BIGINT", "setLong", "9007199254740993", "9007199254740993"),
    ("SELECT ?::DOUBLE", "setDouble", "2.5", "2.5"),
    ("SELECT ?::BOOLEAN", "setBoolean", "true", "true"),
    ("SELECT ?::DATE", "setDate", "2026-06-02", "2026-06-02"),
    ("SELECT year(?)", "setTimestamp", "2026-06-02 00:00:00", "2026"),
    ("SELECT round(?, 1)", "setDouble", "1.26", "1.3"),
    ("SELECT ? + 1", "setInt", "1", "2.0"),
    ("SELECT count(*) FROM (SELECT order_status FROM orders.orders WHERE purchase_date >= TIMESTAMP '2026-05-01' "
     "GROUP BY 1 HAVING count(*) > ?) t", "setInt", "1000000", "0"),
    ("SELECT count(*) FROM (SELECT 1 FROM orders.orders WHERE purchase_date >= TIMESTAMP '2026-05-01' LIMIT ?) t",
     "setInt", "2", "2"),
]  # fmt: skip


# Setter, value, the same written out. What may not be told from another value when it comes as a double is refused.
NUMBERS = [
    ("setByte", "1", "1"),
    ("setShort", "1", "1"),
    ("setInt", "1", "1"),
    ("setInt", "-2147483648", "-2147483648"),
    ("setLong", "20", "20"),
    ("setLong", "9007199254740991", "9007199254740991"),
    ("setLong", "9007199254740993", ""),
    ("setLong", "-9007199254740993", ""),
    ("setLong", "9223372036854775807", ""),
    ("setObject", "20", "20"),
    ("setObject", "9007199254740993", ""),
    ("setFloat", "0.5", "0.5"),
    ("setDouble", "0.5", "0.5"),
    ("setDouble", "20.5", "20.5"),
    ("setDouble", "1e300", "1e300"),
    ("setDouble", "-1e300", "-1e300"),
    ("setBigDecimal", "20.50", "20.50"),
    ("setBigDecimal", "20", "20"),
    ("setBigDecimal", "41.3000001", "41.3000001"),
    ("setBigDecimal", "12345678901234567.89", ""),
    ("setNull", "4", "NULL"),
]
TEXTS = [("setString", "Shipped", "'Shipped'"), ("setString", "1", "'1'"), ("setNull", "12", "NULL")]
FLAGS = [("setBoolean", "true", "TRUE"), ("setBoolean", "false", "FALSE"), ("setNull", "16", "NULL")]
DAYS = [("setDate", "2026-06-02", "DATE '2026-06-02'"), ("setNull", "91", "NULL")]
INSTANTS = [
    ("setTimestamp", "2026-06-02 01:02:03", "TIMESTAMP '2026-06-02 01:02:03'"),
    ("setTimestamp", "2026-06-02 01:02:03.456", "TIMESTAMP '2026-06-02 01:02:03.456'"),
    ("setNull", "93", "NULL"),
]
OF_COLUMN = {
    "number_of_items_shipped": NUMBERS,
    "order_total_amount": NUMBERS,
    "number_of_items_shipped + 1": NUMBERS,
    "length(order_status)": NUMBERS,
    "order_status": TEXTS,
    "is_prime": FLAGS,
    "CAST(purchase_date AS DATE)": DAYS,
    "purchase_date": INSTANTS,
    "date_trunc('day', purchase_date)": INSTANTS,
}
COMPARED = ["? > {}", "{} BETWEEN ? AND ?", "(? IS NULL OR {} = ?)"]

# A driver that refuses says so; it makes numbers of dates, dates of ints and times of longs, which nobody can tell.
OF_ANOTHER_KIND = {
    "number_of_items_shipped": [*TEXTS[:2], *FLAGS[:2]],
    "order_total_amount": [*TEXTS[:2], *FLAGS[:2]],
    "order_status": [*NUMBERS[:-1], *FLAGS[:2], *DAYS[:1], *INSTANTS[:2]],
    "is_prime": [*NUMBERS[:-1], *TEXTS[:2], *DAYS[:1], *INSTANTS[:2]],
    "CAST(purchase_date AS DATE)": [("setLong", "20", ""), ("setDouble", "20.5", ""), *TEXTS[:2], *INSTANTS[:2]],
    "purchase_date": [("setInt", "20", ""), ("setDouble", "20.5", ""), *TEXTS[:2], *FLAGS[:2], *DAYS[:1]],
}

PLACES = [
    ("SELECT quantile_cont(x, ?) FROM range(10) t(x)", "setDouble", "0.5", "4.5"),
    ("SELECT quantile_cont(x, ?) FROM range(10) t(x)", "setBigDecimal", "0.5", "4.5"),
    ("SELECT percentile_cont(?) WITHIN GROUP (ORDER BY x) FROM range(10) t(x)", "setDouble", "0.5", "4.5"),
    ("SELECT round(1.256, ?)", "setInt", "2", "1.26"),
    ("SELECT ?||'x'", "setString", "a", "ax"),
    ("SELECT [10, 20, 30][?]", "setInt", "2", "20"),
    ("SELECT substr('abcdef', ?, ?)", "setInt", "2", "bc"),
    ("SELECT left('abc', ? + 1)", "setInt", "1", "ab"),
    ("SELECT repeat('x', ?)", "setLong", "3", "xxx"),
    ("SELECT max(x) FROM range(?) t(x)", "setInt", "3", "2"),
    ("SELECT x FROM range(9) t(x) ORDER BY x LIMIT ? OFFSET ?", "setInt", "2", "2"),
    ("SELECT 1 LIMIT ?", "setLong", "9223372036854775807", "1"),
    ("SELECT CASE WHEN ? THEN 1 ELSE 2 END", "setBoolean", "false", "2"),
    ("SELECT CASE WHEN x = ? THEN ? ELSE -1 END FROM (SELECT CAST(1 AS BIGINT) AS x) t", "setInt", "1", "1.0"),
    ("SELECT coalesce(x, ?) FROM (SELECT CAST(NULL AS BIGINT) AS x) t", "setInt", "7", "7.0"),
    ("SELECT date_trunc(?, DATE '2026-06-02')", "setString", "month", "2026-06-01 00:00:00.0"),
    ("SELECT year(?)", "setTimestamp", "2026-06-02 00:00:00", "2026"),
    ("SELECT CAST(? + INTERVAL 1 DAY AS DATE)", "setTimestamp", "2026-06-02 00:00:00", "2026-06-03"),
    ("SELECT CAST(DATE '2026-06-02' + INTERVAL (?) DAY AS DATE)", "setInt", "1", "2026-06-03"),
    ("SELECT ?::INT", "setInt", "7", "7"),
    ("SELECT ?::INT", "setDouble", "2.7", "3"),
    ("SELECT ?::INT", "setBigDecimal", "2.7", "3"),
    ("SELECT CAST(CAST(? AS VARCHAR) AS BIGINT)", "setString", "9007199254740993", "9007199254740993"),
    ("SELECT CAST(CAST(? AS VARCHAR) AS DECIMAL(38, 2))", "setString", "12345678901234567.89", "12345678901234567.89"),
    ("SELECT $1", "setString", "a", "a"),
    ("SELECT $1 + $1", "setInt", "3", "6.0"),
]


@pytest.fixture(scope="module", params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    driver(request.param)  # skips before anything is started
    return str(request.param)


def test_a_value_that_was_set_is_compared_as_what_it_is(stack: Stack, version: str) -> None:
    told = bound(
        version, url(stack), [(ORDERS + sql, setter, value) for sql, setter, value, _ in COUNTED], properties(stack)
    )
    expected = [stack.query(ORDERS + sql.replace("?", f"({written})"))[0]["n"] for sql, _, _, written in COUNTED]
    asked = [(sql, setter, value) for sql, setter, value, _ in COUNTED]
    assert dict(zip(asked, told, strict=True)) == dict(zip(asked, map(str, expected), strict=True))


def test_a_value_that_was_set_comes_back(stack: Stack, version: str) -> None:
    told = bound(version, url(stack), [(sql, setter, value) for sql, setter, value, _ in TOLD], properties(stack))
    assert told == [expected for *_, expected in TOLD]


def test_no_value_becomes_another_on_its_way_to_a_column(stack: Stack, version: str) -> None:
    """Every setter by every kind of column: it counts as if it were written there, or it is refused."""
    cases = [
        (condition.format(column), setter, value, constant)
        for column, values in OF_COLUMN.items()
        for setter, value, constant in values
        for condition in COMPARED
    ]
    asked = [(ORDERS + sql, setter, value) for sql, setter, value, _ in cases]
    told = dict(zip(cases, bound(version, url(stack), asked, properties(stack)), strict=True))
    refused = {case: text for case, text in told.items() if not case[3]}
    assert all("parameter 1 came as a double of 2^53 or more" in text for text in refused.values()), refused
    written = {case: ORDERS + case[0].replace("?", case[3]) for case in cases if case[3]}
    with stack.connected() as connection, connection.cursor() as cursor:
        expected = {case: str(cursor.execute(sql).fetchone()[0]) for case, sql in written.items()}
    assert {case: told[case] for case in expected} == expected


def test_a_value_of_another_kind_is_refused(stack: Stack, version: str) -> None:
    cases = [
        (f"{ORDERS}{column} = ?", setter, value)
        for column, values in OF_ANOTHER_KIND.items()
        for setter, value, _ in values
    ]
    told = dict(zip(cases, bound(version, url(stack), cases, properties(stack)), strict=True))
    assert {case: text for case, text in told.items() if not text.startswith("FAILED")} == {}


def test_a_parameter_stands_wherever_a_constant_may(stack: Stack, version: str) -> None:
    told = bound(version, url(stack), [(sql, setter, value) for sql, setter, value, _ in PLACES], properties(stack))
    assert dict(zip(PLACES, told, strict=True)) == {place: place[3] for place in PLACES}
