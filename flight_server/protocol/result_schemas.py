"""The Arrow schemas that answers to the metadata commands have: constants.

Knows no catalog and no rows. Names, order and nullability are binding: ADBC compares them field by field, ODBC reads by
position, and both refuse large or view types. From the comments of Arrow's FlightSql.proto, in the order of its C++, Go
and Java code where the two differ (primary keys).
"""

from typing import Any

import pyarrow as pa


def _required(name: str, arrow_type: Any) -> Any:
    return pa.field(name, arrow_type, nullable=False)


CATALOGS = pa.schema([_required("catalog_name", pa.utf8())])

DB_SCHEMAS = pa.schema([pa.field("catalog_name", pa.utf8()), _required("db_schema_name", pa.utf8())])

TABLES = pa.schema(
    [
        pa.field("catalog_name", pa.utf8()),
        pa.field("db_schema_name", pa.utf8()),
        _required("table_name", pa.utf8()),
        _required("table_type", pa.utf8()),
    ]
)

TABLES_WITH_SCHEMA = TABLES.append(_required("table_schema", pa.binary()))

TABLE_TYPES = pa.schema([_required("table_type", pa.utf8())])

PRIMARY_KEYS = pa.schema(
    [
        pa.field("catalog_name", pa.utf8()),
        pa.field("db_schema_name", pa.utf8()),
        _required("table_name", pa.utf8()),
        _required("column_name", pa.utf8()),
        _required("key_sequence", pa.int32()),
        pa.field("key_name", pa.utf8()),
    ]
)

FOREIGN_KEYS = pa.schema(
    [
        pa.field("pk_catalog_name", pa.utf8()),
        pa.field("pk_db_schema_name", pa.utf8()),
        _required("pk_table_name", pa.utf8()),
        _required("pk_column_name", pa.utf8()),
        pa.field("fk_catalog_name", pa.utf8()),
        pa.field("fk_db_schema_name", pa.utf8()),
        _required("fk_table_name", pa.utf8()),
        _required("fk_column_name", pa.utf8()),
        _required("key_sequence", pa.int32()),
        pa.field("fk_key_name", pa.utf8()),
        pa.field("pk_key_name", pa.utf8()),
        _required("update_rule", pa.uint8()),
        _required("delete_rule", pa.uint8()),
    ]
)
"""Of imported keys, exported keys and the cross reference alike."""

SQL_INFO_MEMBERS = (
    ("string_value", pa.utf8()),
    ("bool_value", pa.bool_()),
    ("bigint_value", pa.int64()),
    ("int32_bitmask", pa.int32()),
    ("string_list", pa.list_(pa.utf8())),
    ("int32_to_int32_list_map", pa.map_(pa.int32(), pa.list_(pa.int32()))),
)
"""Members of the union in the order of their type ids, 0 to 5."""

SQL_INFO = pa.schema(
    [
        _required("info_name", pa.uint32()),
        _required("value", pa.dense_union([pa.field(name, arrow_type) for name, arrow_type in SQL_INFO_MEMBERS])),
    ]
)

XDBC_TYPE_INFO = pa.schema(
    [
        _required("type_name", pa.utf8()),
        _required("data_type", pa.int32()),
        pa.field("column_size", pa.int32()),
        pa.field("literal_prefix", pa.utf8()),
        pa.field("literal_suffix", pa.utf8()),
        pa.field("create_params", pa.list_(_required("item", pa.utf8()))),
        _required("nullable", pa.int32()),
        _required("case_sensitive", pa.bool_()),
        _required("searchable", pa.int32()),
        pa.field("unsigned_attribute", pa.bool_()),
        _required("fixed_prec_scale", pa.bool_()),
        pa.field("auto_increment", pa.bool_()),
        pa.field("local_type_name", pa.utf8()),
        pa.field("minimum_scale", pa.int32()),
        pa.field("maximum_scale", pa.int32()),
        _required("sql_data_type", pa.int32()),
        pa.field("datetime_subcode", pa.int32()),
        pa.field("num_prec_radix", pa.int32()),
        pa.field("interval_precision", pa.int32()),
    ]
)
