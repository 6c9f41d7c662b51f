"""The answers to GetSqlInfo: a table of facts, and its rows as Arrow.

Knows no catalog and no query. Codes, union members and values are negotiated with nobody: JDBC casts each value to the
member that it expects, ODBC reinterprets it, and ADBC looks for transactions in the bitmask only. JDBC also fails at
every later metadata call if a code that it knows is missing, or one that it does not know is present.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

import pyarrow as pa

from flight_server import __version__
from flight_server.protocol.result_schemas import SQL_INFO, SQL_INFO_MEMBERS

UnionMember = Literal[
    "string_value", "bool_value", "bigint_value", "int32_bitmask", "string_list", "int32_to_int32_list_map"
]

SERVER_NAME = "spapi-flight"

KEYWORDS = (
    "ABORT ACCESS AGGREGATE ALSO ANALYSE ANALYZE ANTI APPROX ASOF ATTACH BACKWARD BIT CACHE CENTURIES CENTURY "
    "CHECKPOINT CLASS CLUSTER COLUMNS COMMENT COMMENTS COMPRESSION CONCURRENTLY CONFIGURATION CONFLICT CONTENT "
    "CONVERSION COPY COST CSV DATABASE DAYS DECADE DECADES DELIMITER DELIMITERS DEPENDS DESTROY DETACH DICTIONARY "
    "DISABLE DISCARD DISTANCE DO DOCUMENT ENABLE ENCODING ENCRYPTED ENUM ERROR EVENT EXACT EXCLUSIVE EXPLAIN EXPORT "
    "EXPORT_STATE EXTENSION EXTENSIONS FAMILY FORCE FORWARD FREEZE FUNCTIONS GLOB GROUPING_ID GROUPS HANDLER HEADER "
    "HOURS IF IGNORE ILIKE IMMUTABLE IMPLICIT IMPORT INCLUDE INDEX INDEXES INHERIT INHERITS INLINE INSTALL INSTEAD "
    "ISNULL JSON LABEL LAMBDA LEAKPROOF LIMIT LISTEN LOAD LOCATION LOCK LOCKED LOGGED MACRO MAPPING MATERIALIZED "
    "MICROSECOND MICROSECONDS MILLENNIA MILLENNIUM MILLISECOND MILLISECONDS MINUTES MODE MONTHS MOVE NEAREST NOTHING "
    "NOTIFY NOTNULL NOWAIT OFF OFFSET OIDS OPERATOR OWNED OWNER PARALLEL PARSER PARTITIONED PASSING PASSWORD PERCENT "
    "PERSISTENT PIVOT PIVOT_LONGER PIVOT_WIDER PLANS POLICY POSITIONAL PRAGMA PREPARED PROCEDURAL PROGRAM PUBLICATION "
    "QUALIFY QUARTER QUARTERS QUOTE REASSIGN RECHECK REFRESH REGISTER REINDEX RENAME REPLACE REPLICA RESET RESOURCE "
    "RESOURCES RESPECT RETURNING RULE SAMPLE SCHEMAS SECONDS SECRET SECURE SEMI SEQUENCES SERVER SETOF SHARE SHOW "
    "SIMILARITY SKIP SNAPSHOT SORTED STABLE STANDALONE STATISTICS STDIN STDOUT STORAGE STORED STRICT STRIP STRUCT "
    "SUBSCRIPTION SUMMARIZE SYSID TABLES TABLESPACE TARGET TEMP TEMPLATE TEXT TRUNCATE TRUSTED TRY_CAST TUPLE TYPES "
    "UNENCRYPTED UNLISTEN UNLOGGED UNPACK UNPIVOT UNTIL USE VACUUM VALID VALIDATE VALIDATOR VARIABLE VARIADIC VERBOSE "
    "VERSION VIEWS VIRTUAL VOLATILE WEEK WEEKS WHITESPACE WRAPPER XML XMLATTRIBUTES XMLCONCAT XMLELEMENT XMLEXISTS "
    "XMLFOREST XMLNAMESPACES XMLPARSE XMLPI XMLROOT XMLSERIALIZE XMLTABLE YEARS YES "
)
"""Words of DuckDB 2.0 (`duckdb_keywords()`) that SQL:2003 does not have."""

# Names of the JDBC and ODBC vocabulary whose plain call means here what it means there, or whose escape does: LOG,
# DAYOFWEEK, TIMESTAMPADD and the like count only within `{fn ...}`, which is how tools write what they are told here.
NUMERIC_FUNCTIONS = (
    "ABS ACOS ASIN ATAN ATAN2 CEILING COS COT DEGREES EXP FLOOR LOG LOG10 MOD PI POWER RADIANS RAND ROUND SIGN SIN "
    "SQRT TAN TRUNCATE"
)
STRING_FUNCTIONS = (
    "ASCII BIT_LENGTH CHAR CHARACTER_LENGTH CHAR_LENGTH CONCAT INSERT LCASE LEFT LENGTH LOCATE LTRIM OCTET_LENGTH "
    "POSITION REPEAT REPLACE RIGHT RTRIM SPACE SUBSTRING UCASE"
)
SYSTEM_FUNCTIONS = "IFNULL"
DATETIME_FUNCTIONS = (
    "CURDATE CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURTIME DAYNAME DAYOFMONTH DAYOFWEEK DAYOFYEAR EXTRACT HOUR "
    "MINUTE MONTH MONTHNAME NOW QUARTER SECOND TIMESTAMPADD TIMESTAMPDIFF WEEK YEAR"
)

_TEXTS = {
    0: SERVER_NAME,
    1: __version__,
    2: pa.__version__,
    504: '"',  # quotes identifiers
    513: "\\",  # escapes % and _ in patterns
    514: "",  # further characters in unquoted names
    529: "schema",
    530: "procedure",
    531: "catalog",  # a text here switches catalogs on in ODBC
}

_TRUE = (
    3,  # read only
    4,  # SQL
    9,  # cancel
    506,  # all tables are selectable
    515,  # column aliases
    516,  # NULL + NULL is NULL
    518,  # table aliases
    520,  # expressions in ORDER BY
    521,  # ORDER BY columns that are not selected
    523,  # LIKE ... ESCAPE
    524,  # non-nullable columns
    532,  # the catalog stands at the start of a name
    539,  # correlated subqueries
)

_FALSE = (
    5,  # Substrait
    *(500, 501, 502),  # DDL of catalogs, schemas, tables
    519,  # table aliases must differ from table names
    527,  # integrity enhancement facility
    *(536, 537),  # SELECT FOR UPDATE, stored procedures
    556,  # the maximal row size includes blobs
    *(563, 565, 566),  # transactions; DDL commits them or is ignored in them
    *(572, 573, 574, 575, 576),  # batch updates, savepoints, named parameters, locators, CALL of functions
)

_NUMBERS = {
    503: 1,  # unquoted identifiers: case-insensitive
    505: 1,  # quoted identifiers: case-insensitive
    507: 3,  # NULLs sort at the end in both directions
    **dict.fromkeys((*range(541, 556), *range(557, 562)), 0),  # maximal lengths and counts: no limit, or unknown
    562: 0,  # default isolation: JDBC reads an ordinal, ODBC a bitmask, 0 is none to both
}

_BITMASKS = {
    8: 0,  # no transactions
    **dict.fromkeys((100, 101), 0),  # timeouts of statements and transactions: none set
    522: 1 << 1,  # GROUP BY may name more than is selected; ODBC takes the lowest bit, so it stands alone
    525: 1 << 2,  # extended grammar; ODBC takes the lowest bit, JDBC derives the lower ones
    526: 1 << 1,  # SQL-92 intermediate level, as far as queries go; ODBC takes the lowest bit
    528: 1 << 1 | 1 << 2,  # limited and full outer joins
    **dict.fromkeys((533, 534, 535), 0),  # statements that take a schema or catalog of their own; positioned commands
    538: 0b1111,  # subqueries in comparisons, EXISTS, IN, quantified
    540: 1 << 0 | 1 << 1,  # UNION and UNION ALL
    564: 1 << 0,  # isolation: none
    567: 1 << 1,  # results: forward only
    569: 1 << 1,  # concurrency of forward-only results: read only
    **dict.fromkeys((568, 570, 571), 0),  # of unspecified and scrollable results: there are none
}

_LISTS = {
    508: KEYWORDS,
    509: NUMERIC_FUNCTIONS,
    510: STRING_FUNCTIONS,
    511: SYSTEM_FUNCTIONS,
    512: DATETIME_FUNCTIONS,
}

_TYPE_CODES = {
    "BIGINT": 0,
    "BINARY": 1,
    "BIT": 2,
    "CHAR": 3,
    "DATE": 4,
    "DECIMAL": 5,
    "FLOAT": 6,
    "INTEGER": 7,
    "LONGVARCHAR": 11,
    "NUMERIC": 12,
    "REAL": 13,
    "SMALLINT": 14,
    "TIME": 15,
    "TIMESTAMP": 16,
    "TINYINT": 17,
    "VARBINARY": 18,
    "VARCHAR": 19,
}
"""Flight SQL's codes of the types that `{fn CONVERT(value, SQL_...)}` takes."""

_TEXT_TYPES = ("CHAR", "LONGVARCHAR", "VARCHAR")
_BINARY_TYPES = ("BINARY", "VARBINARY")
_NUMBER_TYPES = ("BIGINT", "BIT", "DECIMAL", "FLOAT", "INTEGER", "NUMERIC", "REAL", "SMALLINT", "TINYINT")
_TIME_TYPES = {"DATE": ("DATE", "TIMESTAMP"), "TIME": ("TIME",), "TIMESTAMP": ("DATE", "TIME", "TIMESTAMP")}


def conversions() -> Mapping[str, Sequence[str]]:
    """Type -> the types that the engine casts it to: all by CONVERT, and so by CAST."""
    return {
        **dict.fromkeys(_NUMBER_TYPES, (*_NUMBER_TYPES, *_TEXT_TYPES)),
        **dict.fromkeys(_TEXT_TYPES, (*_NUMBER_TYPES, *_TEXT_TYPES, *_BINARY_TYPES, *_TIME_TYPES)),
        **dict.fromkeys(_BINARY_TYPES, (*_BINARY_TYPES, *_TEXT_TYPES)),
        **{name: (*targets, *_TEXT_TYPES) for name, targets in _TIME_TYPES.items()},
    }


def _conversions() -> Mapping[int, list[int]]:
    """The same in codes."""
    told = sorted((_TYPE_CODES[name], sorted(_TYPE_CODES[each] for each in to)) for name, to in conversions().items())
    return dict(told)


_ONLY_WHEN_ASKED: Mapping[int, tuple[UnionMember, Any]] = {10: ("bool_value", False), 11: ("bool_value", False)}
"""Bulk ingestion: younger codes that JDBC does not know."""


def _facts() -> Mapping[int, tuple[UnionMember, Any]]:
    of_member: dict[UnionMember, Mapping[int, Any]] = {
        "string_value": _TEXTS,
        "bool_value": dict.fromkeys(_TRUE, True) | dict.fromkeys(_FALSE, False),
        "bigint_value": _NUMBERS,
        "int32_bitmask": _BITMASKS,
        "string_list": {code: words.split() for code, words in _LISTS.items()},
        "int32_to_int32_list_map": {517: list(_conversions().items())},
    }
    facts = {code: (member, value) for member, values in of_member.items() for code, value in values.items()}
    return MappingProxyType(dict(sorted(facts.items())))


FACTS = _facts()
"""Code -> (union member, value): all that is told to a client that names no code."""


def sql_info(codes: Sequence[int] = ()) -> pa.Table:
    """The facts asked for, in order of their codes; none named means all, unknown codes are skipped."""
    known = {**FACTS, **_ONLY_WHEN_ASKED}
    asked = sorted(set(codes) & known.keys()) if codes else list(FACTS)
    value = _union([known[code] for code in asked])
    return pa.Table.from_arrays([pa.array(asked, pa.uint32()), value], schema=SQL_INFO)


def _union(facts: Sequence[tuple[UnionMember, Any]]) -> pa.UnionArray:
    """All six children are there even when empty: drivers find them by position."""
    names = [name for name, _ in SQL_INFO_MEMBERS]
    children: dict[str, list[Any]] = {name: [] for name in names}
    type_ids, offsets = [], []
    for member, value in facts:
        type_ids.append(names.index(member))
        offsets.append(len(children[member]))
        children[member].append(value)
    arrays = [pa.array(children[name], arrow_type) for name, arrow_type in SQL_INFO_MEMBERS]
    return pa.UnionArray.from_dense(pa.array(type_ids, pa.int8()), pa.array(offsets, pa.int32()), arrays, names)
