"""The answers to GetXdbcTypeInfo: the types that columns of results have, as JDBC and ODBC describe types.

Knows no catalog. Codes are those of ODBC and JDBC; names are the TYPE_NAMEs of `column_metadata`.
"""

from dataclasses import asdict, dataclass

import pyarrow as pa

from flight_server.protocol.result_schemas import XDBC_TYPE_INFO

_NULLABLE = 1
_SEARCHABLE_FULL = 3
_DATETIME = 9  # SQL_DATETIME: what sql_data_type says of all dates and times, told apart by the subcode


@dataclass(frozen=True)
class XdbcType:
    """One row; fields are the columns of XDBC_TYPE_INFO that differ between types."""

    type_name: str
    data_type: int
    column_size: int
    literal_prefix: str | None = None
    literal_suffix: str | None = None
    create_params: tuple[str, ...] | None = None
    case_sensitive: bool = False
    unsigned_attribute: bool | None = None
    minimum_scale: int | None = None
    maximum_scale: int | None = None
    datetime_subcode: int | None = None
    num_prec_radix: int | None = None


def _integer(type_name: str, data_type: int, digits: int) -> XdbcType:
    return XdbcType(
        type_name,
        data_type,
        digits,
        unsigned_attribute=False,
        minimum_scale=0,
        maximum_scale=0,
        num_prec_radix=10,
    )


def _datetime(type_name: str, data_type: int, size: int, subcode: int, fraction_digits: int | None) -> XdbcType:
    return XdbcType(
        type_name,
        data_type,
        size,
        "'",
        "'",
        minimum_scale=None if fraction_digits is None else 0,
        maximum_scale=fraction_digits,
        datetime_subcode=subcode,
    )


TYPES: tuple[XdbcType, ...] = (
    XdbcType("BOOLEAN", -7, 1),
    _integer("TINYINT", -6, 3),
    _integer("BIGINT", -5, 19),
    XdbcType("BLOB", -3, 2147483647, "'", "'"),
    XdbcType(
        "DECIMAL",
        3,
        38,
        create_params=("precision", "scale"),
        unsigned_attribute=False,
        minimum_scale=0,
        maximum_scale=38,
        num_prec_radix=10,
    ),
    _integer("INTEGER", 4, 10),
    _integer("SMALLINT", 5, 5),
    XdbcType("FLOAT", 7, 7, unsigned_attribute=False, num_prec_radix=10),
    XdbcType("DOUBLE", 8, 15, unsigned_attribute=False, num_prec_radix=10),
    XdbcType("VARCHAR", 12, 65535, "'", "'", create_params=("length",), case_sensitive=True),
    _datetime("DATE", 91, 10, 1, None),
    _datetime("TIME", 92, 18, 2, 9),
    _datetime("TIMESTAMP", 93, 26, 3, 6),
    _datetime("TIMESTAMP WITH TIME ZONE", 93, 32, 3, 6),
)
"""Sorted by data_type, then by name, as the specification wants."""


def type_info(data_type: int | None = None) -> pa.Table:
    """The types of that code; None means all, a code without types gives no rows."""
    rows = [_row(xdbc_type) for xdbc_type in TYPES if data_type in (None, xdbc_type.data_type)]
    return pa.Table.from_pylist(rows, schema=XDBC_TYPE_INFO)


def _row(xdbc_type: XdbcType) -> dict[str, object]:
    is_datetime = xdbc_type.datetime_subcode is not None
    return asdict(xdbc_type) | {
        "nullable": _NULLABLE,
        "searchable": _SEARCHABLE_FULL,
        "fixed_prec_scale": False,
        "auto_increment": False,
        "local_type_name": xdbc_type.type_name,
        "sql_data_type": _DATETIME if is_datetime else xdbc_type.data_type,
    }
