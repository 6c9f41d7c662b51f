from collections.abc import Sequence
from typing import cast

import duckdb
import pyarrow as pa
import pytest

from flight_server import __version__
from flight_server.planner.reading.dialects import engine_sql
from flight_server.planner.reading.parse import parse
from flight_server.protocol.column_metadata import with_column_metadata
from flight_server.protocol.result_schemas import SQL_INFO, XDBC_TYPE_INFO
from flight_server.protocol.sql_info import (
    DATETIME_FUNCTIONS,
    FACTS,
    KEYWORDS,
    NUMERIC_FUNCTIONS,
    STRING_FUNCTIONS,
    SYSTEM_FUNCTIONS,
    conversions,
    sql_info,
)
from flight_server.protocol.type_info import TYPES, type_info

MEMBERS = ["string_value", "bool_value", "bigint_value", "int32_bitmask", "string_list", "int32_to_int32_list_map"]

# The member that each code must have: JDBC casts to it, ODBC reinterprets as it.
EXPECTED_MEMBERS = (
    dict.fromkeys((0, 1, 2, 504, 513, 514, 529, 530, 531), "string_value")
    | dict.fromkeys((3, 4, 5, 9, 500, 501, 502, 506, 515, 516, 518, 519, 520, 521, 523, 524, 527, 532), "bool_value")
    | dict.fromkeys((536, 537, 539, 556, 563, 565, 566, 572, 573, 574, 575, 576), "bool_value")
    | dict.fromkeys((503, 505, 507, *range(541, 556), *range(557, 563)), "bigint_value")
    | dict.fromkeys((8, 100, 101, 522, 525, 526, 528, 533, 534, 535, 538, 540, 564, *range(567, 572)), "int32_bitmask")
    | dict.fromkeys(range(508, 513), "string_list")
    | {517: "int32_to_int32_list_map"}
)

FUNCTION_CALLS = {
    "ATAN2": "atan2(1, 1)",
    "BIT_LENGTH": "bit_length('abc')",
    "CONCAT": "concat('a', 'b')",
    "CURDATE": "{fn CURDATE()}",
    "CURTIME": "{fn CURTIME()}",
    "DAYOFWEEK": "nullif({fn DAYOFWEEK(DATE '2026-03-01')} = 1, false)",
    "LOG": "nullif({fn LOG(2.718281828459045)} BETWEEN 0.999 AND 1.001, false)",
    "TIMESTAMPADD": "{fn TIMESTAMPADD(SQL_TSI_DAY, 1, DATE '2026-03-01')}",
    "TIMESTAMPDIFF": "{fn TIMESTAMPDIFF(SQL_TSI_DAY, DATE '2026-03-01', DATE '2026-03-03')}",
    "CURRENT_DATE": "current_date",
    "CURRENT_TIME": "current_time",
    "CURRENT_TIMESTAMP": "current_timestamp",
    "EXTRACT": "extract(year FROM DATE '2026-03-01')",
    "IFNULL": "ifnull(NULL, 2)",
    "INSERT": "insert('abc', 1, 1, 'x')",
    "LEFT": "left('abc', 2)",
    "LOCATE": "locate('b', 'abc')",
    "MOD": "mod(5, 3)",
    "NOW": "now()",
    "OCTET_LENGTH": "octet_length('abc'::BLOB)",
    "PI": "pi()",
    "POSITION": "position('b' IN 'abc')",
    "POWER": "power(2, 3)",
    "RAND": "rand()",
    "REPEAT": "repeat('a', 2)",
    "REPLACE": "replace('abc', 'b', 'x')",
    "RIGHT": "right('abc', 2)",
    "ROUND": "round(1.55, 1)",
    "SPACE": "space(2)",
    "CHAR": "char(65)",
    "SUBSTRING": "substring('abc', 2, 1)",
    "TRUNCATE": "truncate(1.55, 1)",
}
"""Calls that take more, or other, than one argument of their group's type."""


class Samples(dict[tuple[str, str], str]):
    """A literal of the source type that the target type can hold."""

    def __missing__(self, key: tuple[str, str]) -> str:
        target, source = key
        of_kind = {"DATE": "'2026-03-01'", "TIME": "'01:02:03'", "TIMESTAMP": "'2026-03-01 01:02:03'"}
        return of_kind.get(source) or of_kind.get(target) or "'1'"


SAMPLES = Samples()


def values(table: pa.Table) -> dict[int, object]:
    return {row["info_name"]: row["value"] for row in table.to_pylist()}


def test_every_code_that_drivers_know_is_answered_and_no_other() -> None:
    assert set(FACTS) == set(EXPECTED_MEMBERS)
    assert set(values(sql_info())) == {*range(6), 8, 9, 100, 101, *range(500, 577)}


@pytest.mark.parametrize("code", sorted(EXPECTED_MEMBERS))
def test_every_value_sits_in_the_member_that_drivers_cast_to(code: int) -> None:
    column = sql_info([code])["value"].chunk(0)
    assert MEMBERS[column.type_codes[0].as_py()] == EXPECTED_MEMBERS[code]


def test_the_union_has_six_children_in_order_even_for_no_rows() -> None:
    for table in (sql_info(), sql_info([9999]), sql_info([0])):
        assert table.schema.equals(SQL_INFO)
        assert isinstance(table.schema.field("value").type, pa.DenseUnionType)
        assert [table.schema.field("value").type.field(number).name for number in range(6)] == MEMBERS
        table.validate(full=True)
    assert not SQL_INFO.field("value").nullable
    assert not SQL_INFO.field("info_name").nullable


def test_the_union_survives_the_wire() -> None:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, SQL_INFO) as writer:
        writer.write_table(sql_info())
    assert pa.ipc.open_stream(sink.getvalue()).read_all().to_pylist() == sql_info().to_pylist()


def test_only_codes_asked_for_come_back_once_each_and_in_order() -> None:
    assert list(values(sql_info([508, 0, 0, 7777]))) == [0, 508]
    assert sql_info([6, 7]).num_rows == 0


def test_bulk_ingestion_is_denied_only_to_who_asks() -> None:
    assert values(sql_info([10, 11])) == {10: False, 11: False}
    assert not {10, 11} & set(values(sql_info()))


def test_facts_about_this_server() -> None:
    told = values(sql_info())
    assert (told[0], told[1], told[2]) == ("spapi-flight", __version__, pa.__version__)
    assert (told[3], told[8], told[504], told[513], told[531]) == (True, 0, '"', "\\", "catalog")
    assert told[526] == 2


def test_keywords_are_words_of_the_engine() -> None:
    known = {
        row[0].upper() for row in duckdb.connect().execute("SELECT keyword_name FROM duckdb_keywords()").fetchall()
    }
    assert set(KEYWORDS.split()) <= known
    assert {"SELECT", "TABLE", "CURRENT_DATE"}.isdisjoint(KEYWORDS.split())
    assert {"QUALIFY", "ILIKE", "LIMIT", "PIVOT"} <= set(KEYWORDS.split())


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        *((name, "1") for name in NUMERIC_FUNCTIONS.split()),
        *((name, "'abc'") for name in (STRING_FUNCTIONS + " " + SYSTEM_FUNCTIONS).split()),
        *((name, "TIMESTAMP '2026-03-01 01:02:03'") for name in DATETIME_FUNCTIONS.split()),
    ],
)
def test_every_function_announced_works_when_called(name: str, argument: str) -> None:
    call = FUNCTION_CALLS.get(name, f"{name}({argument})")
    sql = engine_sql(parse(f"SELECT ({call}) IS NOT NULL").nodes.tree)
    with duckdb.connect() as connection:
        assert connection.execute(sql).fetchall() == [(True,)]


@pytest.mark.parametrize(("source", "targets"), conversions().items(), ids=list(conversions()))
def test_every_conversion_announced_works_when_called(source: str, targets: Sequence[str]) -> None:
    with duckdb.connect() as connection:
        for target in targets:
            call = f"{{fn CONVERT({{fn CONVERT({SAMPLES[target, source]}, SQL_{source})}}, SQL_{target})}}"
            sql = engine_sql(parse(f"SELECT ({call}) IS NOT NULL").nodes.tree)
            assert connection.execute(sql).fetchall() == [(True,)], call


def test_what_can_be_converted_is_told_by_code() -> None:
    told = dict(cast("list[tuple[int, list[int]]]", values(sql_info([517]))[517]))
    assert len(told) == 17
    assert {4, 16} <= set(told[16])  # a timestamp to a date
    assert {3, 19, 5, 0} <= set(told[7])  # an integer to texts and numbers


def test_type_rows_are_sorted_by_code_and_name() -> None:
    rows = type_info().to_pylist()
    order = [(row["data_type"], row["type_name"]) for row in rows]
    assert order == sorted(order)
    assert len(rows) == len(TYPES) == 14


def test_type_rows_have_the_schema_of_the_specification() -> None:
    table = type_info()
    assert table.schema.equals(XDBC_TYPE_INFO, check_metadata=True)
    table.validate(full=True)
    assert [field.name for field in table.schema if not field.nullable] == [
        "type_name",
        "data_type",
        "nullable",
        "case_sensitive",
        "searchable",
        "fixed_prec_scale",
        "sql_data_type",
    ]
    assert str(table.schema.field("create_params").type) == "list<item: string not null>"


@pytest.mark.parametrize(
    ("code", "names"),
    [(12, ["VARCHAR"]), (93, ["TIMESTAMP", "TIMESTAMP WITH TIME ZONE"]), (-9, []), (-3, ["BLOB"]), (0, [])],
)
def test_types_are_found_by_code(code: int, names: list[str]) -> None:
    assert type_info(code)["type_name"].to_pylist() == names


def test_dates_and_times_share_one_sql_type_and_differ_by_subcode() -> None:
    rows = {row["type_name"]: row for row in type_info().to_pylist()}
    assert [
        (rows[name]["sql_data_type"], rows[name]["datetime_subcode"]) for name in ("DATE", "TIME", "TIMESTAMP")
    ] == [
        (9, 1),
        (9, 2),
        (9, 3),
    ]
    assert rows["DECIMAL"]["create_params"] == ["precision", "scale"]


def test_every_type_name_of_a_result_is_one_that_is_listed() -> None:
    arrow_types = [
        *(pa.bool_(), pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.float32(), pa.float64(), pa.decimal128(20, 0)),
        *(pa.utf8(), pa.binary(), pa.date32(), pa.time64("ns"), pa.timestamp("us"), pa.timestamp("us", "UTC")),
    ]
    described = with_column_metadata(pa.schema([pa.field(str(number), t) for number, t in enumerate(arrow_types)]))
    names = [field.metadata[b"ARROW:FLIGHT:SQL:TYPE_NAME"].decode() for field in described]
    assert sorted(names) == sorted(xdbc_type.type_name for xdbc_type in TYPES)
