"""What SQL calls the types of columns: the names that metadata, `information_schema` and DESCRIBE tell alike.

Knows Arrow types; no driver and no table.
"""

import pyarrow as pa

_TYPE_NAMES = (
    (pa.types.is_boolean, "BOOLEAN"),
    (pa.types.is_int8, "TINYINT"),
    (pa.types.is_int16, "SMALLINT"),
    (pa.types.is_int32, "INTEGER"),
    (pa.types.is_int64, "BIGINT"),
    (pa.types.is_float32, "FLOAT"),
    (pa.types.is_float64, "DOUBLE"),
    (pa.types.is_decimal, "DECIMAL"),
    (pa.types.is_date, "DATE"),
    (pa.types.is_time, "TIME"),
    (pa.types.is_binary, "BLOB"),
    (pa.types.is_string, "VARCHAR"),
    (pa.types.is_map, "MAP"),
    (pa.types.is_struct, "STRUCT"),
    (pa.types.is_list, "LIST"),
    (pa.types.is_fixed_size_list, "LIST"),
)


def type_name(arrow_type: pa.DataType) -> str:
    """The name under which `type_info` lists the type; Arrow's own name for one that it does not list.

    >>> type_name(pa.timestamp("us", tz="UTC"))
    'TIMESTAMP WITH TIME ZONE'
    """
    if pa.types.is_timestamp(arrow_type):
        return "TIMESTAMP WITH TIME ZONE" if arrow_type.tz else "TIMESTAMP"
    return next((name for is_type, name in _TYPE_NAMES if is_type(arrow_type)), str(arrow_type).upper())
